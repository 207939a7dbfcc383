/**
 * One record as the bytes that the tree commits to. The encoding is canonical: a record has exactly one, and all other
 * bytes are rejected by name. `docs/ledger-format.md` gives it byte by byte.
 */
import { type AppId, type DisclosureId, type EventRef, never, type PartnerId, type Revision } from '../model/brand.ts'
import {
  type ActionKind,
  DAY_KINDS,
  type Facts,
  type IntentEntry,
  type IntentRecord,
  type LedgerEntry,
  type LedgerRecord,
  type NoticeEntry,
  type NoticeRecord,
  type WithheldRecord,
} from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import { LeafError } from './leaf-error.ts'
import {
  BLIND_BYTES,
  COMMITMENT_BYTES,
  DAY_MS,
  FLAG_COUNT,
  FLAG_EXTENDED,
  FLAG_SEALED,
  FLAGS_AT,
  ID_BYTES,
  KIND_AT,
  LEAF_VERSION,
  MAX_LEAF_BYTES,
  NONCE_BYTES,
  OLDEST_VERSION,
  putSeq,
  TIME_AT,
} from './leaf-layout.ts'
import { putOutcome, takeOutcome } from './leaf-outcome.ts'
import { putByte, putHex, putLongText, putText, putU16, putU32, putU48, putUuid } from './leaf-put.ts'
import { putCountries, putFacts, putPurposes, takeCountries, takeFacts, takePurposes } from './leaf-sets.ts'
import { LeafReader } from './leaf-take.ts'
import { putNumber, takeWord } from './leaf-word.ts'
import {
  CLASS_NUMBERS,
  KIND_NUMBERS,
  LAST_KIND_OF_3,
  LATER_KINDS,
  REASON_NUMBERS,
  ROLE_NUMBERS,
  VERB_NUMBERS,
  wordsOf,
} from './numbers.ts'
import { putTreatments, takeTreatments } from './treatments.ts'

const KINDS = wordsOf(KIND_NUMBERS)
const REASONS = wordsOf(REASON_NUMBERS)
const ROLES = wordsOf(ROLE_NUMBERS)
const VERBS = wordsOf(VERB_NUMBERS)
const CLASSES = wordsOf(CLASS_NUMBERS)
const DIGEST_BYTES = 4

type Kind = keyof typeof KIND_NUMBERS
/** The flags that each kind allows. */
const FLAGS: Readonly<Record<Kind, number>> = {
  intent: FLAG_SEALED | FLAG_EXTENDED,
  outcome: FLAG_EXTENDED,
  withheld: FLAG_COUNT | FLAG_EXTENDED,
  control: 0,
  request: 0,
  notice: FLAG_SEALED | FLAG_EXTENDED,
  notice_outcome: FLAG_EXTENDED,
  notice_end: 0,
  receipt: 0,
  case: 0,
  by_hand: 0,
  cell: 0,
}

/** A decoded leaf. */
export interface Leaf {
  /** Sequence number, from 0. */
  readonly seq: number
  /** 3 or 4. */
  readonly version: number
  readonly record: LedgerRecord
}

/** The record's leaf at sequence number `seq`. Throws `LeafError` if the record cannot be encoded. */
export function leafOf(record: LedgerRecord, seq: number): Uint8Array {
  const leaf = new Uint8Array(MAX_LEAF_BYTES)
  const length = encodeLeaf(record, leaf, 0)
  if (length > MAX_LEAF_BYTES) throw new LeafError('too_long', 'record')
  putSeq(leaf, seq)
  return leaf.slice(0, length)
}

/**
 * Writes the record's leaf at `at`, with sequence number 0 for the writer to replace, and returns the offset after it.
 * An offset beyond `into.length` means that it did not fit. Throws `LeafError` if the record cannot be encoded.
 */
export function encodeLeaf(record: LedgerEntry, into: Uint8Array, at: number): number {
  into[at] = LEAF_VERSION
  into[at + KIND_AT] = numberOf(record)
  into[at + FLAGS_AT] = flagsOf(record)
  putSeq(into, 0, at)
  if (isDay(record.kind) && record.time % DAY_MS !== 0) throw new LeafError('out_of_range', 'time')
  let to = putBody(into, putU48(into, at + TIME_AT, record.time, 'time'), record)
  if ('extension' in record && record.extension !== undefined) to = putFacts(into, to, record.extension)
  return 'sealed' in record && record.sealed !== undefined ? putSealed(into, to, record.sealed) : to
}

