/**
 * One record as the bytes the tree commits to. Deterministic both ways: a record has one encoding, and bytes that are
 * not the encoding of what they decode to are refused by name. Byte by byte in `docs/ledger-format.md`.
 */
import { type AppId, type DisclosureId, type EventRef, never, type PartnerId, type Revision } from '../model/brand.ts'
import type {
  IntentEntry,
  IntentRecord,
  LedgerEntry,
  LedgerRecord,
  Outcome,
  WithheldRecord,
} from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import { LeafError } from './leaf-error.ts'
import {
  BLIND_BYTES,
  COMMITMENT_BYTES,
  FLAG_COUNT,
  FLAG_SEALED,
  FLAGS_AT,
  ID_BYTES,
  KIND_AT,
  LEAF_VERSION,
  MAX_LEAF_BYTES,
  NONCE_BYTES,
  putSeq,
  TIME_AT,
} from './leaf-layout.ts'
import { putByte, putHex, putLongText, putText, putU16, putU32, putU48, putUuid } from './leaf-put.ts'
import { putCountries, putFacts, putPurposes, takeCountries, takeFacts, takePurposes } from './leaf-sets.ts'
import { LeafReader } from './leaf-take.ts'
import { KIND_NUMBERS, OUTCOME_NUMBERS, REASON_NUMBERS, ROLE_NUMBERS, wordsOf } from './numbers.ts'
import { putTreatments, takeTreatments } from './treatments.ts'

const KINDS = wordsOf(KIND_NUMBERS)
const OUTCOMES = wordsOf(OUTCOME_NUMBERS)
const REASONS = wordsOf(REASON_NUMBERS)
const ROLES = wordsOf(ROLE_NUMBERS)
const RETRY = 1
const RETRY_AFTER = 2
const MAX_U32 = 0xffff_ffff
const DIGEST_BYTES = 4

/** A decoded leaf. */
export interface Leaf {
  /** Its place in the ledger, from 0. */
  readonly seq: number
  readonly record: LedgerRecord
}

/** The record's leaf at sequence number `seq`. Throws `LeafError` where the record cannot be one. */
export function leafOf(record: LedgerRecord, seq: number): Uint8Array {
  const leaf = new Uint8Array(MAX_LEAF_BYTES)
  const length = encodeLeaf(record, leaf, 0)
  if (length > MAX_LEAF_BYTES) throw new LeafError('too_long', 'record')
  putSeq(leaf, seq)
  return leaf.slice(0, length)
}

/**
 * Writes the record's leaf at `at`, with sequence number 0 for the writer to replace, and returns the offset after it.
 * An offset beyond `into.length` means that it did not fit. Throws `LeafError` where the record cannot be a leaf.
 */
export function encodeLeaf(record: LedgerEntry, into: Uint8Array, at: number): number {
  into[at] = LEAF_VERSION
  into[at + KIND_AT] = KIND_NUMBERS[record.kind]
  into[at + FLAGS_AT] = flagsOf(record)
  putSeq(into, 0, at)
  const body = putU48(into, at + TIME_AT, record.time, 'time')
  switch (record.kind) {
    case 'intent':
      return putIntent(into, body, record)
    case 'outcome': {
      let to = putUuid(into, body, record.id, 'id')
      to = putHex(into, to, record.eventRef, ID_BYTES, 'eventRef')
      to = putU16(into, to, record.attempt, 'attempt')
      to = putU32(into, to, record.bytes, 'bytes')
      to = putByte(into, to, record.latency, 'latency')
      to = putText(into, to, record.partner, 'partner')
      return putOutcome(into, to, record.outcome)
    }
    case 'withheld': {
      const to = putHex(into, body, record.eventRef, ID_BYTES, 'eventRef')
      return putTerms(into, record.count === undefined ? to : putU32(into, to, record.count, 'count'), record)
    }
    case 'control':
    case 'request': {
      const to = putHex(into, body, record.nonce ?? NO_NONCE, NONCE_BYTES, 'nonce')
      return putFacts(into, putText(into, to, record.action, 'action'), record.facts)
    }
    default:
      return never(record)
  }
}

/** The ledger's thread draws one instead. */
const NO_NONCE = '0'.repeat(2 * NONCE_BYTES)

function flagsOf(record: LedgerEntry): number {
  if (record.kind === 'withheld') return record.count === undefined ? 0 : FLAG_COUNT
  return record.kind === 'intent' && 'sealed' in record && record.sealed !== undefined ? FLAG_SEALED : 0
}

