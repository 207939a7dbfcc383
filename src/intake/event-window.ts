/** Parsed events that partners are still to get, shared by all partners, so that none is parsed once for each. */
import { LRUCache } from 'lru-cache'
import type { IdentityKey } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'

/** What a parsed event takes in memory for each character of its JSON, roughly. */
const BYTES_PER_CHARACTER = 3
const ENTRY_BYTES = 256

interface Held {
  readonly event: AcceptedEvent
  /** Partners that have not settled it, or more. */
  partners: number
}

export interface EventWindow {
  /** `partners`: how many will ask for it; it is let go once all have settled it. */
  put(seq: number, event: AcceptedEvent, characters: number, partners: number): void
  get(seq: number): AcceptedEvent | undefined
  /** One partner has settled it. */
  settled(seq: number): void
  /** Lets go of every event that names one of these identities. */
  evict(identities: readonly IdentityKey[]): void
}

/** `maxBytes` is kept roughly; the least recently used go first. */
export function createEventWindow(maxBytes: number): EventWindow {
  // lru-cache takes no bound below 1.
  const held = new LRUCache<number, Held>({ maxSize: Math.max(1, maxBytes) })
  return {
    put: (seq, event, characters, partners) => {
      if (partners === 0) return
      held.set(seq, { event, partners }, { size: characters * BYTES_PER_CHARACTER + ENTRY_BYTES })
    },
    get: (seq) => held.get(seq)?.event,
    settled: (seq) => {
      const entry = held.peek(seq)
      if (entry === undefined) return
      entry.partners -= 1
      if (entry.partners === 0) held.delete(seq)
    },
    evict: (identities) => {
      const gone = new Set(identities)
      for (const [seq, { event }] of [...held.entries()]) {
        if (event.identityKeys.some((key) => gone.has(key))) held.delete(seq)
      }
    },
  }
}