function putBody(into: Uint8Array, body: number, record: LedgerEntry): number {
  switch (record.kind) {
    case 'intent':
      return putIntent(into, body, record)
    case 'notice':
      return putNotice(into, body, record)
    case 'outcome':
    case 'notice_outcome': {
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
    case 'request':
    case 'notice_end':
    case 'receipt':
    case 'case':
    case 'by_hand':
    case 'cell':
    case 'later': {
      const to = putHex(into, body, record.nonce ?? NO_NONCE, NONCE_BYTES, 'nonce')
      return putFacts(into, putText(into, to, record.action, 'action'), record.facts)
    }
    default:
      return never(record)
  }
}

function numberOf(record: LedgerEntry): number {
  if (record.kind !== 'later') return KIND_NUMBERS[record.kind]
  if (!isLater(record.number)) throw new LeafError('number_unknown', 'kind')
  return record.number
}

const DAYS: ReadonlySet<string> = new Set(DAY_KINDS)
function isDay(kind: string): boolean {
  return DAYS.has(kind)
}
function isLater(kind: number): boolean {
  return kind >= LATER_KINDS.first && kind <= LATER_KINDS.last
}

/** Placeholder: the ledger's thread draws the nonce. */
const NO_NONCE = '0'.repeat(2 * NONCE_BYTES)

function flagsOf(record: LedgerEntry): number {
  const extended = 'extension' in record && record.extension !== undefined ? FLAG_EXTENDED : 0
  if (record.kind === 'withheld') return extended | (record.count === undefined ? 0 : FLAG_COUNT)
  return extended | ('sealed' in record && record.sealed !== undefined ? FLAG_SEALED : 0)
}

function putIntent(into: Uint8Array, at: number, record: IntentRecord | IntentEntry): number {
  let to = putCommitted(into, at, record)
  to = putTerms(into, to, record)
  to = putHex(into, to, record.revisionDigest, DIGEST_BYTES, 'revisionDigest')
  to = putU32(into, to, record.acceptedRevision, 'acceptedRevision')
  to = putText(into, to, record.type, 'type')
  to = putU16(into, to, record.verdict, 'verdict')
  to = putNumber(into, to, ROLE_NUMBERS, record.role, 'role')
  to = putPurposes(into, to, record.purposes)
  to = putCountries(into, to, record.countries)
  return putTreatments(into, to, record.treatments)
}

function putNotice(into: Uint8Array, at: number, record: NoticeRecord | NoticeEntry): number {
  let to = putCommitted(into, at, record)
  to = putText(into, to, record.partner, 'partner')
  to = putText(into, to, record.type, 'type')
  to = putU32(into, to, record.revision, 'revision')
  to = putNumber(into, to, VERB_NUMBERS, record.verb, 'verb')
  return putNumber(into, to, CLASS_NUMBERS, record.identifier, 'identifier')
}

/** The common head of an INTENT and a NOTICE: ids, blind, commitment, attempt. */
function putCommitted(
  into: Uint8Array,
  at: number,
  record: IntentRecord | IntentEntry | NoticeRecord | NoticeEntry,
): number {
  let to = putUuid(into, at, record.id, 'id')
  to = putHex(into, to, record.eventRef, ID_BYTES, 'eventRef')
  if ('item' in record) {
    // The ledger's thread fills these in. Past the buffer's end nothing is written, and the caller sees the offset.
    const end = to + 2 + BLIND_BYTES + COMMITMENT_BYTES + 4
    if (end <= into.length) into.fill(0, to, end)
    to = end
  } else {
    to = putU16(into, to, record.epoch, 'epoch')
    to = putHex(into, to, record.blind, BLIND_BYTES, 'blind')
    to = putHex(into, to, record.commitment, COMMITMENT_BYTES, 'commitment')
    to = putU32(into, to, record.bytes, 'bytes')
  }
  return putU16(into, to, record.attempt, 'attempt')
}

/** Two bytes of length, then the bytes. */
function putSealed(into: Uint8Array, at: number, sealed: string): number {
  const bytes = Buffer.from(sealed, 'base64')
  const to = putU16(into, at, bytes.length, 'sealed')
  if (to + bytes.length <= into.length) into.set(bytes, to)
  return to + bytes.length
}

/** The terms of a decision, shared by INTENT and WITHHELD. */
function putTerms(into: Uint8Array, at: number, record: IntentRecord | IntentEntry | WithheldRecord): number {
  let to = putText(into, at, record.partner, 'partner')
  to = putText(into, to, record.app, 'app')
  to = putLongText(into, to, record.event, 'event')
  to = putU32(into, to, record.revision, 'revision')
  to = putText(into, to, record.regime, 'regime')
  return putNumber(into, to, REASON_NUMBERS, record.why, 'why')
}

/** Decodes a leaf. Throws `LeafError` for any bytes that `encodeLeaf` would not have written. */
export function decodeLeaf(leaf: Uint8Array): Leaf {
  const from = new LeafReader(leaf)
  const version = from.byte('version')
  if (version !== LEAF_VERSION && version !== OLDEST_VERSION) throw new LeafError('version_unknown', 'version')
  const number = from.byte('kind')
  const kind = version === OLDEST_VERSION && number > LAST_KIND_OF_3 ? undefined : KINDS[number]
  const later = version !== OLDEST_VERSION && isLater(number)
  if (kind === undefined && !later) throw new LeafError('kind_unknown', 'kind')
  const flags = from.byte('flags')
  const known = kind === undefined ? 0 : FLAGS[kind] & (version === OLDEST_VERSION ? ~FLAG_EXTENDED : 0xff)
  if ((flags & ~known) !== 0) throw new LeafError('flags_unknown', 'flags')
  const seq = from.u48('seq')
  const time = from.u48('time')
  if (kind !== undefined && isDay(kind) && time % DAY_MS !== 0) throw new LeafError('out_of_range', 'time')
  const plain: LedgerRecord =
    kind === undefined ? { kind: 'later', number, ...takeAction(time, from) } : takeRecord(kind, flags, time, from)
  // Sound: `FLAGS` allows them only for kinds that have these members.
  const extended = (flags & FLAG_EXTENDED) === 0 ? plain : ({ ...plain, extension: takeFacts(from) } as LedgerRecord)
  const record = (flags & FLAG_SEALED) === 0 ? extended : ({ ...extended, sealed: takeSealed(from) } as LedgerRecord)
  from.end()
  return { seq, version, record }
}

function takeRecord(kind: Kind, flags: number, time: number, from: LeafReader): LedgerRecord {
  switch (kind) {
    case 'intent':
      return { kind, time, ...takeCommitted(from), ...takeShape(from) }
    case 'notice':
      return { kind, time, ...takeCommitted(from), ...takeNotice(from) }
    case 'outcome':
    case 'notice_outcome':
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
      const counted = (flags & FLAG_COUNT) === 0 ? {} : { count: from.u32('count') }
      return { kind, time, eventRef, ...counted, ...takeTerms(from) }
    }
    default:
      return { kind: kind satisfies ActionKind, ...takeAction(time, from) }
  }
}

