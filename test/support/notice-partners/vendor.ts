/**
 * What a partner documents of its calls about a person's rights, written from the partner's pages and not from our types: a
 * recording partner reads every request by it, so that two readings of one page have to agree.
 */
import type { Received } from '../partner.ts'

/** The situations whose answers partners document. */
export const SITUATIONS = ['good', 'refused', 'not_found', 'rate_limited', 'malformed', 'down'] as const
export type Situation = (typeof SITUATIONS)[number]

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Record<string, string>
}

export type CallName = 'opt_out' | 'opt_in' | 'erase' | 'status'

/** One request, read by the partner's own documentation. */
export interface Reading {
  readonly call: CallName
  /** What is not as documented; none in a good request. */
  readonly problems: readonly string[]
  /** Every identifier that it holds. */
  readonly identifiers: readonly string[]
  /** The caller's id of the request, where the call has one. */
  readonly id?: string
}

export interface Vendor {
  readonly name: string
  /** Where and when this was read. */
  readonly source: string
  /** Undefined for a request that is none about a person's rights: an event. */
  read(request: Received): Reading | undefined | Promise<Reading | undefined>
  /** @param asked how often this was asked for so far, for answers that change with time */
  answer(reading: Reading, situation: Situation, request: Received, asked: number): Answer
  /** A good answer to an event. */
  readonly event: Answer
}

/** Says what is wrong with a text; collects it. */
export class Problems {
  readonly found: string[] = []
  require(isGood: boolean, what: string): void {
    if (!isGood) this.found.push(what)
  }
  /** Exactly these members, in whatever order. */
  members(
    value: unknown,
    where: string,
    needed: readonly string[],
    allowed: readonly string[] = [],
  ): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.found.push(`${where} is no object`)
      return {}
    }
    for (const name of needed) this.require(name in value, `${where} has no ${name}`)
    for (const name of Object.keys(value))
      this.require(needed.includes(name) || allowed.includes(name), `${where} has ${name}, which is not documented`)
    return value as Record<string, unknown>
  }
  matches(value: unknown, pattern: RegExp, what: string): string {
    const text = typeof value === 'string' ? value : ''
    this.require(pattern.test(text), `${what} is not as documented`)
    return text
  }
}

export function jsonIn(request: Received, problems: Problems): unknown {
  problems.require(
    /^application\/json\b/.test(request.headers['content-type'] ?? ''),
    'the body is not declared as JSON',
  )
  try {
    return JSON.parse(request.body)
  } catch {
    problems.found.push('the body is no JSON')
    return undefined
  }
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Lower case, version 4, as OpenDSR asks for. */
export const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } }
}

/** A proxy's page where JSON was promised, and a gateway that is down. */
export const MALFORMED: Answer = {
  status: 200,
  body: '<html><body>It works!</body></html>',
  headers: { 'Content-Type': 'text/html' },
}
export const DOWN: Answer = { status: 503, body: 'Service Unavailable' }
