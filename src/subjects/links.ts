/**
 * Links by which a person without a user's token opens a page of their own: made by staff who verified who asks, for one
 * purpose and the identities of one look-up, good once and for some days. A link is 128 random bits and a signature over
 * them, so that a made-up one costs no read. What it opens lies sealed under the link itself: the folder leads from nobody to
 * a link, and from no link to anybody.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { SealedFiles } from './ports.ts'

export const LINK_PURPOSES = ['choices', 'access', 'erasure'] as const
export type LinkPurpose = (typeof LINK_PURPOSES)[number]

/** The longest that a link is good for. */
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
  /** The token of a new link. It is kept nowhere: who has it opens the page. */
  make(link: Omit<PersonLink, 'until'>, days: number): Promise<{ readonly token: string; readonly until: EpochMs }>
  /** True for a token that was made here, used or not. Reads nothing. */
  isOurs(token: string): boolean
  /** Uses the link up. Undefined for one that was used, is too old, or was never made. */
  open(token: string): Promise<PersonLink | undefined>
  /** Removes those whose time is over. */
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
  /** The random part of a token that is ours. */
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
      // Sound: only `make` writes what opens under this key.
      const link = text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as PersonLink)
      return link === undefined || link.until <= now() ? undefined : link
    },
    prune: () => files.removeBefore(now() - (MOST_LINK_DAYS + 1) * DAY_MS),
  }
}

const TOKEN = /^[\w-]{32}$/
