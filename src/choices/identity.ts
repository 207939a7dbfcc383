/** From an identity in the clear to the keyed pseudonym under which everything about it is kept. */
import { createHmac, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { IdentityKey } from '../model/brand.ts'
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../model/event.ts'

/** Keys remembered for each kind of identity, so that a returning one costs a look-up and not an HMAC. */
const DEFAULT_REMEMBERED = 20_000
const KEY_BYTES = 16
/** The two highest bits of a key's first byte. */
const KIND_MASK = 0xc0
const KIND_SHIFT = 6
const HEX_32 = /^[0-9A-F]{32}$/
const NOTHING_BUT_ZEROS = /^[0-]*$/
const NIL_UUID = /^0{8}-?0{4}-?0{4}-?0{4}-?0{12}$/

/**
 * True where the value can tell one person or device from another. Empty and zeroed ids cannot: they are what a device
 * sends instead of an id. MUST be asked before `keyOf`; keys of what is no identity match nothing and link nothing.
 */
export function isIdentity({ kind, value }: Identity): boolean {
  const text = normalise(kind, value)
  if (kind === 'advertising_id' || kind === 'vendor_id') return !NOTHING_BUT_ZEROS.test(text)
  return text !== '' && !NIL_UUID.test(text)
}

/** Makes keys, and knows those that stand for no identity at all. */
export interface IdentityKeys {
  /**
   * `HMAC-SHA256(index key, kind + NUL + normalised value)`, its first 16 bytes as hex, the two highest bits replaced by
   * the kind's number (see `kindOfKey`). Advertising and vendor ids match whatever their case and dashes; user and
   * anonymous ids match exactly, after Unicode NFC and trimming. Never throws: everything `isIdentity` refuses has its
   * kind's one empty key.
   */
  keyOf(identity: Identity): IdentityKey
  /** True for a key that `keyOf` gives to what is no identity. */
  isNobody(key: IdentityKey): boolean
}

/**
 * @param indexKey losing it loses every stored choice: back it up apart from the data folder
 * @param remembered keys kept in memory per kind of identity, 20,000 unless told otherwise; with them the values
 */
export function createIdentityKeys(indexKey: KeyObject, remembered = DEFAULT_REMEMBERED): IdentityKeys {
  const digest = (kind: IdentityKind, text: string): IdentityKey => {
    const bytes = createHmac('sha256', indexKey).update(`${kind}\0${text}`).digest()
    bytes[0] = (IDENTITY_KINDS.indexOf(kind) << KIND_SHIFT) | (bytes[0]! & ~KIND_MASK)
    return bytes.toString('hex', 0, KEY_BYTES) as IdentityKey
  }
  const known = Object.fromEntries(
    IDENTITY_KINDS.map((kind) => [kind, new LRUCache<string, IdentityKey>({ max: remembered })]),
  ) as Record<IdentityKind, LRUCache<string, IdentityKey>>
  const nobody = new Set(IDENTITY_KINDS.map((kind) => digest(kind, '')))

  return {
    keyOf: (identity) => {
      const { kind, value } = identity
      const cache = known[kind]
      const found = cache.get(value)
      if (found !== undefined) return found
      const key = digest(kind, isIdentity(identity) ? normalise(kind, value) : '')
      cache.set(value, key)
      return key
    },
    isNobody: (key) => nobody.has(key),
  }
}

/**
 * The kind of identity a key stands for, which the key itself says: erasing a person must tell their devices from other
 * people's accounts without knowing either.
 */
export function kindOfKey(key: IdentityKey): IdentityKind {
  return IDENTITY_KINDS[Number.parseInt(key.slice(0, 2), 16) >> KIND_SHIFT] as IdentityKind
}

/** Upper-cases device ids and gives a bare 32-digit one its UUID dashes; keeps what people and apps made as it is. */
function normalise(kind: IdentityKind, value: string): string {
  const text = value.trim()
  if (kind === 'user' || kind === 'anonymous') return text.normalize('NFC')
  const upper = text.toUpperCase()
  if (!HEX_32.test(upper)) return upper
  return `${upper.slice(0, 8)}-${upper.slice(8, 12)}-${upper.slice(12, 16)}-${upper.slice(16, 20)}-${upper.slice(20)}`
}
