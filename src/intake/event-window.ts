/** Parsed events with pending pairs, shared by all partners, so that each event is parsed once. */
import { LRUCache } from 'lru-cache'
import type { IdentityKey } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'

/** Approximate memory of a parsed event for each character of its JSON. */
const BYTES_PER_CHARACTER = 3
const ENTRY_BYTES = 256

interface Held {
  readonly event: AcceptedEvent
  /** Partners that have not settled it, at least. */
  partners: number
}

export interface EventWindow {
  /** `partners`: how many will ask for it; it is released once all have settled it. */
  put(seq: number, event: AcceptedEvent, characters: number, partners: number): void
  get(seq: number): AcceptedEvent | undefined
  /** One partner has settled it. */
  settled(seq: number): void
  /** Releases every event that names one of these identities. */
  evict(identities: readonly IdentityKey[]): void
}

/** `maxBytes` is approximate; the least recently used are released first. */
export function createEventWindow(maxBytes: number): EventWindow {
  // lru-cache accepts no bound below 1.
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
