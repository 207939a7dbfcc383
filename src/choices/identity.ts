/** From an identity in the clear to the keyed pseudonym under which everything about it is kept. */
import { createHmac, type KeyObject } from 'node:crypto'
import type { IdentityKey } from '../model/brand.ts'
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../model/event.ts'
import { normalizedIdentity } from '../model/normalize.ts'
import { PLACEHOLDERS } from '../model/placeholder.ts'
import { Recent } from '../model/recent.ts'
import type { UserIds } from '../model/user-ids.ts'
import { isNamed, normalForm } from './normal-form.ts'

/** Keys remembered for each kind of identity, so that a returning one costs a look-up and not an HMAC. */
const DEFAULT_REMEMBERED = 20_000
const KEY_BYTES = 16
/** The two highest bits of a key's first byte. */
const KIND_MASK = 0xc0
const KIND_SHIFT = 6
const NO_FORMER: readonly IdentityKey[] = []

/** Makes keys, and knows those that stand for no identity at all. */
export interface IdentityKeys {
  /**
   * `HMAC-SHA256(index key, kind + NUL + normal form)`, its first 16 bytes as hex, the two highest bits replaced by the
   * kind's number (see `kindOfKey`). A user id of a namespace other than `default` has the key that `inNamespace` makes
   * of this one. Never throws: what names nobody has its kind's one empty key, and what is not of its kind is keyed as it
   * was before there were kinds, so that what stands on it goes on restricting.
   */
  keyOf(identity: Identity): IdentityKey
  /**
   * Keys that earlier formulas gave the identity, where they differ: each may only restrict, find or erase. Formula 1 (until
   * 0.5) knew trimming, the case of device ids and bare 32-digit ones; formula 2 is `normalForm`.
   */
  formerKeysOf(identity: Identity): readonly IdentityKey[]
  /** Both, the key of now first. */
  keysFor(identity: Identity): readonly IdentityKey[]
  /** True for a key that `keyOf` gives to what is no identity. */
  isNobody(key: IdentityKey): boolean
  /**
   * Keys that formula 1 gave to the words that are placeholders now, in the spellings that programs print: whoever sent one
   * was linked to all others who did.
   */
  placeholderKeys(): readonly IdentityKey[]
  /** How many keys `placeholderKeys` gives, without making any. */
  readonly placeholderCount: number
  /** The key that the user behind `key`, one of the default namespace, has in another. */
  inNamespace(key: IdentityKey, namespace: string): IdentityKey
}

interface Keyed {
  readonly key: IdentityKey
  readonly former: readonly IdentityKey[]
}

/**
 * @param indexKey losing it loses every stored choice: back it up apart from the data folder
 * @param remembered keys kept in memory per kind of identity, 20,000 unless told otherwise; with them the values
 */
export function createIdentityKeys(indexKey: KeyObject, remembered = DEFAULT_REMEMBERED): IdentityKeys {
  const digest = (kind: IdentityKind, text: string): IdentityKey => {
    const bytes = createHmac('sha256', indexKey).update(text).digest()
    bytes[0] = (IDENTITY_KINDS.indexOf(kind) << KIND_SHIFT) | (bytes[0]! & ~KIND_MASK)
    return bytes.toString('hex', 0, KEY_BYTES) as IdentityKey
  }
  const inNamespace = (key: IdentityKey, namespace: string): IdentityKey =>
    digest('user', `user in ${namespace}\0${key}`)
  const known = Object.fromEntries(
    IDENTITY_KINDS.map((kind) => [kind, new Recent<string, Keyed>({ max: remembered })]),
  ) as Record<IdentityKind, Recent<string, Keyed>>
  const nobody = Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, digest(kind, `${kind}\0`)]))
  const nobodies = new Set(Object.values(nobody))

  const make = (identity: Identity): Keyed => {
    const { kind, of } = identity
    if (!isNamed(identity)) return { key: nobody[kind]!, former: NO_FORMER }
    const namespace = kind === 'user' ? of?.namespace : undefined
    const placed = (text: string): IdentityKey => {
      const key = digest(kind, `${kind}\0${text}`)
      return namespace === undefined ? key : inNamespace(key, namespace)
    }
    const first = normalForm1(identity)
    const form = normalForm(identity)
    const text = form.ok ? form.text : first
    return { key: placed(text), former: text === first ? NO_FORMER : [placed(first)] }
  }
  const keyed = (identity: Identity): Keyed => {
    const { kind, value, of } = identity
    const cache = known[kind]
    // Up to the first NUL it is ours: a value may hold one, and must not pass for another's in a namespace.
    const name = kind === 'user' ? `${of === undefined ? '' : scopeOf(of)}\0${value}` : value
    const found = cache.get(name)
    if (found !== undefined) return found
    const made = make(identity)
    cache.set(name, made)
    return made
  }

  return {
    keyOf: (identity) => keyed(identity).key,
    formerKeysOf: (identity) => keyed(identity).former,
    keysFor: (identity) => {
      const { key, former } = keyed(identity)
      return [key, ...former]
    },
    isNobody: (key) => nobodies.has(key),
    placeholderKeys: () =>
      IDENTITY_KINDS.flatMap((kind) =>
        SPELLED_PLACEHOLDERS.map((value) => digest(kind, `${kind}\0${normalForm1({ kind, value })}`)),
      ),
    placeholderCount: IDENTITY_KINDS.length * SPELLED_PLACEHOLDERS.length,
    inNamespace,
  }
}

const SPELLED_PLACEHOLDERS: readonly string[] = [
  ...new Set(
    [...Object.values(PLACEHOLDERS).flat(), 'NaN', '[object Object]', '-1', '0'].flatMap((word) => [
      word,
      word.toUpperCase(),
      word.slice(0, 1).toUpperCase() + word.slice(1),
      `"${word}"`,
    ]),
  ),
]

/**
 * The kind of identity a key stands for, which the key itself says: erasing a person must tell their devices from other
 * people's accounts without knowing either.
 */
export function kindOfKey(key: IdentityKey): IdentityKind {
  return IDENTITY_KINDS[Number.parseInt(key.slice(0, 2), 16) >> KIND_SHIFT] as IdentityKind
}

function scopeOf({ namespace = '', format = 'opaque', real = [] }: UserIds): string {
  return `${namespace} ${format} ${real.join()}`
}

const HEX_32 = /^[0-9A-F]{32}$/

/** Formula 1: upper-cases device ids and gives a bare 32-digit one its dashes; keeps what people and apps made. */
function normalForm1({ kind, value }: Identity): string {
  const text = value.trim()
  if (kind === 'user' || kind === 'anonymous') return normalizedIdentity(text, 'NFC')
  const upper = text.toUpperCase()
  if (!HEX_32.test(upper)) return upper
  return `${upper.slice(0, 8)}-${upper.slice(8, 12)}-${upper.slice(12, 16)}-${upper.slice(16, 20)}-${upper.slice(20)}`
}
