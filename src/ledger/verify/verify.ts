/**
 * Verifies a whole ledger by reading every record. Opens files read-only and works while the gateway writes. Shares no tree,
 * leaf decoder or number table with the writer.
 */

import { checkKept } from './kept.ts'
import { openCheckpoint, parseTrust, type TrustedKey } from './note.ts'
import type { CheckSegment } from './one.ts'
import type { LedgerView } from './ports.ts'
import { ProtocolJoin } from './protocol.ts'
import { addWrongSize, Findings, recordsFrom, type VerifyReport } from './report.ts'
import { RuleCheck, type RuleOptions } from './rules.ts'
import type { KnownTree, OnRecord, SegmentResult } from './segment.ts'
import { hashOf, VerifierTree } from './tree.ts'

export interface VerifyOptions {
  /** Trusted verifier keys, one a line. Default: the folder's own `trust` file, chosen by the folder's writer. */
  readonly trust?: string
  /** Earlier checkpoints: the ledger must extend each of them. */
  readonly checkpoints?: readonly string[]
  /** Trees of this ledger on a roster: it must pass through each. */
  readonly roster?: readonly Pick<KnownTree, 'size' | 'root'>[]
  /** Also checks the records against Sluice's promises. Default: off. */
  readonly rules?: RuleOptions
  /** Called for every readable record, in order. */
  readonly onRecord?: OnRecord
  /** Called from time to time with the records read so far. */
  readonly onProgress?: (records: number) => void
}

/** Checkpoints that a killed start may make before the first one is saved beside the segments. */
const MOST_UNSAVED = 2
/** A running writer signs about once a second; after a crash the next start does. */
const MOST_UNSIGNED_MS = 60_000

/** Reports what it finds and does not throw for it. Throws `TypeError` if `trust` is malformed. */
export function verifyFiles(
  files: LedgerView,
  check: CheckSegment,
  /** Segments checked concurrently; ignored if `options` need the records in order. */
  atOnce: number,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return new Verification(files, check, isInOrder(options) ? 1 : atOnce, options).run()
}

/** Whether segments must be read sequentially on the calling thread. */
export function isInOrder({ rules, onRecord }: VerifyOptions): boolean {
  return rules !== undefined || onRecord !== undefined
}

class Verification {
  readonly #files: LedgerView
  readonly #check: CheckSegment
  readonly #atOnce: number
  readonly #onProgress: (records: number) => void
  readonly #trusted: readonly TrustedKey[]
  readonly #findings = new Findings()
  readonly #protocol = new ProtocolJoin(this.#findings)
  readonly #rules: RuleCheck | undefined
  readonly #onRecord: OnRecord | undefined
  readonly #known: KnownTree[] = []
  /** Records read of each segment so far. */
  readonly #read = new Map<number, number>()
  #size = 0
  #root = new VerifierTree().root()
  /** The lowest kept record. */
  #lowest = 0
  /** Where the next segment must begin; undefined after an unreadable one. */
  #next: number | undefined = 0
  /** Root of the tree before it; undefined if unknown. */
  #endRoot: string | undefined = this.#root
  #segments = 0
  #checkpoints = 0
  #signedSize = 0

  constructor(files: LedgerView, check: CheckSegment, atOnce: number, options: VerifyOptions) {
    this.#files = files
    this.#check = check
    this.#atOnce = atOnce
    this.#onProgress = options.onProgress ?? (() => undefined)
    this.#trusted = options.trust === undefined ? this.#ownTrust() : parseTrust(options.trust)
    this.#rules = options.rules && new RuleCheck(this.#findings, options.rules)
    this.#onRecord = isInOrder(options)
      ? (row, reading) => {
          this.#rules?.see(row, reading)
          options.onRecord?.(row, reading)
        }
      : undefined
    // Read before any segment is opened: a checkpoint is published after its records, so all of them will be seen.
    const latest = files.latestCheckpoint()
    if (latest !== undefined) this.#know(latest, false)
    for (const note of options.checkpoints ?? []) this.#know(note, true)
    for (const { size, root } of options.roster ?? []) this.#known.push({ size, root, by: 'roster' })
  }

  async run(): Promise<VerifyReport> {
    this.#beginAtFloor()
    let last: SegmentResult | undefined
    // Listed again each time: a running writer may have begun another segment.
    for (let firsts = this.#after(-1); firsts.length > 0; firsts = this.#after(firsts.at(-1)!)) {
      for await (const { first, result } of this.#results(firsts)) {
        this.#segments++
        if (typeof result === 'string') this.#lose(first, result)
        else this.#join(first, result)
        last = typeof result === 'string' ? undefined : result
      }
    }
    if (last?.closed === true) this.#protocol.requireNoneOpen()
    if (this.#findings.count === 0) this.#requireSettled(last?.settledBelow ?? 0)
    this.#rules?.finish(this.#lowest)
    this.#requireLatest(last?.closed === true)
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
      lowest: this.#lowest,
      olderCheckpoints: this.#known.filter(({ by, size }) => by === 'outside' && size < this.#lowest).length,
    }
  }

