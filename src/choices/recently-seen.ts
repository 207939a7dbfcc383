/**
 * What is known to be kept already, so that an event that says nothing new costs no write and no SQL. Wrong in one
 * direction only: it may forget and let the same be written again, it never calls known what is not durable and in force.
 */
import { LRUCache } from 'lru-cache'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { SignalName } from '../model/signal.ts'
import { monthOf } from './aging.ts'
import { findingText } from './finding.ts'
import { type Changed, EVERYONE } from './last-changed.ts'
import type { Kept, LogEntry, LogPosition } from './ports.ts'

/** Devices (or, without one, sets of identities) remembered: about a kilobyte each. */
const DEFAULT_REMEMBERED = 20_000
/** Sets of identities remembered for one device; a device that many people share starts over. */
const MAX_SETS = 16
/** Things remembered of one set. */
const MAX_SAID = 64

interface Speaker {
  /** Sets of identities, and what was said in each since the last change. */
  readonly sets: Map<string, SaidOfSet>
  /** What a signal that restricts was last said again in, without being written. */
  readonly restated: Map<SignalName, Observation>
}
interface SaidOfSet {
  readonly identities: readonly IdentityKey[]
  readonly said: Set<string>
  /** The last month (since 1970) in which it was written: once a month anew, so that a link in use is known to be. */
  readonly month: number
}

export interface Known {
  /** True where keeping the observation would change nothing. */
  knows(observation: Observation): boolean
  /** To be called, in the order of writing, for what is about to be written. */
  sending(observation: Observation): Sending
  /**
   * The feed tells of a change, by whomever: nothing is known of these any more. Returns what they said again at the time of
   * a lift or later and was taken for known: it restricts still, and MUST be written.
   */
  told(entry: LogEntry): readonly Observation[]
  /** Nothing is known while `work` is under way, nor is what was known before it. */
  duringChange<T>(work: () => Promise<T>): Promise<T>
}

/** One observation on its way to the log. Ends with what `written` returns, or with `failed`. */
export interface Sending {
  /** As it should be written: what was restricted since is not lifted by a signal that is older. */
  readonly observation: Observation
  /** To be called with the log's answers in their order. The result is to be called once they are in force. */
  written(kept: Kept, at?: LogPosition): () => void
  /** It was not written, or what was is not in force. */
  failed(): void
}

/** Of whom something is under way, and how far the feed had come as it last told of them. */
interface UnderWay {
  readonly identities: readonly IdentityKey[]
  toldAt: LogPosition
}