function putIntent(into: Uint8Array, at: number, record: IntentRecord | IntentEntry): number {
  let to = putUuid(into, at, record.id, 'id')
  to = putHex(into, to, record.eventRef, ID_BYTES, 'eventRef')
  if ('item' in record) {
    // The ledger's thread fills these in. Past the buffer's end nothing is written: the caller sees that it did not fit.
    const end = to + 2 + BLIND_BYTES + COMMITMENT_BYTES + 4
    if (end <= into.length) into.fill(0, to, end)
    to = end
  } else {
    to = putU16(into, to, record.epoch, 'epoch')
    to = putHex(into, to, record.blind, BLIND_BYTES, 'blind')
    to = putHex(into, to, record.commitment, COMMITMENT_BYTES, 'commitment')
    to = putU32(into, to, record.bytes, 'bytes')
  }
  to = putU16(into, to, record.attempt, 'attempt')
  to = putTerms(into, to, record)
  to = putHex(into, to, record.revisionDigest, DIGEST_BYTES, 'revisionDigest')
  to = putU32(into, to, record.acceptedRevision, 'acceptedRevision')
  to = putText(into, to, record.type, 'type')
  to = putU16(into, to, record.verdict, 'verdict')
  to = putNumber(into, to, ROLE_NUMBERS, record.role, 'role')
  to = putPurposes(into, to, record.purposes)
  to = putCountries(into, to, record.countries)
  to = putTreatments(into, to, record.treatments)
  return 'item' in record || record.sealed === undefined ? to : putSealed(into, to, record.sealed)
}

/** Two bytes of length, then the bytes. */
function putSealed(into: Uint8Array, at: number, sealed: string): number {
  const bytes = Buffer.from(sealed, 'base64')
  const to = putU16(into, at, bytes.length, 'sealed')
  if (to + bytes.length <= into.length) into.set(bytes, to)
  return to + bytes.length
}

/** Where a decision came from, but for the event. */
function putTerms(into: Uint8Array, at: number, record: IntentRecord | IntentEntry | WithheldRecord): number {
  let to = putText(into, at, record.partner, 'partner')
  to = putText(into, to, record.app, 'app')
  to = putLongText(into, to, record.event, 'event')
  to = putU32(into, to, record.revision, 'revision')
  to = putText(into, to, record.regime, 'regime')
  return putNumber(into, to, REASON_NUMBERS, record.why, 'why')
}

function putOutcome(into: Uint8Array, at: number, outcome: Outcome): number {
  const to = putNumber(into, at, OUTCOME_NUMBERS, outcome.kind, 'outcome')
  switch (outcome.kind) {
    case 'delivered':
      return putU16(into, to, outcome.status, 'status')
    case 'refused': {
      const after = outcome.retryAfterMs
      const flags = (outcome.retry ? RETRY : 0) | (after === undefined ? 0 : RETRY_AFTER)
      const end = putByte(into, putU16(into, to, outcome.status, 'status'), flags, 'retry')
      return after === undefined ? end : putU32(into, end, Math.min(Math.floor(after), MAX_U32), 'retryAfterMs')
    }
    case 'failed_before_write':
    case 'unknown_after_write':
      return putText(into, to, outcome.code, 'code')
    case 'cancelled_not_sent':
      return putNumber(into, to, REASON_NUMBERS, outcome.why, 'why')
    case 'unresolved_assume_disclosed':
      return to
    default:
      return never(outcome)
  }
}

function putNumber<Word extends string>(
  into: Uint8Array,
  at: number,
  numbers: Readonly<Record<Word, number>>,
  word: Word,
  field: string,
): number {
  const number = numbers[word] as number | undefined
  if (number === undefined) throw new LeafError('number_unknown', field)
  return putByte(into, at, number, field)
}

/** Reads a leaf. Throws `LeafError` for every sequence of bytes that `encodeLeaf` would not have written. */
export function decodeLeaf(leaf: Uint8Array): Leaf {
  const from = new LeafReader(leaf)
  if (from.byte('version') !== LEAF_VERSION) throw new LeafError('version_unknown', 'version')
  const kind = KINDS[from.byte('kind')]
  if (kind === undefined) throw new LeafError('kind_unknown', 'kind')
  const flags = from.byte('flags')
  const known = kind === 'intent' ? FLAG_SEALED : kind === 'withheld' ? FLAG_COUNT : 0
  if (flags !== 0 && flags !== known) throw new LeafError('flags_unknown', 'flags')
  const seq = from.u48('seq')
  const body = takeRecord(kind, flags, from.u48('time'), from)
  const record = flags === FLAG_SEALED && body.kind === 'intent' ? { ...body, sealed: takeSealed(from) } : body
  from.end()
  return { seq, record }
}

