/** AppsFlyer's hashed contact fields: SHA-256 in lower-case hex of the normalised text. Undefined where nothing is left. */
import { hash } from 'node:crypto'
import type { FieldValues } from '../../model/values.ts'

/** Trimmed, lower case. The same is used for first and last names. */
export function hashedText(text: string | undefined): string | undefined {
  return hashed(text?.trim().toLowerCase())
}

/** Digits alone, without leading zeros. */
export function hashedPhone(phone: FieldValues['phone']): string | undefined {
  return hashed(phone?.replace(/\D/g, '').replace(/^0+/, ''))
}

/** `+` and digits: only of a number that is given with its country code. */
export function hashedE164(phone: FieldValues['phone']): string | undefined {
  const digits = /^\s*(?:\+|00)(.*)$/s.exec(phone ?? '')?.[1]?.replace(/\D/g, '')
  return digits === undefined || digits === '' ? undefined : hashed(`+${digits}`)
}

function hashed(normalised: string | undefined): string | undefined {
  return normalised === undefined || normalised === '' ? undefined : hash('sha256', normalised, 'hex')
}