export function createRecentlySeen(remembered = DEFAULT_REMEMBERED): Known {
  const speakers = createSpeakers(remembered)
  const underWay = new Set<UnderWay>()
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

  return {
    knows: (observation) => {
      if (observation.identities.length === 0) return true
      if (changes > 0) return false
      const { device, restricting, at } = observation
      const set = setOf(observation)
      const speaker = speakers.touch(device ?? set)
      const known = speaker?.sets.get(set)
      if (speaker === undefined || known === undefined) return false
      const { said } = known
      if (observation.identities.length > 1 && monthOf(at) > known.month) return false
      for (const signal of observation.lifting) if (!said.has(liftText(observation, signal))) return false
      if (restricting.length === 0) return true
      if (device !== undefined && lifting.has(device)) return false
      for (const finding of restricting) if (!said.has(findingText(finding))) return false
      for (const { signal } of restricting) {
        if (at > (speaker.restated.get(signal)?.at ?? 0)) speaker.restated.set(signal, observation)
      }
      return true
    },
    sending: (original) => {
      const { device, at, identities } = original
      const name = device ?? setOf(original)
      const lifts = device !== undefined && original.lifting.length > 0
      const restated = speakers.peek(name)?.restated
      const isOutdated = (signal: SignalName): boolean => (restated?.get(signal)?.at ?? 0) >= at
      const observation =
        lifts && original.lifting.some(isOutdated)
          ? { ...original, lifting: original.lifting.filter((signal) => !isOutdated(signal)) }
          : original
      const self: UnderWay = { identities, toldAt: Number.NEGATIVE_INFINITY }
      let isWritten = false
      const written = (): void => {
        if (lifts && !isWritten) endLift(device)
        isWritten = true
      }
      if (lifts) beginLift(device)
      underWay.add(self)
      return {
        observation,
        written: ({ narrowed, lifted, settled }, position = 0) => {
          written()
          const before = speakers.peek(name)
          const isSame = before !== undefined && !narrowed && !lifted
          const speaker = isSame ? before : { sets: new Map(), restated: before?.restated ?? new Map() }
          if (!isSame) speakers.put(name, speaker)
          return () => {
            underWay.delete(self)
            // Something changed behind this very statement.
            if (self.toldAt > position) return
            if (settled) speakers.learn(name, speaker, observation)
          }
        },
        failed: () => {
          written()
          underWay.delete(self)
        },
      }
    },
    told: ({ at: position, changed, lifts }) => {
      const named = new Set(changed === EVERYONE ? [] : changed)
      for (const one of underWay)
        if (changed === EVERYONE || one.identities.some((key) => named.has(key))) one.toldAt = position
      const again = new Set<Observation>()
      for (const { keys, at } of lifts)
        for (const name of speakers.ofAny(keys)) for (const one of speakers.restatedSince(name, at)) again.add(one)
      speakers.forget(changed)
      return [...again].map((observation) => ({ ...observation, lifting: [] }))
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

/** Speakers by name, the least recent forgotten first, and by those of whom something is known through them. */
function createSpeakers(remembered: number) {
  const namesOf = new Map<IdentityKey, Set<string>>()
  const unname = ({ sets }: Speaker, name: string): void => {
    for (const { identities } of sets.values())
      for (const key of identities) {
        const names = namesOf.get(key)
        names?.delete(name)
        if (names?.size === 0) namesOf.delete(key)
      }
  }
  const speakers = new LRUCache<string, Speaker>({ max: remembered, dispose: unname })
  const ofAny = (keys: Changed): readonly string[] =>
    keys === EVERYONE ? [...speakers.keys()] : [...new Set(keys.flatMap((key) => [...(namesOf.get(key) ?? [])]))]
  return {
    peek: (name: string) => speakers.peek(name),
    touch: (name: string) => speakers.get(name),
    put: (name: string, speaker: Speaker) => void speakers.set(name, speaker),
    clear: () => speakers.clear(),
    ofAny,
    /** Takes them: they are written now. */
    restatedSince: (name: string, time: EpochMs): readonly Observation[] => {
      const { restated } = speakers.peek(name)!
      const since = [...restated].filter(([, { at }]) => at >= time)
      for (const [signal] of since) restated.delete(signal)
      return since.map(([, observation]) => observation)
    },
    /** What they restated still counts against older lifts. */
    forget: (keys: Changed): void => {
      for (const name of ofAny(keys)) speakers.set(name, { sets: new Map(), restated: speakers.peek(name)!.restated })
    },
    learn: (name: string, speaker: Speaker, observation: Observation): void => {
      if (speakers.peek(name) !== speaker) return
      const { identities } = observation
      const set = setOf(observation)
      if (speaker.sets.size >= MAX_SETS && !speaker.sets.has(set)) {
        unname(speaker, name)
        speaker.sets.clear()
      }
      const said = speaker.sets.get(set)?.said ?? new Set<string>()
      if (said.size >= MAX_SAID) said.clear()
      for (const signal of observation.lifting) said.add(liftText(observation, signal))
      for (const finding of observation.restricting) said.add(findingText(finding))
      speaker.sets.set(set, { identities, said, month: monthOf(observation.at) })
      for (const key of identities) {
        const names = namesOf.get(key)
        if (names === undefined) namesOf.set(key, new Set([name]))
        else names.add(name)
      }
    },
  }
}

/** A lift by what it speaks of: one that covers more is news. */
function liftText({ covers }: Observation, signal: SignalName): string {
  const covered = covers?.[signal]
  return covered === undefined ? signal : `${signal} ${covered}`
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
    const lifts = lifting.map((signal) => liftText(observation, signal))
    byText.set([setOf(observation), device, at, lifts, restricting.map(findingText)].join(' '), observation)
  }
  return [...byText.values()]
}