function takeRecord(kind: LedgerRecord['kind'], flags: number, time: number, from: LeafReader): LedgerRecord {
  switch (kind) {
    case 'intent':
      return takeIntent(time, from)
    case 'outcome':
      return {
        kind,
        time,
        id: from.uuid('id') as DisclosureId,
        eventRef: from.hex(ID_BYTES, 'eventRef') as EventRef,
        attempt: from.u16('attempt'),
        bytes: from.u32('bytes'),
        latency: from.byte('latency'),
        partner: from.text('partner') as PartnerId,
        outcome: takeOutcome(from),
      }
    case 'withheld': {
      const eventRef = from.hex(ID_BYTES, 'eventRef') as EventRef
      const counted = flags === FLAG_COUNT ? { count: from.u32('count') } : {}
      return { kind, time, eventRef, ...counted, ...takeTerms(from) }
    }
    case 'control':
    case 'request':
      return {
        kind,
        time,
        nonce: from.hex(NONCE_BYTES, 'nonce'),
        action: from.text('action'),
        facts: takeFacts(from),
      }
    default:
      return never(kind)
  }
}

function takeIntent(time: number, from: LeafReader): IntentRecord {
  return {
    kind: 'intent',
    time,
    id: from.uuid('id') as DisclosureId,
    eventRef: from.hex(ID_BYTES, 'eventRef') as EventRef,
    epoch: from.u16('epoch'),
    blind: from.hex(BLIND_BYTES, 'blind'),
    commitment: from.hex(COMMITMENT_BYTES, 'commitment'),
    bytes: from.u32('bytes'),
    attempt: from.u16('attempt'),
    ...takeShape(from),
  }
}

/** What an INTENT has in common with many others. */
export type Shape = Omit<
  IntentRecord,
  'kind' | 'time' | 'id' | 'eventRef' | 'epoch' | 'blind' | 'commitment' | 'bytes' | 'attempt' | 'sealed'
>

function takeShape(from: LeafReader): Shape {
  return {
    ...takeTerms(from),
    revisionDigest: from.hex(DIGEST_BYTES, 'revisionDigest'),
    acceptedRevision: from.u32('acceptedRevision') as Revision,
    type: from.text('type'),
    verdict: from.u16('verdict'),
    role: takeWord(ROLES, from, 'role'),
    purposes: takePurposes(from),
    countries: takeCountries(from),
    treatments: takeTreatments(from),
  }
}

function takeSealed(from: LeafReader): string {
  return Buffer.from(from.bytes(from.u16('sealed'), 'sealed')).toString('base64')
}

function takeTerms(from: LeafReader): Omit<WithheldRecord, 'kind' | 'time' | 'eventRef' | 'count'> {
  return {
    partner: from.text('partner') as PartnerId,
    app: from.text('app') as AppId,
    event: from.longText('event'),
    revision: from.u32('revision') as Revision,
    regime: from.text('regime'),
    why: takeWord<Reason>(REASONS, from, 'why'),
  }
}

function takeOutcome(from: LeafReader): Outcome {
  const kind = takeWord(OUTCOMES, from, 'outcome')
  switch (kind) {
    case 'delivered':
      return { kind, status: from.u16('status') }
    case 'refused': {
      const status = from.u16('status')
      const flags = from.byte('retry')
      if (flags > (RETRY | RETRY_AFTER)) throw new LeafError('out_of_range', 'retry')
      const retry = (flags & RETRY) !== 0
      return flags & RETRY_AFTER
        ? { kind, status, retry, retryAfterMs: from.u32('retryAfterMs') }
        : { kind, status, retry }
    }
    case 'failed_before_write':
    case 'unknown_after_write':
      return { kind, code: from.text('code') }
    case 'cancelled_not_sent':
      return { kind, why: takeWord<Reason>(REASONS, from, 'why') }
    case 'unresolved_assume_disclosed':
      return { kind }
    default:
      return never(kind)
  }
}

function takeWord<Word extends string>(words: readonly (Word | undefined)[], from: LeafReader, field: string): Word {
  const word = words[from.byte(field)]
  if (word === undefined) throw new LeafError('number_unknown', field)
  return word
}
