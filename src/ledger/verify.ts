/**
 * Verifies a whole ledger by reading every record again. Works on files opened for reading only, also while the gateway
 * writes. Nothing here that judges is shared with the writer: not the tree, not the leaf decoder, not the numbers' table.
 */
import { openCheckpoint, parseTrust, type TrustedKey } from './note.ts'
import type { LeafReading } from './verify-leaf.ts'
import type { LedgerView, SegmentView } from './verify-ports.ts'
import { ProtocolJoin } from './verify-protocol.ts'
import { Findings, recordsFrom, type VerifyReport } from './verify-report.ts'
import { RuleCheck, type RuleOptions } from './verify-rules.ts'
import { type KnownTree, SegmentCheck, type SegmentResult } from './verify-segment.ts'
import { hashOf, VerifierTree } from './verify-tree.ts'

export interface VerifyOptions {
  /** Verifier keys to believe, one a line. Default: the folder's own `trust` file, which whoever wrote the folder chose. */
  readonly trust?: string
  /** Checkpoints kept from earlier: the ledger must be a continuation of each. */
  readonly checkpoints?: readonly string[]
  /** Also holds the records against what Sluice promises about them. Default: not. */
  readonly rules?: RuleOptions
  /** Called now and then with the records read so far. */
  readonly onProgress?: (records: number) => void
}

/** A running writer signs about once a second; after a crash the next start does. */
const MOST_UNSIGNED_MS = 60_000

/**
 * Never throws for what it finds in the ledger; throws `TypeError` where `trust` is malformed.
 * @param breathe waited for after every page: lets other work of the thread go on
 */
export function verifyFiles(
  files: LedgerView,
  breathe: () => Promise<void>,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return new Verification(files, breathe, options).run()
}

class Verification {
  readonly #files: LedgerView
  readonly #breathe: () => Promise<void>
  readonly #onProgress: (records: number) => void
  readonly #trusted: readonly TrustedKey[]
  readonly #findings = new Findings()
  readonly #protocol = new ProtocolJoin(this.#findings)
  readonly #rules: RuleCheck | undefined
  readonly #known: KnownTree[] = []
  #size = 0
  #root = new VerifierTree().root()
  /** Where the next segment must begin; undefined after one that could not be read. */
  #next: number | undefined = 0
  /** The tree before it; undefined where it is not known. */
  #endRoot: string | undefined = this.#root
  #segments = 0
  #checkpoints = 0
  #signedSize = 0

  constructor(files: LedgerView, breathe: () => Promise<void>, options: VerifyOptions) {
    this.#files = files
    this.#breathe = breathe
    this.#onProgress = options.onProgress ?? (() => undefined)
    this.#trusted = options.trust === undefined ? this.#ownTrust() : parseTrust(options.trust)
    this.#rules = options.rules && new RuleCheck(this.#findings, options.rules)
    // Before any segment is opened: a checkpoint is published after its records, so they are all seen then.
    const latest = files.latestCheckpoint()
    if (latest !== undefined) this.#know(latest, false)
    for (const note of options.checkpoints ?? []) this.#know(note, true)
  }

  async run(): Promise<VerifyReport> {
    let last: SegmentResult | undefined
    for (let first = this.#after(-1); first !== undefined; first = this.#after(first)) {
      this.#segments++
      last = await this.#segment(first)
    }
    if (last?.closed === true) this.#protocol.requireNoneOpen()
    this.#rules?.finish(this.#files.floor()?.size ?? 0)
    this.#requireKnownReached()
    return {
      size: this.#size,
      root: Buffer.from(this.#root, 'latin1').toString('hex'),
      verified: this.#findings.count === 0,
      problems: this.#findings.problems,
      problemCount: this.#findings.count,
      records: this.#protocol.records,
      openIntents: this.#protocol.openIntents,
      segments: this.#segments,
      checkpoints: this.#checkpoints,
      signedSize: this.#signedSize,
    }
  }

  /** Looked up anew each time: a running writer may have begun another segment meanwhile. */
  #after(first: number): number | undefined {
    return this.#files.segments().find((next) => next > first)
  }

  async #segment(first: number): Promise<SegmentResult | undefined> {
    let segment: SegmentView | undefined
    try {
      segment = this.#files.read(first)
      const rules = this.#rules
      const onRecord = rules && ((row: number, reading: LeafReading) => rules.see(row, reading))
      const check = new SegmentCheck(segment, this.#trusted, this.#known, onRecord)
      const result = await check.run((records) => {
        this.#onProgress(this.#size + records)
        return this.#breathe()
      })
      this.#join(first, result)
      return result
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error'
      const says = `the segment file from record ${first} on cannot be read: ${why}`
      this.#findings.add('segment_unreadable', this.#size, says)
      this.#next = undefined
      this.#endRoot = undefined
      return undefined
    } finally {
      segment?.close()
    }
  }

  #ownTrust(): readonly TrustedKey[] {
    try {
      return parseTrust(this.#files.trust())
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      this.#findings.add('trust_malformed', undefined, `the folder's own trust file: ${error.message}`)
      return []
    }
  }

  #know(note: string, given: boolean): void {
    const opened = openCheckpoint(note, this.#trusted)
    const which = given ? 'a checkpoint that you gave' : 'the file `checkpoint` beside the segments'
    if (opened.state === 'valid') this.#known.push({ size: opened.size, root: hashOf(opened.root), given })
    else if (opened.state === 'invalid')
      this.#findings.add('checkpoint_signature', undefined, `${which}: ${opened.why}`)
    else this.#findings.add('checkpoint_key_unknown', undefined, `${which} is signed by no trusted key`)
  }

  #join(first: number, result: SegmentResult): void {
    this.#follow(first, result)
    this.#findings.addAll(result.problems, result.problemCount)
    this.#protocol.add(result.protocol, this.#segments === 1 && result.first > 0)
    this.#checkpoints += result.checkpoints
    const from = Math.max(result.signedSize, result.first)
    const overdue = result.complete || this.#checkpoints === 0 || result.unsignedMs > MOST_UNSIGNED_MS
    if (from < result.size && overdue)
      this.#findings.add('unsigned', from, `${recordsFrom(from, result.size)} are under no good checkpoint`)
    this.#signedSize = Math.max(this.#signedSize, result.signedSize)
    this.#size = result.size
    this.#next = result.next
    this.#endRoot = result.endRoot
    if (result.endRoot !== undefined) this.#root = result.endRoot
  }

  /** The segment must begin where and as the one before it ended. */
  #follow(named: number, { first, beginRoot }: SegmentResult): void {
    if (first !== named) {
      const says = `the segment file from ${named} on holds the one from ${first} on`
      this.#findings.add('segment_misplaced', named, says)
    }
    const next = this.#next
    if (next === undefined) return
    if (first > next) {
      this.#findings.add('segment_missing', next, `no segment file holds ${recordsFrom(next, first)}`)
    } else if (first < next) {
      const says = `the segment file from ${first} on repeats records of the one before`
      this.#findings.add('segment_misplaced', first, says)
    } else if (this.#endRoot !== undefined && beginRoot !== this.#endRoot)
      this.#findings.add('range_mismatch', first, `the segment from ${first} on begins from another tree`)
  }

  #requireKnownReached(): void {
    for (const { size } of this.#known) {
      if (size <= this.#size) continue
      const says = `the ledger ends at ${this.#size} records, and a checkpoint of ${size} was signed`
      this.#findings.add('rolled_back', this.#size, says)
    }
  }
}
