/** Compares the tree computed from the leaves with the roots of commits and of signed checkpoints. */
import { type Findings, recordsFrom } from './report.ts'
import type { OnNode, VerifierTree } from './tree.ts'

export class RootCheck {
  readonly #findings: Findings
  readonly #onNode: OnNode
  #tree: VerifierTree
  /** The tree with computed hashes where stored ones differ; only until a root decides between the two. */
  #other: VerifierTree | undefined
  /** Leaves whose stored hash differs from the computed one, since the last matching root. */
  #mismatches: number[] = []
  /** Sizes at which the stored root differs, since then. */
  #wrongHeads: number[] = []
  #wrongCheckpoint = false
  /** Size at the last matching root. */
  #good: number
  /** Leaves are missing or extra: no root can match before the next segment. */
  #lost = false

  /** @param onNode called for every upper tile node of the stored hashes */
  constructor(findings: Findings, tree: VerifierTree, onNode: OnNode) {
    this.#findings = findings
    this.#onNode = onNode
    this.#tree = tree
    this.#good = tree.size
  }

  get tree(): VerifierTree {
    return this.#tree
  }

  lose(): void {
    this.#lost = true
  }
  /** False if the tree of this size is unknown because leaves are missing. */
  knows(size: number): boolean {
    return !this.#lost && this.#tree.size === size
  }

  add(seq: number, stored: string, own: string): void {
    if (this.#lost) return
    if (own !== stored) {
      this.#other ??= this.#tree.copy()
      this.#mismatches.push(seq)
    }
    this.#tree.add(stored, this.#onNode)
    this.#other?.add(own)
  }

  head(size: number, root: string): void {
    if (!this.knows(size)) return
    if (!this.#settles(root)) this.#wrongHeads.push(size)
  }

  /** True if the signed root matches the records. */
  checkpoint(size: number, root: string): boolean {
    if (!this.knows(size) || this.#settles(root)) return true
    if (!this.#wrongCheckpoint) {
      this.#findings.add('checkpoint_mismatch', size, `the checkpoint of ${size} records was signed over other records`)
    }
    this.#wrongCheckpoint = true
    return false
  }

  /** True if the root matches the stored hashes or the computed ones; the other set was altered. */
  #settles(root: string): boolean {
    if (this.#tree.root() === root) this.#blame('leaf_altered')
    else if (this.#other?.root() === root) {
      this.#tree = this.#other
      this.#blame('hash_altered')
    } else return false
    for (const size of this.#wrongHeads)
      this.#findings.add('head_altered', size, `the root kept with the commit of ${size} records was changed`)
    this.#wrongHeads = []
    this.#good = this.#tree.size
    return true
  }

  #blame(name: 'leaf_altered' | 'hash_altered'): void {
    for (const seq of this.#mismatches) {
      const what =
        name === 'leaf_altered'
          ? `record ${seq} is not what was recorded`
          : `the stored hash of record ${seq} was changed`
      this.#findings.add(name, seq, what)
    }
    this.#mismatches = []
    this.#other = undefined
  }

  /** At the end of the segment, when no later root can decide more. */
  finish(): void {
    this.#blame('leaf_altered')
    const size = this.#wrongHeads[0]
    if (size === undefined) return
    const where = recordsFrom(this.#good, size)
    this.#findings.add('root_mismatch', this.#good, `${where} lead to another root than was committed with them`)
  }
}
