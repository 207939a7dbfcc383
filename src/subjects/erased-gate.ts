/**
 * What came in before a person was erased does not leave any more, wherever it waits: the intake ends its pairs, and what
 * a lane holds in memory at that moment is stopped here. One look at a map for each event, and none where nobody was erased.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'

export interface ErasedGate {
  /** From now on events about any of these identities that came in at or before `at` are erased. */
  add(keys: readonly IdentityKey[], at: EpochMs): void
  isErased(event: Pick<AcceptedEvent, 'identityKeys' | 'receivedAt'>): boolean
}

/** @param keepMs how long an event can wait at most; what was erased longer ago is forgotten, for nothing of it is left */
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
