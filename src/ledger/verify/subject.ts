/**
 * Checks that a subject's statement of disclosures is complete. The subject's own keys give the blind of every INTENT about
 * them, which finds exactly those INTENTs.
 */
import { createHmac } from 'node:crypto'
import type { LeafReading } from './leaf.ts'

export interface SubjectKey {
  /** Months since 1970. */
  readonly epoch: number
  /** 32 bytes. */
  readonly key: Uint8Array
}
export interface Stated {
  readonly id: string
  readonly seq: number
}
export interface SubjectFinding {
  readonly name: 'left_out' | 'not_theirs'
  readonly seq: number
  readonly says: string
}

const BLIND_BYTES = 16
/** Nothing was sent, so a statement does not list it. */
const NOT_SENT = ['cancelled_not_sent', 'failed_before_write']

export class SubjectCheck {
  readonly #keys = new Map<number, Uint8Array[]>()
  /** INTENTs about the subject: disclosure id → record number. */
  readonly #theirs = new Map<string, number>()
  readonly #notSent = new Set<string>()

  constructor(keys: readonly SubjectKey[]) {
    for (const { epoch, key } of keys) this.#keys.set(epoch, [...(this.#keys.get(epoch) ?? []), key])
  }

  readonly see = (seq: number, reading: LeafReading): void => {
    const { shape, id } = reading
    if (shape?.kind === 'intent' && this.isTheirs(reading)) this.#theirs.set(id, seq)
    else if (shape?.kind === 'outcome' && NOT_SENT.includes(shape.outcome) && this.#theirs.has(id))
      this.#notSent.add(id)
  }

  isTheirs({ epoch, id, blind }: LeafReading): boolean {
    const keys = this.#keys.get(epoch) ?? []
    return keys.some((key) => {
      const own = createHmac('sha256', key).update(Buffer.from(id, 'latin1')).digest()
      return own.subarray(0, BLIND_BYTES).equals(blind)
    })
  }

  /** Disclosures about the subject that may have been sent. */
  get count(): number {
    return this.#theirs.size - this.#notSent.size
  }

  /** @param upTo last record that the statement covers */
  compare(stated: readonly Stated[], upTo = Number.POSITIVE_INFINITY): readonly SubjectFinding[] {
    const named = new Map(
      stated.map(({ id, seq }) => [Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1'), seq]),
    )
    const leftOut = [...this.#theirs].filter(
      ([id, seq]) => seq <= upTo && !this.#notSent.has(id) && named.get(id) !== seq,
    )
    const foreign = [...named].filter(([id, seq]) => this.#theirs.get(id) !== seq)
    return [
      ...leftOut.map(
        ([, seq]): SubjectFinding => ({
          name: 'left_out',
          seq,
          says: `record ${seq} is a disclosure about this person, and the statement does not name it`,
        }),
      ),
      ...foreign.map(
        ([, seq]): SubjectFinding => ({
          name: 'not_theirs',
          seq,
          says: `the statement names record ${seq}, which is no disclosure about this person`,
        }),
      ),
    ]
  }
}
