/** Derives the keyed pseudonym under which everything about an identity is stored. */
import { createHmac, type KeyObject } from 'node:crypto'
import type { IdentityKey } from '../model/brand.ts'
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../model/event.ts'
import { normalizedIdentity } from '../model/normalize.ts'
import { PLACEHOLDERS } from '../model/placeholder.ts'
import { Recent } from '../model/recent.ts'
import type { UserIds } from '../model/user-ids.ts'
import { isNamed, normalForm } from './normal-form.ts'

/** Keys cached for each kind of identity, to save the HMAC for a returning one. */
const DEFAULT_REMEMBERED = 20_000
const KEY_BYTES = 16
/** The two highest bits of a key's first byte. */
const KIND_MASK = 0xc0
const KIND_SHIFT = 6
const NO_FORMER: readonly IdentityKey[] = []

export interface IdentityKeys {
  /**
   * `HMAC-SHA256(index key, kind + NUL + normal form)`, its first 16 bytes as hex, the two highest bits replaced by the
   * kind's number (see `kindOfKey`). A user id of a namespace other than `default` has the key that `inNamespace` derives
   * from this one. Never throws: all placeholders of a kind share one key, and a malformed value is keyed by formula 1, so
   * that restrictions stored on it stay in force.
   */
  keyOf(identity: Identity): IdentityKey
  /**
   * The identity's keys under earlier formulas, if different: they may only restrict, find or erase. Formula 1 (until 0.5)
   * trimmed, upper-cased device ids and added dashes to 32 bare digits; formula 2 is `normalForm`.
   */
  formerKeysOf(identity: Identity): readonly IdentityKey[]
  /** Both, the current key first. */
  keysFor(identity: Identity): readonly IdentityKey[]
  /** True for the key that `keyOf` gives to placeholders. */
  isPlaceholderKey(key: IdentityKey): boolean
  /**
   * Formula-1 keys of today's placeholders, in the spellings that programs print: under that formula all senders of one were
   * linked to each other.
   */
  placeholderKeys(): readonly IdentityKey[]
  /** Length of `placeholderKeys`, without computing it. */
  readonly placeholderCount: number
  /** The key in `namespace` of a user whose key in the default namespace is `key`. */
  inNamespace(key: IdentityKey, namespace: string): IdentityKey
}

interface Keyed {
  readonly key: IdentityKey
  readonly former: readonly IdentityKey[]
}

/**
 * @param indexKey losing it loses every stored choice: back it up apart from the data folder
 * @param remembered keys (and values) cached for each kind of identity. Default 20,000
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
  const placeholders = Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, digest(kind, `${kind}\0`)]))
  const placeholderSet = new Set(Object.values(placeholders))

  const make = (identity: Identity): Keyed => {
    const { kind, of } = identity
    if (!isNamed(identity)) return { key: placeholders[kind]!, former: NO_FORMER }
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
    // The scope ends at the first NUL. A value may contain one, but cannot imitate another scope.
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
    isPlaceholderKey: (key) => placeholderSet.has(key),
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
 * The kind of identity behind a key, encoded in the key itself: an erasure must distinguish devices from accounts without
 * knowing the values.
 */
export function kindOfKey(key: IdentityKey): IdentityKind {
  return IDENTITY_KINDS[Number.parseInt(key.slice(0, 2), 16) >> KIND_SHIFT] as IdentityKind
}

function scopeOf({ namespace = '', format = 'opaque', real = [] }: UserIds): string {
  return `${namespace} ${format} ${real.join()}`
}

const HEX_32 = /^[0-9A-F]{32}$/

/** Formula 1: upper-cases device ids and adds dashes to 32 bare digits; leaves user and anonymous ids. */
function normalForm1({ kind, value }: Identity): string {
  const text = value.trim()
  if (kind === 'user' || kind === 'anonymous') return normalizedIdentity(text, 'NFC')
  const upper = text.toUpperCase()
  if (!HEX_32.test(upper)) return upper
  return `${upper.slice(0, 8)}-${upper.slice(8, 12)}-${upper.slice(12, 16)}-${upper.slice(16, 20)}-${upper.slice(20)}`
}
