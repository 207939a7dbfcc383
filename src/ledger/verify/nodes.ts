/** Compares the stored upper tile levels with the tree computed from the leaves. */
import type { Findings } from './report.ts'
import { hashOf } from './tree.ts'

interface KeptNode {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

export class NodeCheck {
  readonly #kept = new Map<string, string>()
  readonly #wrong: {
    readonly name: 'node_altered' | 'node_missing'
    readonly level: number
    readonly index: number
  }[] = []

  constructor(kept: Iterable<KeptNode>) {
    for (const { level, index, hash } of kept) this.#kept.set(`${level} ${index}`, hashOf(hash))
  }

  readonly see = (level: number, index: number, root: string): void => {
    const key = `${level} ${index}`
    const kept = this.#kept.get(key)
    this.#kept.delete(key)
    if (kept !== root) this.#wrong.push({ name: kept === undefined ? 'node_missing' : 'node_altered', level, index })
  }

  /** Call only if the leaves match the tree: over altered leaves every node differs. */
  finish(findings: Findings): void {
    for (const { name, level, index } of this.#wrong) {
      const how = name === 'node_missing' ? 'is not kept' : 'was changed'
      findings.add(
        name,
        index * 2 ** level,
        `the root of the ${2 ** level} records from ${index * 2 ** level} on ${how}`,
      )
    }
    for (const key of this.#kept.keys()) {
      const [level, index] = key.split(' ').map(Number) as [number, number]
      const says = `a root is kept for ${2 ** level} records from ${index * 2 ** level} on, which this segment does not complete`
      findings.add('node_extra', undefined, says)
    }
  }
}
