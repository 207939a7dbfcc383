/**
 * Checks the owners in the index with the subjects' own keys: each INTENT's blind must match the key that the index names.
 * An INTENT without an owner must match no kept key, because an erased subject's key is destroyed.
 */
import { createHmac } from 'node:crypto'
import type { LeafReading } from './leaf.ts'

/** One segment's owners: record number → number of a subject key. */
export type Owners = ReadonlyMap<number, number>

export interface OwnerKeys {
  /** Undefined if the key was destroyed. */
  byNumber(subject: number): { readonly epoch: number; readonly key: Uint8Array } | undefined
  ofEpoch(epoch: number): readonly { readonly subject: number; readonly key: Uint8Array }[]
}

export interface OwnerFinding {
  readonly name: 'index_altered'
  readonly seq: number
  readonly says: string
}

const BLIND_BYTES = 16
/** Findings listed; more are only counted. */
const MOST = 100

export class OwnerCheck {
  readonly #keys: OwnerKeys
  readonly #ownersOf: (seq: number) => Owners
  /** Keys that may still be tried on records without an owner. */
  #tries: number
  readonly findings: OwnerFinding[] = []
  problems = 0
  /** INTENTs whose blind was checked. */
  derived = 0
  /** INTENTs without an owner that were not tried with every key, because there were too many. */
  untried = 0

  /** @param tries most keys to try, over all records without an owner */
  constructor(keys: OwnerKeys, ownersOf: (seq: number) => Owners, tries = 20_000_000) {
    this.#keys = keys
    this.#ownersOf = ownersOf
    this.#tries = tries
  }

  readonly see = (seq: number, reading: LeafReading): void => {
    const { shape, epoch, id, blind } = reading.isBlinded ? reading : UNBLINDED
    if (shape === undefined || epoch === 0) return
    const message = Buffer.from(id, 'latin1')
    const fits = (key: Uint8Array): boolean =>
      createHmac('sha256', key).update(message).digest().subarray(0, BLIND_BYTES).equals(blind)
    const subject = this.#ownersOf(seq).get(seq)
    if (subject === undefined || subject === 0) {
      this.#tryAll(seq, epoch, fits)
      return
    }
    const own = this.#keys.byNumber(subject)
    // Destroyed since: the erasure removes the entry.
    if (own === undefined) return
    this.derived++
    if (own.epoch === epoch && fits(own.key)) return
    this.#add(seq, `gives record ${seq} a subject whose key does not match`)
  }

  #tryAll(seq: number, epoch: number, fits: (key: Uint8Array) => boolean): void {
    const kept = this.#keys.ofEpoch(epoch)
    if (kept.length > this.#tries) {
      this.untried++
      return
    }
    this.#tries -= kept.length
    this.derived++
    if (kept.some(({ key }) => fits(key))) this.#add(seq, `omits record ${seq}, which matches a kept subject key`)
  }

  #add(seq: number, says: string): void {
    this.problems++
    if (this.findings.length < MOST)
      this.findings.push({ name: 'index_altered', seq, says: `the index of subjects ${says}` })
  }
}
const UNBLINDED = { shape: undefined, epoch: 0, id: '', blind: Buffer.alloc(0) } as const