  /** Files below the floor may still exist after a crash. */
  #beginAtFloor(): void {
    try {
      const floor = this.#files.floor()
      if (floor === undefined) return
      const root = VerifierTree.from(floor.size, floor.range)?.root()
      if (root === undefined) {
        const says = `the hashes kept of the tree of ${floor.size} records do not match its size`
        this.#findings.add('kept_altered', floor.size, says)
      } else {
        const kept = this.#files.kept()
        addWrongSize(this.#findings, kept.hasWrongSize, undefined, 'the file with the hashes of pruned records')
        checkKept(floor, kept.nodes, this.#findings)
        this.#known.push({ size: floor.size, root, by: 'floor' })
      }
      this.#lowest = Math.min(floor.size, this.#files.segments()[0] ?? floor.size)
      this.#size = this.#lowest
      this.#next = this.#lowest
      if (this.#lowest > 0) this.#endRoot = undefined
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error'
      this.#findings.add('kept_unreadable', undefined, `the hashes of pruned records cannot be read: ${why}`)
      this.#next = undefined
      this.#endRoot = undefined
    }
  }

  #after(first: number): readonly number[] {
    return this.#files.segments().filter((next) => next > first)
  }

  /** Results in order, while later segments are already being checked. */
  async *#results(firsts: readonly number[]) {
    const running: Promise<SegmentResult | string>[] = []
    const start = (): void => {
      const first = firsts[running.length]
      if (first === undefined) return
      const task = { first, trusted: this.#trusted, known: this.#known }
      running.push(this.#check(task, (records) => this.#progress(first, records), this.#onRecord))
    }
    for (let i = 0; i < this.#atOnce; i++) start()
    for (const [i, first] of firsts.entries()) {
      const result = await running[i]!
      start()
      yield { first, result }
    }
  }

  #progress(first: number, records: number): void {
    this.#read.set(first, records)
    let sum = 0
    for (const read of this.#read.values()) sum += read
    this.#onProgress(sum)
  }

  #lose(first: number, why: string): void {
    const says = `the segment file from record ${first} on cannot be read: ${why}`
    this.#findings.add('segment_unreadable', this.#size, says)
    this.#next = undefined
    this.#endRoot = undefined
  }

  #ownTrust(): readonly TrustedKey[] {
    try {
      const trusted = parseTrust(this.#files.trust())
      if (trusted.length === 0 && this.#files.segments().length > 0)
        this.#findings.add('trust_malformed', undefined, "the folder's own trust file holds no key, or is gone")
      return trusted
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      this.#findings.add('trust_malformed', undefined, `the folder's own trust file: ${error.message}`)
      return []
    }
  }

  #know(note: string, given: boolean): void {
    const opened = openCheckpoint(note, this.#trusted)
    const which = given ? 'a checkpoint that you gave' : 'the file `checkpoint` beside the segments'
    if (opened.state === 'valid')
      this.#known.push({ size: opened.size, root: hashOf(opened.root), by: given ? 'outside' : 'latest' })
    else if (opened.state === 'invalid')
      this.#findings.add('checkpoint_signature', undefined, `${which}: ${opened.why}`)
    else this.#findings.add('checkpoint_key_unknown', undefined, `${which} is signed by no trusted key`)
  }

  #join(first: number, result: SegmentResult): void {
    const wanted = this.#next
    this.#follow(first, result)
    this.#findings.addAll(result.problems, result.problemCount)
    this.#protocol.add(result.protocol, result.first > 0 && (wanted !== result.first || result.first === this.#lowest))
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

  /** The segment must begin where the one before ended, with the same tree. */
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

  #requireSettled(below: number): void {
    const open = this.#protocol.lowestOpen
    if (open === undefined || open >= below) return
    const says = `the mark at which a start begins says that INTENT ${open} has its OUTCOME, and it has none`
    this.#findings.add('mark_altered', open, says)
  }

  /** A crash may leave the file behind the segments; a clean shutdown may not. */
  #requireLatest(closed: boolean): void {
    if (this.#findings.count > 0) return
    const latest = this.#known.find(({ by }) => by === 'latest')
    if (
      latest === undefined ? !closed && this.#checkpoints <= MOST_UNSAVED : !closed || latest.size >= this.#signedSize
    )
      return
    const says =
      latest === undefined
        ? 'there is no newest checkpoint beside the segments'
        : `the newest checkpoint beside the segments is one of ${latest.size} records, and theirs one of ${this.#signedSize}`
    this.#findings.add('checkpoint_outdated', latest?.size, says)
  }

  #requireKnownReached(): void {
    const newest = this.#known.findLast(({ by }) => by === 'roster')
    for (const known of this.#known) {
      const { by, size } = known
      if (size <= this.#size || (by === 'roster' && known !== newest)) continue
      const says = `the ledger ends at ${this.#size} records, and a checkpoint of ${size} was signed`
      this.#findings.add('rolled_back', this.#size, says)
    }
  }
}
