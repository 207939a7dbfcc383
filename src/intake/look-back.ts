/** Reads what was accepted, newest first, for whoever asks what a change would have meant. Changes nothing. */
import { boundTo } from './append.ts'
import type { Keyring } from './keyring.ts'
import { unseal } from './seal.ts'
import type { EventStore, StoredRow } from './store.ts'
import type { RecentAnswer, RecentCall } from './wire.ts'

/** Rows one call looks at: a few milliseconds, then appends have their turn. */
const MAX_ROWS = 256

export interface LookBackParts {
  readonly events: Pick<EventStore, 'lastSeq' | 'rowsBefore' | 'chunk'>
  readonly keyring: Pick<Keyring, 'peekKey'>
}

export function createLookBack({ events, keyring }: LookBackParts): (call: RecentCall) => RecentAnswer {
  return ({ before = events.lastSeq() + 1, max }) => {
    const asked = Math.min(max, MAX_ROWS)
    const rows = events.rowsBefore(before, asked)
    const opened = new Map<number, string | undefined>()
    const texts = rows.flatMap((row) => {
      const { chunk, start, end } = row.at
      if (!opened.has(chunk)) opened.set(chunk, openChunk(row))
      const text = opened.get(chunk)
      return text === undefined ? [] : [text.slice(start, end)]
    })
    const last = rows.at(-1)
    const next = rows.length < asked || last === undefined || last.seq <= 1 ? undefined : last.seq
    return { texts, unreadable: rows.length - texts.length, next }
  }

  /** Undefined for what was erased, and for what is damaged. */
  function openChunk({ subject, at: { chunk } }: StoredRow): string | undefined {
    const key = keyring.peekKey(subject)
    const sealed = events.chunk(chunk)
    if (typeof key === 'string' || sealed === undefined) return undefined
    return unseal(key, boundTo(chunk), sealed)?.toString()
  }
}
