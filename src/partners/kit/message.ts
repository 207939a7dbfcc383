/**
 * An item as text: all of a request that depends on the person, so that the ledger commits to it and the guard scans it.
 * The first line is the document: compact JSON, or a path with its query. Headers follow, one a line, and last the body's
 * line where the document is a path.
 */
import type { PrivacyFlags } from '../../model/decision.ts'
import type { Encoder } from './type.ts'

/** Global Privacy Control travels on as a header; in the item's text too wherever the body has no place for it. */
export const GPC_HEADER = { 'Sec-GPC': '1' } as const

export interface Message {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or '' where there is none. */
  readonly body: string
}

/**
 * @param text one line: a path or compact JSON
 * @param headers what was withheld or missing is undefined and left out
 * @param body one line of JSON that begins with `{`, or ''
 */
export function writeMessage(
  text: string,
  flags: PrivacyFlags,
  headers: Readonly<Record<string, string | undefined>> = {},
  body = '',
): string {
  let item = text
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) item += `\n${name}: ${headerText(value)}`
  }
  if (flags.gpc) item += '\nSec-GPC: 1'
  return body === '' ? item : `${item}\n${body}`
}

/** An item as `writeMessage` wrote it, taken apart again. */
export function readMessage(item: string): Message {
  const [text = '', ...lines] = item.split('\n')
  const headers: Record<string, string> = {}
  let body = ''
  for (const line of lines) {
    const colon = line.indexOf(': ')
    if (line.startsWith('{')) body = line
    else headers[line.slice(0, colon)] = line.slice(colon + 2)
  }
  return { text, headers, body }
}

/** The one item of a partner that takes no batches. */
export function readOnlyMessage(items: readonly string[]): Message {
  const [item = ''] = items
  if (items.length !== 1) throw new RangeError('this partner takes one item a request')
  return readMessage(item)
}

/**
 * Items of a batch as the elements of a JSON array. `Sec-GPC: 1` is sent where any of them asks for it: to say it of too
 * many people tells the partner to do less, to leave it out of one would not.
 */
export function readBatch(items: readonly string[]): {
  readonly elements: string
  readonly headers: Message['headers']
} {
  if (items.length === 0) throw new RangeError('an envelope holds at least one item')
  const messages = items.map(readMessage)
  return {
    elements: messages.map(({ text }) => text).join(','),
    headers: Object.assign({}, ...messages.map(({ headers }) => headers)) as Message['headers'],
  }
}

/** Where a partner takes posts, and what goes with each. */
interface Post {
  readonly origin: string
  readonly path: string
  readonly type?: 'application/json' | 'application/x-www-form-urlencoded'
  readonly headers?: Readonly<Record<string, string>>
}

/** Envelopes of a partner that takes one item a request: the item is the body. */
export function postOne({ origin, path, type = 'application/json', headers = {} }: Post): Encoder['envelope'] {
  const fixed = { 'Content-Type': type, ...headers }
  return (items) => {
    const { text, headers: own } = readOnlyMessage(items)
    return { method: 'POST', origin, path, headers: { ...fixed, ...own }, body: text }
  }
}

/** Envelopes of a partner that takes a JSON array of items, between `start` and `end`. */
export function postBatch({ origin, path, headers = {} }: Post, start = '{"data":[', end = ']}'): Encoder['envelope'] {
  const fixed = { 'Content-Type': 'application/json', ...headers }
  return (items) => {
    const { elements, headers: own } = readBatch(items)
    return { method: 'POST', origin, path, headers: { ...fixed, ...own }, body: start + elements + end }
  }
}

/** All texts and numbers in settings, as texts: what an encoder writes of them is its own. */
export function wordsIn(settings: unknown): readonly string[] {
  if (typeof settings === 'string' || typeof settings === 'number') return [String(settings)]
  return typeof settings === 'object' && settings !== null ? Object.values(settings).flatMap(wordsIn) : []
}

/** Printable ASCII on one line; whatever else is there is a question mark. */
function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?').trim()
}
