/**
 * Why a request was not delivered, in words: the status, the partner's own code, and the part of its answer that can be
 * shown. An answer may repeat the request or contain other data about the user, so only words of a fixed list are
 * shown, and none that the request contains. Everything else is `…`.
 */
import type { Outcome } from '../model/disclosure.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { ANSWER_WORDS } from './answer-words.ts'
import type { WireResult } from './ports.ts'

/** Maximum length of an excerpt. */
const MAX_EXCERPT = 160
/** How much of an answer is read. */
const MAX_LOOKED_AT = 4_096
/** Members of an answer that hold the partner's own code. */
const CODE_MEMBERS =
  /"(?:code|error_code|errorCode|error_subcode|status_code|statusCode|reason_code|err)"\s*:\s*"?(-?\d{1,7})([\d.eE]?)/g
const MAX_CODES = 3

/** Meanings of the system's and the client's error codes. */
const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ABANDONED: 'no answer in the time that the app gave',
  ANSWER_LATE: 'taken, but its answer had not ended after timeout_ms',
  ANSWER_UNREADABLE: 'taken, but what its answer says cannot be read',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEADLINE: 'no answer within timeout_ms',
  DEADLINE_PASSED: 'the app’s time was over before anything was sent',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is its own',
  EAI_AGAIN: 'the name could not be resolved',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it closed the connection',
  EGRESS_REFUSED: 'the address is not public, and was refused',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'the name does not exist',
  EPIPE: 'it closed the connection',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ETIMEDOUT: 'no connection in time',
  PARTNER_RESTS: 'left alone for a while',
  SECRET_UNREADABLE: 'a secret of its contract cannot be read',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody known',
  STOPPED: 'the gateway was stopped',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within timeout_ms',
  UND_ERR_BODY_TIMEOUT: 'no answer within timeout_ms',
  UND_ERR_SOCKET: 'it closed the connection',
}

/** '' for an item that was delivered or cancelled. */
export function causeOf(outcome: Outcome, result: WireResult, request: PartnerRequest): string {
  switch (outcome.kind) {
    case 'refused':
      return result.kind === 'answered' ? answerCause(result.status, result.body, request) : String(outcome.status)
    case 'failed_before_write':
    case 'unknown_after_write': {
      const words = NETWORK_WORDS[outcome.code]
      return words === undefined ? outcome.code : `${outcome.code}: ${words}`
    }
    default:
      return ''
  }
}

function answerCause(status: number, body: string, request: PartnerRequest): string {
  const sent = wordsOf(textOf(request))
  const looked = body.slice(0, MAX_LOOKED_AT)
  const codes = new Set<string>()
  // A longer number is not a code.
  for (const [, code, more] of looked.matchAll(CODE_MEMBERS)) if (more === '' && !sent.has(code!)) codes.add(code!)
  const excerpt = excerptOf(looked, sent)
  return [
    String(status),
    ...(codes.size === 0 ? [] : [`code ${[...codes].slice(0, MAX_CODES).join(', ')}`]),
    ...(excerpt === '' ? [] : [`“${excerpt}”`]),
  ].join(', ')
}

/** Listed words that were not sent, in order; `…` stands for anything between. */
export function excerptOf(body: string, sent: ReadonlySet<string>): string {
  let excerpt = ''
  let isGap = false
  for (const run of body.match(/[^\s"'{}[\]<>(),;:=|/\\]+/gu) ?? []) {
    const word = withoutMarks(run)
    if (word === '') continue
    if (!isShown(word, sent)) {
      isGap = excerpt !== ''
      continue
    }
    const next = excerpt === '' ? word : `${excerpt}${isGap ? ' …' : ''} ${word}`
    if (next.length > MAX_EXCERPT) return `${excerpt} …`
    excerpt = next
    isGap = false
  }
  return isGap ? `${excerpt} …` : excerpt
}

/** Without surrounding punctuation. */
function withoutMarks(run: string): string {
  let [start, end] = [0, run.length]
  while (start < end && MARKS.includes(run.charAt(start))) start++
  while (end > start && MARKS.includes(run.charAt(end - 1))) end--
  return run.slice(start, end)
}

const MARKS = '.!?…-'

/** A word, or a compound such as `invalid_token`, `OAuthException`. */
function isShown(word: string, sent: ReadonlySet<string>): boolean {
  if (word.length > 40 || !/^[A-Za-z][A-Za-z_.-]*$/.test(word)) return false
  const parts = word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .split(/[_.-]+/)
    .map((part) => part.toLowerCase())
  return !sent.has(word.toLowerCase()) && parts.every((part) => ANSWER_WORDS.has(part) && !sent.has(part))
}

/** Every word and number of a text, in lower case. */
function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}]+|\d+/gu) ?? [])
}

/** The values that were sent, as text. Names of members and parameters come from the contract and the type. */
function textOf({ path, body }: PartnerRequest): string {
  const [place = '', query = ''] = path.split('?', 2)
  return [unescaped(place), ...new URLSearchParams(query).values(), ...valuesIn(body)].join(' ')
}

function valuesIn(body: string): readonly string[] {
  if (body === '') return []
  try {
    const values: string[] = []
    // A visitor: each member once, at any depth.
    JSON.parse(body, (_name, value: unknown) => {
      if (typeof value === 'string' || typeof value === 'number') values.push(String(value))
      return value
    })
    return values
  } catch {
    // Not JSON: a form, or text of which every word counts.
    return body.includes('=') ? [...new URLSearchParams(body).values()] : [unescaped(body)]
  }
}

function unescaped(text: string): string {
  try {
    return text.includes('%') ? `${text} ${decodeURIComponent(text)}` : text
  } catch {
    // A stray percent sign: not URL-encoded text.
    return text
  }
}
