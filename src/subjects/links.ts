/**
 * Single-use links that open a subject's page without a user token. Staff makes one after verifying the requester, for one
 * purpose and the identities of one look-up, valid for some days. A link is 128 random bits and a signature over them, so that
 * a forged one costs no read. Its content is sealed under the link itself, so the folder reveals neither subjects nor links.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { SealedFiles } from './ports.ts'

export const LINK_PURPOSES = ['choices', 'access', 'erasure'] as const
export type LinkPurpose = (typeof LINK_PURPOSES)[number]

/** Maximum lifetime of a link. */
export const MOST_LINK_DAYS = 30
const DAY_MS = 86_400_000
const SECRET_BYTES = 16
const SIGNATURE_BYTES = 8

export interface PersonLink {
  readonly purpose: LinkPurpose
  readonly keys: readonly IdentityKey[]
  readonly until: EpochMs
}

export interface PersonLinks {
  /** Returns the token of a new link, which is stored nowhere. */
  make(link: Omit<PersonLink, 'until'>, days: number): Promise<{ readonly token: string; readonly until: EpochMs }>
  /** True for a token made here, used or not. Reads no file. */
  isOurs(token: string): boolean
  /** Consumes the link. Undefined if it was used, expired or never made. */
  open(token: string): Promise<PersonLink | undefined>
  /** Removes expired links. */
  prune(): Promise<void>
}

export function createPersonLinks(parts: {
  readonly files: SealedFiles
  readonly secret: KeyObject
  readonly random: RandomBytes
  readonly now: () => EpochMs
}): PersonLinks {
  const { files, secret, random, now } = parts
  const nonce = nonceSource(random)
  const keyed = (use: string, what: Uint8Array): Buffer =>
    createHmac('sha256', secret).update(`person link ${use}\0`).update(what).digest()
  const signatureOf = (bytes: Uint8Array): Buffer => keyed('signature', bytes).subarray(0, SIGNATURE_BYTES)
  /** The random part of a valid token. */
  const secretOf = (token: string): Uint8Array | undefined => {
    const bytes = TOKEN.test(token) ? Buffer.from(token, 'base64url') : undefined
    if (bytes === undefined) return undefined
    const own = bytes.subarray(0, SECRET_BYTES)
    return timingSafeEqual(bytes.subarray(SECRET_BYTES), signatureOf(own)) ? own : undefined
  }
  const placeOf = (own: Uint8Array): { readonly name: string; readonly key: KeyObject } => {
    const hashed = createHash('sha256').update(own).digest()
    return {
      name: keyed('name', hashed).toString('hex').slice(0, 32),
      key: createSecretKey(keyed('key', hashed)),
    }
  }
  return {
    make: async (link, days) => {
      const own = Buffer.from(random(SECRET_BYTES))
      const until = now() + days * DAY_MS
      const { name, key } = placeOf(own)
      const day = now() - (now() % DAY_MS)
      await files.write(name, seal(key, nonce(), name, JSON.stringify({ ...link, until })), day)
      return { token: Buffer.concat([own, signatureOf(own)]).toString('base64url'), until }
    },
    isOurs: (token) => secretOf(token) !== undefined,
    open: async (token) => {
      const own = secretOf(token)
      if (own === undefined) return undefined
      const { name, key } = placeOf(own)
      const sealed = await files.take(name)
      const text = sealed === undefined ? undefined : unseal(key, name, sealed)
      // Sound: only `make` seals under this key.
      const link = text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as PersonLink)
      return link === undefined || link.until <= now() ? undefined : link
    },
    prune: () => files.removeBefore(now() - (MOST_LINK_DAYS + 1) * DAY_MS),
  }
}

const TOKEN = /^[\w-]{32}$/
