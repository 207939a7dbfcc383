/**
 * Revisions and stops on a data thread. A revision is handed to every thread first; then one store to shared memory makes it live
 * in all of them, so that no thread is ahead of another.
 */
import { LRUCache } from 'lru-cache'
import type { Revision } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import type { Revisions } from './ports.ts'
import { indexOf, type Live } from './revisions.ts'
import type { StopState } from './stops.ts'

/** Past revisions remembered. */
const CACHED_REVISIONS = 16

export type MirroredRevisions = Omit<Revisions, 'texts' | 'kept'>

export interface Mirror extends MirroredRevisions {
  /** MUST be called before the revision becomes live. */
  prepare(plan: RevisionPlan): void
  /** To be called when another revision is live, or stops have changed. */
  changed(stops: StopState): void
  /** Grows with each `changed`. */
  version(): number
}

/** What the threads share: which revision is live. */
export interface LiveRevision {
  get(): number
  set(revision: number): void
}

export function liveRevision(memory: SharedArrayBuffer): LiveRevision {
  const word = new Int32Array(memory, 0, 1)
  return { get: () => Atomics.load(word, 0), set: (revision) => void Atomics.store(word, 0, revision) }
}

/** @param read a past revision, however old */
export function createMirror(
  first: RevisionPlan,
  given: StopState,
  shared: Pick<LiveRevision, 'get'>,
  read: (revision: Revision) => RevisionPlan | undefined,
): Mirror {
  let live = indexOf(first)
  let stops = given
  let version = 0
  const next = new Map<number, Live>()
  const past = new LRUCache<Revision, RevisionPlan>({ max: CACHED_REVISIONS })
  const listeners: (() => void)[] = []
  const now = (): Live => {
    const number = shared.get()
    if (number === live.plan.number) return live
    const prepared = next.get(number)
    if (prepared === undefined) return live
    past.set(live.plan.number, live.plan)
    live = prepared
    for (const one of next.keys()) if (one <= number) next.delete(one)
    return live
  }
  return {
    current: () => now().plan,
    at: (number) => {
      if (number === now().plan.number) return live.plan
      const known = past.get(number) ?? read(number)
      if (known !== undefined) past.set(number, known)
      return known
    },
    app: (id) => now().apps.get(id),
    appOfKey: (key) => now().keys.get(key),
    contract: (id) => now().contracts.get(id),
    stopped: (partner) => stops.all || stops.partners.has(partner),
    stops: () => stops,
    onChange: (listener) => {
      listeners.push(listener)
    },
    prepare: (plan) => {
      next.set(plan.number, indexOf(plan))
    },
    changed: (state) => {
      stops = state
      version++
      for (const listener of listeners) listener()
    },
    version: () => version,
  }
}
