/** Encodes and decodes the outcome of an attempt. */
import { never } from '../model/brand.ts'
import type { Outcome } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import { LeafError } from './leaf-error.ts'
import { putByte, putText, putU16, putU32 } from './leaf-put.ts'
import type { LeafReader } from './leaf-take.ts'
import { putNumber, takeWord } from './leaf-word.ts'
import { OUTCOME_NUMBERS, REASON_NUMBERS, wordsOf } from './numbers.ts'

const OUTCOMES = wordsOf(OUTCOME_NUMBERS)
const REASONS = wordsOf(REASON_NUMBERS)
const RETRY = 1
const RETRY_AFTER = 2
const MAX_U32 = 0xffff_ffff

export function putOutcome(into: Uint8Array, at: number, outcome: Outcome): number {
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

export function takeOutcome(from: LeafReader): Outcome {
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
