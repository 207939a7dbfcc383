/** Log before send, as it shows in the records: each OUTCOME follows the one INTENT it is about. */
import type { IntentRecord, LedgerRecord, OutcomeRecord } from '../model/disclosure.ts'
import type { Findings } from './verify-report.ts'

/** Settled disclosures remembered at least, to tell a second OUTCOME from one that never had an INTENT. */
const REMEMBERED = 10_000

interface Open {
  readonly seq: number
  readonly pair: string
}

export class ProtocolCheck {
  readonly records: Record<LedgerRecord['kind'], number> = {
    intent: 0,
    outcome: 0,
    withheld: 0,
    control: 0,
    request: 0,
  }
  readonly #findings: Findings
  readonly #open = new Map<string, Open>()
  #settled = new Set<string>()
  #settledBefore = new Set<string>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  get openIntents(): number {
    return this.#open.size
  }

  see(seq: number, record: LedgerRecord): void {
    this.records[record.kind]++
    if (record.kind === 'intent') this.#intent(seq, record)
    else if (record.kind === 'outcome') this.#outcome(seq, record)
  }

  /** After the last record of a ledger that was closed in order. */
  requireNoneOpen(): void {
    for (const { seq } of this.#open.values()) {
      this.#findings.add('intent_open', seq, `INTENT ${seq} has no OUTCOME although the ledger was closed in order`)
    }
  }

  #intent(seq: number, record: IntentRecord): void {
    const open = this.#open.get(record.id)
    if (open !== undefined)
      this.#findings.add('intent_repeated', seq, `INTENT ${seq} repeats INTENT ${open.seq}, which is still open`)
    this.#open.set(record.id, { seq, pair: pairOf(record) })
  }

  #outcome(seq: number, record: OutcomeRecord): void {
    const open = this.#open.get(record.id)
    if (open === undefined) {
      if (this.#settled.has(record.id) || this.#settledBefore.has(record.id))
        this.#findings.add('outcome_repeated', seq, `OUTCOME ${seq} is the second of its INTENT`)
      else this.#findings.add('outcome_without_intent', seq, `OUTCOME ${seq} has no INTENT before it`)
      return
    }
    if (open.pair !== pairOf(record)) {
      this.#findings.add(
        'outcome_mismatch',
        seq,
        `OUTCOME ${seq} names another event or partner than INTENT ${open.seq}`,
      )
    }
    this.#open.delete(record.id)
    this.#remember(record.id)
  }

  #remember(id: string): void {
    this.#settled.add(id)
    if (this.#settled.size < REMEMBERED) return
    this.#settledBefore = this.#settled
    this.#settled = new Set()
  }
}

function pairOf({ eventRef, partner }: IntentRecord | OutcomeRecord): string {
  return eventRef + partner
}
