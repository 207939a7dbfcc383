/**
 * What is known to be kept already, so that an event that says nothing new costs no write and no SQL. Wrong in one
 * direction only: it may forget and let the same be written again, it never calls known what is not durable and in force.
 */
import { LRUCache } from 'lru-cache'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { SignalName } from '../model/signal.ts'
import { findingText } from './finding.ts'
import type { Kept } from './keep.ts'

/** Devices (or, without one, sets of identities) remembered: about 600 bytes each. */
const DEFAULT_REMEMBERED = 20_000
/** Sets of identities remembered for one device; a device that many people share starts over. */
const MAX_SETS = 16
/** Things remembered of one set. */
const MAX_SAID = 64

interface Speaker {
  /** Set of identities → what was said in it since the last change. */
  readonly sets: Map<string, Set<string>>
  /** When a signal that restricts was last said again without being written. */
  readonly restatedAt: Map<SignalName, EpochMs>
}

export interface Known {
  /** True where keeping the observation would change nothing. */
  knows(observation: Observation): boolean
  /** To be called, in the order of writing, for what is about to be written. */
  sending(observation: Observation): Sending
  /** Nothing is known while `work` is under way, nor is what was known before it. */
  duringChange<T>(work: () => Promise<T>): Promise<T>
}

/** One observation on its way to the writer. Ends with `written` or `failed`. */
export interface Sending {
  /** As it should be written: what was restricted since is not lifted by a signal that is older. */
  readonly observation: Observation
  /** To be called with the writer's answers in their order. The result is to be called once they are in force. */
  written(kept: Kept): () => void
  failed(): void
}

export function createKnown(remembered = DEFAULT_REMEMBERED): Known {
  const speakers = new LRUCache<string, Speaker>({ max: remembered })
  /** Devices with a lift under way: what restricts must queue behind it and not be taken for known. */
  const lifting = new Map<IdentityKey, number>()
  let changes = 0

  const beginLift = (device: IdentityKey): void => {
    lifting.set(device, (lifting.get(device) ?? 0) + 1)
  }
  const endLift = (device: IdentityKey): void => {
    const left = (lifting.get(device) ?? 0) - 1
    if (left > 0) lifting.set(device, left)
    else lifting.delete(device)
  }
  const learn = (name: string, speaker: Speaker, observation: Observation): void => {
    if (speakers.peek(name) !== speaker) return
    const set = setOf(observation)
    if (speaker.sets.size >= MAX_SETS && !speaker.sets.has(set)) speaker.sets.clear()
    const said = speaker.sets.get(set) ?? new Set<string>()
    if (said.size >= MAX_SAID) said.clear()
    for (const signal of observation.lifting) said.add(signal)
    for (const finding of observation.restricting) said.add(findingText(finding))
    speaker.sets.set(set, said)
  }

  return {
    knows: (observation) => {
      if (observation.identities.length === 0) return true
      if (changes > 0) return false
      const { device, restricting, at } = observation
      const set = setOf(observation)
      const speaker = speakers.get(device ?? set)
      const said = speaker?.sets.get(set)
      if (speaker === undefined || said === undefined) return false
      for (const signal of observation.lifting) if (!said.has(signal)) return false
      if (restricting.length === 0) return true
      if (device !== undefined && lifting.has(device)) return false
      for (const finding of restricting) if (!said.has(findingText(finding))) return false
      for (const { signal } of restricting) {
        if (at > (speaker.restatedAt.get(signal) ?? 0)) speaker.restatedAt.set(signal, at)
      }
      return true
    },
    sending: (original) => {
      const { device, at } = original
      const name = device ?? setOf(original)
      const lifts = device !== undefined && original.lifting.length > 0
      const restatedAt = speakers.peek(name)?.restatedAt
      const isOutdated = (signal: SignalName): boolean => (restatedAt?.get(signal) ?? 0) >= at
      const observation =
        lifts && original.lifting.some(isOutdated)
          ? { ...original, lifting: original.lifting.filter((signal) => !isOutdated(signal)) }
          : original
      if (lifts) beginLift(device)
      return {
        observation,
        written: ({ narrowed, lifted, settled }) => {
          if (lifts) endLift(device)
          const before = speakers.peek(name)
          const isSame = before !== undefined && !narrowed && !lifted
          const speaker = isSame ? before : { sets: new Map(), restatedAt: before?.restatedAt ?? new Map() }
          if (!isSame) speakers.set(name, speaker)
          return () => {
            if (settled) learn(name, speaker, observation)
          }
        },
        failed: () => {
          if (lifts) endLift(device)
        },
      }
    },
    duringChange: async (work) => {
      changes += 1
      try {
        return await work()
      } finally {
        speakers.clear()
        changes -= 1
      }
    },
  }
}

function setOf({ identities }: Observation): string {
  return identities.length === 1 ? (identities[0] as string) : identities.join('')
}

/** Events of one batch mostly say the same: each thing said, once. */
export function distinct(observations: readonly Observation[]): readonly Observation[] {
  if (observations.length < 2) return observations
  const byText = new Map<string, Observation>()
  for (const observation of observations) {
    const { device, lifting, restricting, at } = observation
    byText.set([setOf(observation), device, at, lifting, restricting.map(findingText)].join(' '), observation)
  }
  return [...byText.values()]
}
