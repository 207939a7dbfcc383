/** The normal form under which an identity is keyed, and why a value has none. Pure. */
import { isBrokenUuid, isMd5, mendDeviceId } from '../model/device-id.ts'
import type { Identity, IdentityKind } from '../model/event.ts'
import { normalizedIdentity } from '../model/normalize.ts'
import { isPlaceholder, isPlaceholderIdentity } from '../model/placeholder.ts'
import type { UserIdFormat } from '../model/user-ids.ts'

/** Why a value identifies no one: it is a placeholder, or malformed for its kind. */
export type Unnamed = 'placeholder' | 'form'
export type NormalForm = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: Unnamed }

/** Characters trimmed from both ends: spaces and invisible ones. */
const EDGE = /[\p{Z}\p{Cc}\u200b-\u200f\u2060\ufeff]/u
const UNSEEN = /[\p{Cf}\p{Cc}]/gu

/** The form of valid values of each kind, for error messages. */
export const FORMS: Readonly<Record<IdentityKind | Exclude<UserIdFormat, 'opaque'>, string>> = {
  user: 'the id of an account',
  anonymous: 'the id of an installation',
  advertising_id: 'a UUID: 32 hex digits, with dashes or without; not a hash of one',
  vendor_id: 'a UUID, or the id of a device in another form',
  phone: 'a phone number with its country code, 8 to 15 digits',
  email: 'an e-mail address',
  uuid: 'a UUID: 32 hex digits, with dashes or without',
}

/** False for placeholders, zeros and empty values. MUST be checked before a key is made. */
export function isNamed({ kind, value, of }: Identity): boolean {
  return !isPlaceholderIdentity(kind, value, of?.real)
}

/**
 * - advertising id: a UUID, mended (`mendDeviceId`); not the MD5 of one.
 * - vendor id: a UUID, mended; or any other text (an Android id, an SDK's hash of one), in NFKC, upper case, without
 *   invisible characters. A UUID with a missing or extra digit is malformed.
 * - user: trimmed, NFC, unless the namespace has a format. anonymous: trimmed, NFC.
 */
export function normalForm(identity: Identity): NormalForm {
  const { kind, value, of } = identity
  if (!isNamed(identity)) return isPlaceholder(mendDeviceId(value) ?? value) ? PLACEHOLDER : formed(undefined)
  switch (kind) {
    case 'advertising_id':
      return formed(isMd5(value) ? undefined : mendDeviceId(value))
    case 'vendor_id': {
      const other = normalizedIdentity(value, 'NFKC').replace(UNSEEN, '').trim().toUpperCase()
      return formed(mendDeviceId(value) ?? (isBrokenUuid(other) ? undefined : other))
    }
    case 'anonymous':
      return formed(normalizedIdentity(trimmed(value), 'NFC'))
    case 'user':
      return formed(userForm(value, of?.format ?? 'opaque'))
  }
}

/** Why the identity has no normal form; undefined if it has one. */
export function refusalOf(identity: Identity): Unnamed | undefined {
  const form = normalForm(identity)
  return form.ok ? undefined : form.why
}

const PLACEHOLDER: NormalForm = { ok: false, why: 'placeholder' }

function formed(text: string | undefined): NormalForm {
  return text === undefined || text === '' ? { ok: false, why: 'form' } : { ok: true, text }
}

function trimmed(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && EDGE.test(value[start]!)) start++
  while (end > start && EDGE.test(value[end - 1]!)) end--
  return value.slice(start, end)
}

const NOT_IN_NUMBERS = /[\s\p{Pd}\u2212\p{Cf}().\u00b7/]/gu
const INTERNATIONAL = /^(?:\+|00)?([1-9]\d{7,14})$/
const EMAIL = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,253}$/u

function userForm(value: string, format: UserIdFormat): string | undefined {
  switch (format) {
    case 'opaque':
      return normalizedIdentity(trimmed(value), 'NFC')
    case 'phone': {
      // E.164: without its country code a number is ambiguous.
      const digits = INTERNATIONAL.exec(normalizedIdentity(value, 'NFKC').replace(NOT_IN_NUMBERS, ''))?.[1]
      return digits === undefined ? undefined : `+${digits}`
    }
    case 'email': {
      const text = normalizedIdentity(value, 'NFKC').replace(UNSEEN, '').trim().toLowerCase()
      return EMAIL.test(text) && text.includes('.', text.indexOf('@')) ? text : undefined
    }
    case 'uuid':
      return mendDeviceId(value)
  }
}
