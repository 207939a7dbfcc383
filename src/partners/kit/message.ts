/**
 * An item as text: everything in a request that depends on the user, so that the ledger commits to it and the guard scans it.
 * The first line is the document: compact JSON, or a path with its query. Headers follow, one per line; after a path, the body
 * is the last line.
 */
import type { PrivacyFlags } from '../../model/decision.ts'
import type { Encoder } from './type.ts'

/** Global Privacy Control as a header, and in the item's text if the body has no place for it. */
export const GPC_HEADER = { 'Sec-GPC': '1' } as const

export interface Message {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or '' if there is none. */
  readonly body: string
}

/**
 * @param text one line: a path or compact JSON
 * @param headers an undefined one, withheld or missing, is left out
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

/** Parses an item written by `writeMessage`. */
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

/** The single item of a partner without batches. */
export function readOnlyMessage(items: readonly string[]): Message {
  const [item = ''] = items
  if (items.length !== 1) throw new RangeError('this partner takes one item a request')
  return readMessage(item)
}

/**
 * Items of a batch as elements of a JSON array. `Sec-GPC: 1` is sent if any of them requires it: too many restricted users are
 * safe, one too few is not.
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

/** Where a partner accepts posts, and their constant headers. */
interface Post {
  readonly origin: string
  readonly path: string
  readonly type?: 'application/json' | 'application/x-www-form-urlencoded'
  readonly headers?: Readonly<Record<string, string>>
}

/** Envelopes of a partner that accepts one item per request: the item is the body. */
export function postOne({ origin, path, type = 'application/json', headers = {} }: Post): Encoder['envelope'] {
  const fixed = { 'Content-Type': type, ...headers }
  return (items) => {
    const { text, headers: own } = readOnlyMessage(items)
    return { method: 'POST', origin, path, headers: { ...fixed, ...own }, body: text }
  }
}

/** Envelopes of a partner that accepts a JSON array of items, between `start` and `end`. */
export function postBatch({ origin, path, headers = {} }: Post, start = '{"data":[', end = ']}'): Encoder['envelope'] {
  const fixed = { 'Content-Type': 'application/json', ...headers }
  return (items) => {
    const { elements, headers: own } = readBatch(items)
    return { method: 'POST', origin, path, headers: { ...fixed, ...own }, body: start + elements + end }
  }
}

/** All texts and numbers in settings, as texts: an encoder's constants. */
export function wordsIn(settings: unknown): readonly string[] {
  if (typeof settings === 'string' || typeof settings === 'number') return [String(settings)]
  return typeof settings === 'object' && settings !== null ? Object.values(settings).flatMap(wordsIn) : []
}

/** Printable ASCII on one line; other characters become question marks. */
function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?').trim()
}
