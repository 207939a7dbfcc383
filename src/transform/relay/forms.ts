/** Checks for values that pass unchanged: plain words, consent strings, flags. */
import { isIPv4, isIPv6 } from 'node:net'
import type { Json } from '../../model/brand.ts'
import { tryJson } from '../../model/json-text.ts'
import type { PlainForm } from '../../model/relay-map.ts'
import { PLACEHOLDER } from './written.ts'

const MAX_PLAIN = 512
const MAX_CONSENT = 16_384
const MAX_FLAG_DEPTH = 4
const MAX_FLAG_WORDS = 20
const CONSENT = /^[A-Za-z0-9_.~+/=,-]*$/
const MAY_BE_ADDRESS = /^[0-9a-f:.]{2,45}$/i
const PHONE = /^\+\d[\d\s().-]{6,}$/
const WORD = /^[A-Za-z0-9_.:/+ -]{1,64}$/

/** The part of a value that may be written, or undefined. */
export const PLAIN_FORMS: Readonly<Record<PlainForm, (value: Json) => Json | undefined>> = {
  text: asItIs((value) => typeof value === 'string' && isPlainText(value)),
  keywords: asItIs((value) => typeof value === 'string' && isPlainText(value) && !ABOUT_SOMEBODY.test(value)),
  word: asItIs(isWord),
  number: asItIs(
    (value) => Number.isFinite(value) || (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value)),
  ),
  flag: asItIs(
    (value) =>
      typeof value === 'boolean' || value === 0 || value === 1 || ['0', '1', 'true', 'false'].includes(String(value)),
  ),
  url: (value) => (typeof value === 'string' ? plainUrl(value, NO_PARAMETERS) : undefined),
  store_url: (value) => (typeof value === 'string' ? plainUrl(value, OF_AN_APP) : undefined),
}

function asItIs(passes: (value: Json) => boolean): (value: Json) => Json | undefined {
  return (value) => (passes(value) ? value : undefined)
}

function isWord(value: Json): boolean {
  return typeof value === 'string' && WORD.test(value) && !isContact(value)
}

/** Keyword lists in which SDKs describe the user: `m_age:33,m_gender:f`. */
const ABOUT_SOMEBODY =
  /(?:age|gender|sex|yob|birth|dob|mail|phone|lat|lon|zip|postal|user|uid|idfa|gaid|ifa|marital|income|ethnic|religion|name)[_-]?\w{0,20}\s{0,3}[:=]/i

const NO_PARAMETERS: ReadonlySet<string> = new Set()
/** Parameters of Google Play, Galaxy Store, AppGallery and Apple: the app, its country and language. */
const OF_AN_APP: ReadonlySet<string> = new Set(['id', 'appid', 'mt', 'hl', 'gl', 'l'])
const PARAMETER = /^[A-Za-z0-9._-]{1,150}$/

/** Unchanged, or cut after the part that may pass. */
function plainUrl(text: string, parameters: ReadonlySet<string>): string | undefined {
  if (text.length > MAX_PLAIN || !/^https?:\/\/[^\s{}@]+/.test(text)) return undefined
  const [address = '', query] = text.split('#', 1)[0]!.split('?', 2)
  if (!/^https?:\/\/[^@{\s]+$/.test(address)) return undefined
  const kept = (query ?? '').split('&').filter((pair) => {
    const [name = '', value = ''] = pair.split('=', 2)
    return parameters.has(name.toLowerCase()) && PARAMETER.test(value) && !isContact(value)
  })
  return kept.length === 0 ? address : `${address}?${kept.join('&')}`
}
/** No contact and no address. */
function isPlainText(text: string): boolean {
  return text.length <= MAX_PLAIN && !text.includes('@') && !text.includes(PLACEHOLDER) && !isContact(text)
}

/** A phone number with country code, or an IP address. The pattern is expensive, so it runs only on candidates. */
function isContact(text: string): boolean {
  if (text[0] === '+' && PHONE.test(text)) return true
  return MAY_BE_ADDRESS.test(text) && (text.includes(':') ? isIPv6(text) : isIPv4(text))
}

export function isConsent(value: Json | undefined): boolean {
  if (Number.isFinite(value) || typeof value === 'boolean') return true
  if (typeof value === 'string') return value.length <= MAX_CONSENT && CONSENT.test(value)
  return Array.isArray(value) && value.length <= 100 && value.every((one) => Number.isFinite(one))
}

/** A flag may hold one or a few words, also as JSON text, and nothing else. */
export function isFlagValue(value: Json | undefined, depth = 0): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return true
    case 'string':
      return (
        isWord(value) ||
        (depth === 0 && value.length <= MAX_PLAIN && /^[[{]/.test(value) && isFlagValue(tryJson(value), 1))
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
