/** Checks that each INTENT names a revision that was active at its time, with the recorded digest. */
import type { Findings } from './report.ts'
import type { ActionShape, IntentShape } from './shape.ts'

interface Announced {
  readonly seq: number
  readonly time: number
  readonly digest: string
}

/** A decision under a revision may be recorded this long after the next revision was announced. */
const GRACE_MS = 60_000

export class RevisionCheck {
  readonly #findings: Findings
  readonly #announced = new Map<number, Announced>()
  /** Revision and digest → first INTENT that names them. */
  readonly #named = new Map<string, { readonly seq: number; readonly revision: number; readonly digest: string }>()
  #newest: { readonly revision: number; readonly time: number } | undefined
  readonly #late = new Set<number>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** CONTROL records that name a revision and its digest announce it, whatever the action. */
  control(seq: number, time: number, { facts }: ActionShape): void {
    const [revision, digest] = [facts.get('revision'), facts.get('digest')]
    if (typeof revision !== 'number' || typeof digest !== 'string') return
    const before = this.#announced.get(revision)
    if (before !== undefined && before.digest !== digest) {
      const says = `record ${seq} gives revision ${revision} another digest than record ${before.seq}`
      this.#findings.add('revision_mismatch', seq, says)
    }
    if (before === undefined) this.#announced.set(revision, { seq, time, digest })
    if (this.#newest === undefined || this.#newest.revision !== revision) this.#newest = { revision, time }
  }

  intent(seq: number, time: number, { revision, digest }: IntentShape): void {
    const key = `${revision} ${digest}`
    if (!this.#named.has(key)) this.#named.set(key, { seq, revision, digest })
    const newest = this.#newest
    if (newest === undefined || revision >= newest.revision || time <= newest.time + GRACE_MS) return
    if (this.#late.has(revision)) return
    this.#late.add(revision)
    const says = `INTENT ${seq} was decided under revision ${revision}, after revision ${newest.revision} was in force`
    this.#findings.add('revision_not_active', seq, says)
  }

  /**
   * Runs at the end, because a start is recorded after its first INTENTs.
   * @param isWhole false if records were pruned, possibly with the announcement of a revision
   */
  finish(isWhole: boolean): void {
    for (const { seq, revision, digest } of this.#named.values()) {
      const announced = this.#announced.get(revision)
      if (announced === undefined) {
        const says = `INTENT ${seq} was decided under revision ${revision}, which no record announces`
        if (isWhole) this.#findings.add('revision_unknown', seq, says)
      } else if (!announced.digest.startsWith(digest)) {
        const says = `INTENT ${seq} gives revision ${revision} another digest than record ${announced.seq}`
        this.#findings.add('revision_mismatch', seq, says)
      }
    }
  }
}