function takeAction(time: number, from: LeafReader) {
  return { time, nonce: from.hex(NONCE_BYTES, 'nonce'), action: from.text('action'), facts: takeFacts(from) as Facts }
}

function takeCommitted(from: LeafReader) {
  return {
    id: from.uuid('id') as DisclosureId,
    eventRef: from.hex(ID_BYTES, 'eventRef') as EventRef,
    epoch: from.u16('epoch'),
    blind: from.hex(BLIND_BYTES, 'blind'),
    commitment: from.hex(COMMITMENT_BYTES, 'commitment'),
    bytes: from.u32('bytes'),
    attempt: from.u16('attempt'),
  }
}

function takeNotice(from: LeafReader) {
  return {
    partner: from.text('partner') as PartnerId,
    type: from.text('type'),
    revision: from.u32('revision') as Revision,
    verb: takeWord(VERBS, from, 'verb'),
    identifier: takeWord(CLASSES, from, 'identifier'),
  }
}

/** The part of an INTENT that many others share. */
export type Shape = Omit<
  IntentRecord,
  'kind' | 'time' | 'id' | 'eventRef' | 'epoch' | 'blind' | 'commitment' | 'bytes' | 'attempt' | 'sealed' | 'extension'
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

function takeTerms(from: LeafReader): Omit<WithheldRecord, 'kind' | 'time' | 'eventRef' | 'count' | 'extension'> {
  return {
    partner: from.text('partner') as PartnerId,
    app: from.text('app') as AppId,
    event: from.longText('event'),
    revision: from.u32('revision') as Revision,
    regime: from.text('regime'),
    why: takeWord<Reason>(REASONS, from, 'why'),
  }
}
