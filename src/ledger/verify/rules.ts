/** Checks the promises in the records beyond log-before-send, for `sluice ledger protocol`. Sees every record in order. */
import { forbiddenIn, lacksReason } from './forbidden.ts'
import type { LeafReading } from './leaf.ts'
import type { Findings } from './report.ts'
import { RevisionCheck } from './revisions.ts'
import type { ActionShape, IntentShape, OutcomeShape } from './shape.ts'

export interface RuleOptions {
  /** Longest time that an INTENT may lack its OUTCOME, by the records' own times. Default one hour. */
  readonly openMs: number
}
export const RULE_OPTIONS: RuleOptions = { openMs: 3_600_000 }

/** Pairs whose last attempt is remembered. */
const PAIRS = 100_000
const NO_BLIND = Buffer.alloc(16)

interface Open {
  readonly seq: number
  readonly time: number
  readonly attempt: number
}

export class RuleCheck {
  readonly #findings: Findings
  readonly #options: RuleOptions
  readonly #revisions: RevisionCheck
  readonly #open = new Map<string, Open>()
  readonly #judged = new WeakMap<
    IntentShape,
    readonly { readonly name: 'forbidden_field' | 'reason_missing'; readonly says: string }[]
  >()
  #attempts = new Map<string, number>()
  #attemptsBefore = new Map<string, number>()
  readonly #pruned: { readonly seq: number; readonly size: number }[] = []
  #lastTime = 0

  constructor(findings: Findings, options: RuleOptions) {
    this.#findings = findings
    this.#options = options
    this.#revisions = new RevisionCheck(findings)
  }

  see(seq: number, reading: LeafReading): void {
    const { shape, time } = reading
    this.#lastTime = time
    switch (shape?.kind) {
      case 'intent':
        this.#intent(seq, reading, shape)
        return
      case 'outcome':
        this.#outcome(seq, reading, shape)
        return
      case 'control':
        this.#control(seq, time, shape)
        return
      default:
        return
    }
  }

  /** @param floor the lowest kept record */
  finish(floor: number): void {
    this.#revisions.finish(floor === 0)
    for (const { seq, time } of this.#open.values()) {
      if (this.#lastTime - time <= this.#options.openMs) continue
      const minutes = Math.round((this.#lastTime - time) / 60_000)
      this.#findings.add('intent_overdue', seq, `INTENT ${seq} has no OUTCOME, ${minutes} minutes later`)
    }
    if (floor > 0 && !this.#pruned.some(({ size }) => size >= floor))
      this.#findings.add(
        'prune_unrecorded',
        floor,
        `the records before ${floor} are gone, and no CONTROL records the pruning`,
      )
  }

  #intent(seq: number, reading: LeafReading, shape: IntentShape): void {
    const { id, time, attempt, epoch, blind, eventRef } = reading
    for (const { name, says } of this.#judge(shape)) this.#findings.add(name, seq, `INTENT ${seq} ${says}`)
    this.#revisions.intent(seq, time, shape)
    this.#open.set(id, { seq, time, attempt })
    this.#requireEpoch(seq, time, epoch, blind)
    const pair = eventRef + shape.partner
    const before = this.#attempts.get(pair) ?? this.#attemptsBefore.get(pair)
    if (attempt < 1 || (before !== undefined && attempt <= before)) {
      const says = `INTENT ${seq} is attempt ${attempt} of its event and partner, after attempt ${before ?? 0}`
      this.#findings.add('attempt_repeated', seq, says)
    }
    this.#attempts.set(pair, attempt)
    if (this.#attempts.size < PAIRS) return
    this.#attemptsBefore = this.#attempts
    this.#attempts = new Map()
  }

  /** Cached by shape: a million records have a few hundred. */
  #judge(shape: IntentShape) {
    const known = this.#judged.get(shape)
    if (known !== undefined) return known
    const found = forbiddenIn(shape).map((says) => ({ name: 'forbidden_field' as const, says }))
    const missing = {
      name: 'reason_missing' as const,
      says: 'says "agreed", and its verdict denies what its purposes need',
    }
    const all = lacksReason(shape) ? [...found, missing] : found
    this.#judged.set(shape, all)
    return all
  }

  /** A key's month is never in the future, give or take a day of clock error. */
  #requireEpoch(seq: number, time: number, epoch: number, blind: Buffer): void {
    const date = new Date(time + 86_400_000)
    const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
    const isUnblinded = blind.equals(NO_BLIND)
    if (epoch > month) this.#findings.add('epoch_wrong', seq, `INTENT ${seq} names a key of a future month`)
    else if ((epoch === 0) !== isUnblinded) {
      const says = isUnblinded ? 'names a key and has no blind' : 'has a blind and names no key'
      this.#findings.add('epoch_wrong', seq, `INTENT ${seq} ${says}`)
    }
  }

  #outcome(seq: number, { id, attempt, eventRef }: LeafReading, { partner, outcome }: OutcomeShape): void {
    // Nothing was sent: the attempt is still to be made.
    if (outcome === 'cancelled_not_sent') this.#attempts.set(eventRef + partner, attempt - 1)
    const intent = this.#open.get(id)
    if (intent === undefined) return
    this.#open.delete(id)
    if (intent.attempt === attempt) return
    const says = `OUTCOME ${seq} is of attempt ${attempt}, and INTENT ${intent.seq} of attempt ${intent.attempt}`
    this.#findings.add('outcome_mismatch', seq, says)
  }

  #control(seq: number, time: number, shape: ActionShape): void {
    this.#revisions.control(seq, time, shape)
    const size = shape.facts.get('below') ?? shape.facts.get('floor')
    if (shape.action.includes('prune') && typeof size === 'number') this.#pruned.push({ seq, size })
    // An approved replay sends events again: attempts start over.
    if (!shape.action.startsWith('replay')) return
    this.#attempts.clear()
    this.#attemptsBefore.clear()
  }
}
