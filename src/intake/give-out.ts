/** Gives out due pairs: positions first, bodies only to a caller that does not hold the event. */
import type { EpochMs } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import { unseal } from '../platform/seal.ts'
import { boundTo } from './append.ts'
import type { Books } from './books.ts'
import type { Reader } from './claims.ts'
import type { Keyring } from './keyring.ts'
import type { Settler } from './settle.ts'
import type { EventStore, StoredRow } from './store.ts'
import type { BodiesCall, PackedPull, PullAnswer } from './wire.ts'

/** Rounds of expired rows that one call ends before it yields. */
const MAX_ROUNDS = 8
/** Delay before another try while settlements cannot be written. */
const REFUSED_MS = 1_000
const EXPIRED: Settlement = { state: 'expired', why: '' }
const ERASED: Settlement = { state: 'erased', why: '' }
const DEAD: Settlement = { state: 'dead', why: '' }

export interface GiveOutParts {
  readonly events: Pick<EventStore, 'find' | 'chunk'>
  readonly books: Books
  readonly keyring: Pick<Keyring, 'keyOf'>
  readonly settler: Settler
  readonly maxAgeMs: number
  readonly now: () => EpochMs
}

export function createGiveOut({ events, books, keyring, settler, maxAgeMs, now }: GiveOutParts) {
  return {
    /** Ends pairs that are too old. Gives out nothing while settlements cannot be stored. */
    pull: ({ partner, max, resume = 0 }: PackedPull, reader?: Reader): PullAnswer => {
      const seqs: number[] = []
      const attempts: number[] = []
      const queue = books.queues.get(partner)
      if (queue === undefined) return { seqs, attempts, dueInMs: undefined }
      if (settler.isRefused()) return { seqs, attempts, dueInMs: REFUSED_MS }
      const at = now()
      if (reader !== undefined) queue.claims.pulls(reader, resume)
      for (let round = 0; round < MAX_ROUNDS && seqs.length < max; round++) {
        const taken = queue.take(max - seqs.length, at, reader)
        if (taken.length === 0) break
        for (const { seq, receivedAt, attempt } of taken) {
          if (receivedAt < at - maxAgeMs) {
            settler.end(queue, seq, EXPIRED)
            settler.changed()
          } else {
            seqs.push(seq)
            attempts.push(attempt)
          }
        }
      }
      const nextAt = seqs.length < max ? queue.nextAt(reader) : queue.nextDue()
      return { seqs, attempts, dueInMs: nextAt === undefined ? undefined : Math.max(0, nextAt - at) }
    },

    /** JSON texts in order. Null if the text is gone: the pair has then ended here, as erased or dead. */
    bodies: ({ partner, seqs }: BodiesCall): (string | null)[] => {
      const queue = books.queues.get(partner)
      const opened = new Map<number, string | Settlement>()
      return seqs.map((seq) => {
        const row = events.find(seq)
        if (queue === undefined || row === undefined) return null
        const chunk = opened.get(row.at.chunk) ?? openChunk(row)
        opened.set(row.at.chunk, chunk)
        if (typeof chunk === 'string') return chunk.slice(row.at.start, row.at.end)
        const why = chunk === DEAD ? 'the stored event is damaged and cannot be read' : undefined
        if (settler.end(queue, seq, chunk, why)) settler.changed()
        return null
      })
    },
  }

  /** The text, or the end of a pair whose text cannot be read. */
  function openChunk({ subject, at: { chunk } }: StoredRow): string | Settlement {
    const key = keyring.keyOf(subject)
    if (key === 'gone') return ERASED
    const sealed = events.chunk(chunk)
    if (key === 'damaged' || sealed === undefined) return DEAD
    return unseal(key, boundTo(chunk), sealed)?.toString() ?? DEAD
  }
}
