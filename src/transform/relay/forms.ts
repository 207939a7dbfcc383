/** What may stand in a place whose value is let through as it is: something plain, a consent string, a flag. */
import { isIPv4, isIPv6 } from 'node:net'
import type { Json } from '../../model/brand.ts'
import type { PlainForm } from '../../model/relay-map.ts'
import { jsonIn } from './reading.ts'
import { PLACEHOLDER } from './written.ts'

const MAX_PLAIN = 512
const MAX_CONSENT = 16_384
const MAX_FLAG_DEPTH = 4
const MAX_FLAG_WORDS = 20
const CONSENT = /^[A-Za-z0-9_.~+/=,-]*$/
const MAY_BE_ADDRESS = /^[0-9a-f:.]{2,45}$/i
const PHONE = /^\+\d[\d\s().-]{6,}$/
const WORD = /^[A-Za-z0-9_.:/+ -]{1,64}$/

export const PLAIN_FORMS: Readonly<Record<PlainForm, (value: Json) => boolean>> = {
  text: (value) => typeof value === 'string' && isPlainText(value),
  word: (value) => typeof value === 'string' && WORD.test(value) && !isContact(value),
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value)),
  flag: (value) =>
    typeof value === 'boolean' || value === 0 || value === 1 || ['0', '1', 'true', 'false'].includes(String(value)),
  url: (value) => typeof value === 'string' && value.length <= MAX_PLAIN && /^https?:\/\/[^?#@{\s]+$/.test(value),
}

/** No contact and no address stands where something plain should. */
function isPlainText(text: string): boolean {
  return text.length <= MAX_PLAIN && !text.includes('@') && !text.includes(PLACEHOLDER) && !isContact(text)
}

/** A phone number with its country's code, or an IP address. That pattern is dear: it is asked only where it could match. */
function isContact(text: string): boolean {
  if (text[0] === '+' && PHONE.test(text)) return true
  return MAY_BE_ADDRESS.test(text) && (text.includes(':') ? isIPv6(text) : isIPv4(text))
}

export function isConsent(value: Json | undefined): boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return true
  if (typeof value === 'string') return value.length <= MAX_CONSENT && CONSENT.test(value)
  return Array.isArray(value) && value.length <= 100 && value.every((one) => typeof one === 'number')
}

/** What a flag may hold: a word, or a few of them, perhaps as JSON in a text. Nothing else hides there. */
export function isFlagValue(value: Json | undefined, depth = 0): boolean {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return true
    case 'string':
      return (
        PLAIN_FORMS.word(value) ||
        (depth === 0 && value.length <= MAX_PLAIN && /^[[{]/.test(value) && isFlagValue(jsonIn(value), 1))
      )
    case 'object': {
      if (value === null || depth >= MAX_FLAG_DEPTH) return false
      const entries = Object.entries(value)
      return (
        entries.length <= MAX_FLAG_WORDS &&
        entries.every(([name, one]) => WORD.test(name) && isFlagValue(one, depth + 1))
      )
    }
    default:
      return false
  }
}
