/**
 * Whom the index says records are about, derived again with the people's own keys: the blind of every INTENT either fits the
 * key of whoever the index names, or the index was altered. One that it gives to nobody fits no key that is kept: of a person
 * who was erased the key is gone.
 */
import { createHmac } from 'node:crypto'
import type { LeafReading } from './leaf.ts'

/** Of one segment: record number → number of a subject's key. */
export type Owners = ReadonlyMap<number, number>

export interface PeopleKeys {
  /** The key of a number; undefined where it was destroyed. */
  byNumber(subject: number): { readonly epoch: number; readonly key: Uint8Array } | undefined
  ofEpoch(epoch: number): readonly { readonly subject: number; readonly key: Uint8Array }[]
}

export interface PeopleFinding {
  readonly name: 'index_altered'
  readonly seq: number
  readonly says: string
}

const BLIND_BYTES = 16
/** Findings named one by one. */
const MOST = 100

export class PeopleCheck {
  readonly #keys: PeopleKeys
  readonly #ownersOf: (seq: number) => Owners
  /** Keys that may still be tried on records that are said to be about nobody. */
  #tries: number
  readonly findings: PeopleFinding[] = []
  problems = 0
  /** INTENTs whose blind was derived. */
  derived = 0
  /** INTENTs that are said to be about nobody and were not tried with every key: there were too many of both. */
  untried = 0

  /** @param tries keys tried at most, over all records that are said to be about nobody */
  constructor(keys: PeopleKeys, ownersOf: (seq: number) => Owners, tries = 20_000_000) {
    this.#keys = keys
    this.#ownersOf = ownersOf
    this.#tries = tries
  }

  readonly see = (seq: number, reading: LeafReading): void => {
    const { shape, epoch, id, blind } = reading.isBlinded ? reading : NOBODY
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
    // Destroyed since: what is left of the entry goes with the erasure.
    if (own === undefined) return
    this.derived++
    if (own.epoch === epoch && fits(own.key)) return
    this.#add(seq, `says that record ${seq} is about a person whose key it does not fit`)
  }

  #tryAll(seq: number, epoch: number, fits: (key: Uint8Array) => boolean): void {
    const kept = this.#keys.ofEpoch(epoch)
    if (kept.length > this.#tries) {
      this.untried++
      return
    }
    this.#tries -= kept.length
    this.derived++
    if (kept.some(({ key }) => fits(key)))
      this.#add(seq, `leaves out record ${seq}, which is about a person whose key is kept`)
  }

  #add(seq: number, says: string): void {
    this.problems++
    if (this.findings.length < MOST)
      this.findings.push({ name: 'index_altered', seq, says: `what is kept of whom records are about ${says}` })
  }
}
const NOBODY = { shape: undefined, epoch: 0, id: '', blind: Buffer.alloc(0) } as const
