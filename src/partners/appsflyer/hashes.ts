/** AppsFlyer's second form of a phone number, beside the hash of its digits. */
import { hashedPlusDigits } from '../hashes.ts'

/** `+` and digits: only of a number that is given with its country code. Undefined for any other. */
export function hashedE164(phone: string | undefined): string | undefined {
  return /^\s*(?:\+|00)/.test(phone ?? '') ? hashedPlusDigits(phone) : undefined
}
