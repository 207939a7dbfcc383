/**
 * Stops events that were accepted before their subject was erased. The intake ends waiting pairs; this gate stops those that a
 * lane already holds in memory. Costs one map look-up for each event, and nothing if no subject was erased.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'

export interface ErasedGate {
  /** Marks events of these identities received at or before `at` as erased. */
  add(keys: readonly IdentityKey[], at: EpochMs): void
  isErased(event: Pick<AcceptedEvent, 'identityKeys' | 'receivedAt'>): boolean
}

/** @param keepMs longest time that an event can wait; older entries are dropped */
export function createErasedGate(keepMs: number): ErasedGate {
  const erasedAt = new Map<IdentityKey, EpochMs>()
  return {
    add: (keys, at) => {
      for (const [key, before] of erasedAt) if (before < at - keepMs) erasedAt.delete(key)
      for (const key of keys) erasedAt.set(key, Math.max(at, erasedAt.get(key) ?? 0))
    },
    isErased: ({ identityKeys, receivedAt }) =>
      erasedAt.size > 0 && identityKeys.some((key) => receivedAt <= (erasedAt.get(key) ?? Number.NEGATIVE_INFINITY)),
  }
}
