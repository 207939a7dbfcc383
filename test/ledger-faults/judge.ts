/** The verdict on one cycle: what was acknowledged is there, what was received was announced, what is gone is noticed. */
import { createHmac } from 'node:crypto'
import type { Arrival } from '../faults/arrivals.ts'
import type { Acknowledged } from './disclosing-process.ts'
import type { FoundRecord } from './records.ts'
import { COMMITMENT_KEY, eventRefOf } from './terms.ts'

/** Something that must not be. */
export interface Finding {
  readonly kind: 'lost' | 'unlogged' | 'undetected'
  readonly says: string
}
type Records = ReadonlyMap<number, FoundRecord>

/** Everything that was acknowledged stands where it was said to stand. */
export function lostRecords(acknowledged: readonly Acknowledged[], records: Records): readonly Finding[] {
  return acknowledged
    .filter((one) => !isThere(one, records))
    .map((one) => ({ kind: 'lost', says: `${nameOf(one)} is gone` }))
}

function isThere({ kind, eventRef, seq }: Acknowledged, records: Records): boolean {
  const found = records.get(seq)
  return found?.kind === kind && found.eventRef === eventRef
}

function nameOf({ kind, eventRef, seq }: Acknowledged): string {
  return `${kind.toUpperCase()} ${seq} of event ${Number.parseInt(eventRef, 16)}`
}

/** What reached the partner of one request. */
export type Arrived = Pick<Arrival, 'body' | 'isWhole'>

/** Every body that reached the partner, even in part, has an INTENT of its own; a whole one has it for its exact bytes. */
export function unloggedBodies(arrived: readonly Arrived[], records: Records): readonly Finding[] {
  const intents = new Map<string, FoundRecord>()
  for (const record of records.values()) if (record.kind === 'intent') intents.set(record.eventRef, record)
  return arrived.flatMap(({ body, isWhole }): readonly Finding[] => {
    const n = eventNumberIn(body)
    if (n === undefined) return isWhole ? [{ kind: 'unlogged', says: `nobody sends this: ${body}` }] : []
    const intent = intents.get(eventRefOf(n))
    intents.delete(eventRefOf(n))
    if (intent !== undefined && (!isWhole || commits(intent, body))) return []
    return [{ kind: 'unlogged', says: `no INTENT announces the bytes of event ${n}` }]
  })
}

/** Undefined where the body was cut off before it said so. */
function eventNumberIn(body: string): number | undefined {
  const value = /"value":(\d+)[,}]/.exec(body)?.[1]
  return value === undefined ? undefined : Number(value)
}

/** `docs/ledger-format.md`: HMAC-SHA256(R, item), R the other half of HMAC-SHA256(K, disclosure id). */
function commits({ id, commitment }: FoundRecord, body: string): boolean {
  const key = createHmac('sha256', COMMITMENT_KEY).update(id).digest().subarray(16)
  return createHmac('sha256', key).update(body).digest().equals(commitment)
}

/** What was done to a folder's files, and what whoever looked at it said. */
export interface CutCase {
  readonly what: string
  readonly before: Records
  /** Undefined where the start refused. */
  readonly after: Records | undefined
  /** Names of what the auditor, who remembers a checkpoint, found before the start. */
  readonly found: readonly string[]
}

/** A cut that lost something acknowledged is noticed by the auditor, and the ledger does not start on it. */
export function undetectedCut(
  acknowledged: readonly Acknowledged[],
  { what, before, after, found }: CutCase,
): readonly Finding[] {
  const lost = acknowledged.find((one) => !isThere(one, before) || (after !== undefined && !isThere(one, after)))
  if (lost === undefined) return []
  if (found.length === 0)
    return [{ kind: 'undetected', says: `${what}: ${nameOf(lost)} is gone and the auditor finds nothing` }]
  if (after !== undefined)
    return [{ kind: 'undetected', says: `${what}: ${nameOf(lost)} is gone and the ledger starts` }]
  return []
}
