/**
 * Splits a request's body, as text, into its events and their shared part; each is parsed in a turn of its own size.
 */

import { type Steps, unitsOf } from '../flow/work.ts'
import type { Json, JsonObject } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { type Item, JsonScan, type Member, NotJson, type Span } from './json-scan.ts'

/** Maximum nesting: deeper than any SDK's, and far from stack limits. */
export const MAX_DEPTH = 256
/** Maximum length of a scalar member, such as a key or a time. */
const MAX_WORD = 1_024

export interface BodyParts {
  /** Undefined if there is none that could be valid. */
  readonly writeKey: string | undefined
  readonly sentAt: Json | undefined
  /** A batch's events, each with its `context` as part; for every other path, the body itself. */
  readonly events: readonly Item[]
  /** What a batch's events share; undefined if it is missing or not an object. */
  readonly context: Span | undefined
  /** Which partners a batch disables for its events; of any type. */
  readonly integrations: Span | undefined
}

/**
 * Splits a batch. Throws `ERR_BODY_NOT_JSON`, or `ERR_BATCH_EMPTY` if there is no list of events.
 * @yields units of work
 */
export function* splitBatch(text: string): Steps<BodyParts> {
  const members = yield* scanned(text, 'batch', 'context')
  const { items } = members.get('batch') ?? {}
  const context = members.get('context')?.value
  return {
    ...wordsIn(text, members),
    events: items ?? [],
    context: context !== undefined && text.charCodeAt(context.start) === 0x7b ? context : undefined,
    integrations: members.get('integrations')?.value,
  }
}

/** The body's only event. Throws `ERR_BODY_NOT_JSON`. */
export function* splitEvent(text: string): Steps<BodyParts> {
  const members = yield* scanned(text)
  const event = whole(text)
  yield unitsOf(text.length)
  return { ...wordsIn(text, members), events: [event], context: undefined, integrations: undefined }
}

/**
 * The part of a refused event that identifies its user and states their choices: its members, without those that are
 * too large or too deep. A user's choice counts although the app made a mistake.
 * @param parse reads JSON text
 */
export function outlineOf(text: string, maxBytes: number, parse: (text: string) => Json): JsonObject {
  const outline: Record<string, Json> = {}
  let left = maxBytes
  for (const [name, { value }] of drained(new JsonScan(text).members(undefined))) {
    if (value.depth >= MAX_DEPTH || value.end - value.start > left || name === '__proto__') continue
    left -= value.end - value.start
    outline[name] = parse(text.slice(value.start, value.end))
  }
  return outline
}

function* scanned(text: string, listed?: string, part?: string): Steps<ReadonlyMap<string, Member>> {
  const steps = new JsonScan(text).members(listed, part)
  try {
    for (;;) {
      const { done, value } = steps.next()
      if (done === true) return value
      yield unitsOf(value) / SCAN_SPEED
    }
  } catch (error) {
    throw error instanceof NotJson ? new GatewayError('ERR_BODY_NOT_JSON') : error
  }
}
/** How many times faster scanning a text is than parsing it. */
const SCAN_SPEED = 8

function whole(text: string): Item {
  return new JsonScan(text).whole()
}

function drained<T>(steps: Generator<number, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

function wordsIn(text: string, members: ReadonlyMap<string, Member>): Pick<BodyParts, 'writeKey' | 'sentAt'> {
  const writeKey = wordOf(text, members.get('writeKey'))
  return {
    writeKey: typeof writeKey === 'string' ? writeKey : undefined,
    sentAt: wordOf(text, members.get('sentAt')),
  }
}

function wordOf(text: string, member: Member | undefined): Json | undefined {
  if (member === undefined) return undefined
  const { start, end, depth } = member.value
  // Sound: a scanned scalar is valid JSON.
  return depth === 0 && end - start <= MAX_WORD ? (JSON.parse(text.slice(start, end)) as Json) : undefined
}
