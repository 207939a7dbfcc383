/**
 * Checks log-before-send in the records: each OUTCOME follows exactly one INTENT. Segments are checked separately; their
 * open ends are then joined in order.
 */
import type { LeafReading } from './leaf.ts'
import { type Findings, noRecords, type RecordCounts } from './report.ts'

/** Settled disclosures remembered, to distinguish a second OUTCOME from one without an INTENT. */
const REMEMBERED = 10_000

/** An INTENT without OUTCOME, or an OUTCOME without INTENT. */
export interface Loose {
  readonly id: string
  readonly seq: number
  readonly eventRef: string
  readonly partner: string
}

export interface SegmentProtocol {
  readonly records: RecordCounts
  /** INTENTs without OUTCOME, in order. */
  readonly open: readonly Loose[]
  /** OUTCOMEs whose INTENT is not in the segment, in order. */
  readonly strays: readonly Loose[]
  /** Ids of the most recently settled disclosures. */
  readonly settled: readonly string[]
}

/** Remembers at least the newest `REMEMBERED` ids. */
class Memory {
  #newer = new Set<string>()
  #older = new Set<string>()

  add(id: string): void {
    this.#newer.add(id)
    if (this.#newer.size < REMEMBERED) return
    this.#older = this.#newer
    this.#newer = new Set()
  }
  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id)
  }
  ids(): readonly string[] {
    return [...this.#older, ...this.#newer]
  }
}

export class ProtocolCheck {
  readonly #findings: Findings
  readonly #records: RecordCounts = noRecords()
  readonly #open = new Map<string, Loose>()
  readonly #strays: Loose[] = []
  readonly #settled = new Memory()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  see(seq: number, { shape, id, eventRef }: LeafReading): void {
    if (shape === undefined) return
    this.#records[shape.kind] = (this.#records[shape.kind] ?? 0) + 1
    if (shape.kind === 'intent' || shape.kind === 'notice')
      openIntent(this.#open, { id, seq, eventRef, partner: shape.partner }, this.#findings)
    else if (shape.kind === 'outcome' || shape.kind === 'notice_outcome')
      this.#outcome({ id, seq, eventRef, partner: shape.partner })
  }

  result(): SegmentProtocol {
    return {
      records: this.#records,
      open: [...this.#open.values()],
      strays: this.#strays,
      settled: this.#settled.ids(),
    }
  }

  #outcome(outcome: Loose): void {
    const intent = this.#open.get(outcome.id)
    if (intent !== undefined) {
      requireSamePair(intent, outcome, this.#findings)
      this.#open.delete(outcome.id)
      this.#settled.add(outcome.id)
    } else if (this.#settled.has(outcome.id)) addRepeated(outcome, this.#findings)
    else this.#strays.push(outcome)
  }
}

/** Joins the open ends of segments, in order. */
export class ProtocolJoin {
  readonly records: RecordCounts = noRecords()
  readonly #findings: Findings
  readonly #open = new Map<string, Loose>()
  readonly #settled = new Memory()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  get openIntents(): number {
    return this.#open.size
  }

  /** The lowest INTENT without an OUTCOME. */
  get lowestOpen(): number | undefined {
    return this.#open.values().next().value?.seq
  }

  /** @param afterGap earlier records are missing, possibly with the INTENT of an OUTCOME here */
  add({ records, open, strays, settled }: SegmentProtocol, afterGap: boolean): void {
    for (const kind of Object.keys(records) as (keyof RecordCounts)[])
      this.records[kind] = (this.records[kind] ?? 0) + (records[kind] ?? 0)
    for (const outcome of strays) {
      const intent = this.#open.get(outcome.id)
      if (intent !== undefined) {
        requireSamePair(intent, outcome, this.#findings)
        this.#open.delete(outcome.id)
        this.#settled.add(outcome.id)
      } else if (this.#settled.has(outcome.id)) addRepeated(outcome, this.#findings)
      else if (!afterGap) {
        const says = `OUTCOME ${outcome.seq} has no INTENT before it`
        this.#findings.add('outcome_without_intent', outcome.seq, says)
      }
    }
    for (const id of settled) this.#settled.add(id)
    for (const intent of open) openIntent(this.#open, intent, this.#findings)
  }

  /** Call after the last record of a cleanly closed ledger. */
  requireNoneOpen(): void {
    for (const { seq } of this.#open.values()) {
      this.#findings.add('intent_open', seq, `INTENT ${seq} has no OUTCOME although the ledger was closed in order`)
    }
  }
}

function openIntent(open: Map<string, Loose>, intent: Loose, findings: Findings): void {
  const before = open.get(intent.id)
  if (before !== undefined) {
    const says = `INTENT ${intent.seq} repeats INTENT ${before.seq}, which is still open`
    findings.add('intent_repeated', intent.seq, says)
  }
  open.set(intent.id, intent)
}

function requireSamePair(intent: Loose, outcome: Loose, findings: Findings): void {
  if (intent.eventRef === outcome.eventRef && intent.partner === outcome.partner) return
  const says = `OUTCOME ${outcome.seq} names another event or partner than INTENT ${intent.seq}`
  findings.add('outcome_mismatch', outcome.seq, says)
}

function addRepeated({ seq }: Loose, findings: Findings): void {
  findings.add('outcome_repeated', seq, `OUTCOME ${seq} is the second of its INTENT`)
}
