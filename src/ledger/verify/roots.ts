/** Holds the tree that the leaves make against the roots kept with commits and the signed checkpoints. */
import { type Findings, recordsFrom } from './report.ts'
import type { OnNode, VerifierTree } from './tree.ts'

export class RootCheck {
  readonly #findings: Findings
  readonly #onNode: OnNode
  #tree: VerifierTree
  /** The same with the hashes computed from leaves that differ from their stored hash; only while that is open. */
  #other: VerifierTree | undefined
  /** Leaves whose stored hash is not their own, since the last root that was right. */
  #suspects: number[] = []
  /** Sizes at which the kept root is not the tree's, since then. */
  #wrongHeads: number[] = []
  #wrongCheckpoint = false
  /** Size of the last root that was right. */
  #good: number
  /** Leaves are gone or too many: no root says anything before the next segment. */
  #lost = false

  /** @param onNode told of every subtree of the tiles' upper levels, of the stored hashes */
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
  /** False where the tree of this size is not known, for want of leaves. */
  knows(size: number): boolean {
    return !this.#lost && this.#tree.size === size
  }

  add(seq: number, stored: string, own: string): void {
    if (this.#lost) return
    if (own !== stored) {
      this.#other ??= this.#tree.copy()
      this.#suspects.push(seq)
    }
    this.#tree.add(stored, this.#onNode)
    this.#other?.add(own)
  }

  head(size: number, root: string): void {
    if (!this.knows(size)) return
    if (!this.#settles(root)) this.#wrongHeads.push(size)
  }

  /** True where the signed root is that of the records. */
  checkpoint(size: number, root: string): boolean {
    if (!this.knows(size) || this.#settles(root)) return true
    if (!this.#wrongCheckpoint) {
      this.#findings.add('checkpoint_mismatch', size, `the checkpoint of ${size} records was signed over other records`)
    }
    this.#wrongCheckpoint = true
    return false
  }

  /** The root is right for the stored hashes, or for the leaves' own: then the others were changed. */
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
    for (const seq of this.#suspects) {
      const what =
        name === 'leaf_altered'
          ? `record ${seq} is not what was recorded`
          : `the stored hash of record ${seq} was changed`
      this.#findings.add(name, seq, what)
    }
    this.#suspects = []
    this.#other = undefined
  }

  /** At the end of the segment: no later root can tell more. */
  finish(): void {
    this.#blame('leaf_altered')
    const size = this.#wrongHeads[0]
    if (size === undefined) return
    const where = recordsFrom(this.#good, size)
    this.#findings.add('root_mismatch', this.#good, `${where} lead to another root than was committed with them`)
  }
}
