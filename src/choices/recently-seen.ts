/**
 * Remembers what is already stored, so that an event without news costs no write and no SQL. It may forget and cause a
 * repeated write, but never reports as known what is not durable and in force.
 */
import { LRUCache } from 'lru-cache'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { SignalName } from '../model/signal.ts'
import { monthOf } from './aging.ts'
import { findingText } from './finding.ts'
import { type Changed, EVERYONE } from './last-changed.ts'
import type { Kept, LogEntry, LogPosition } from './ports.ts'

/** Sources remembered, about a kilobyte each: a device or, without one, a set of identities. */
const DEFAULT_REMEMBERED = 20_000
/** Sets of identities remembered for one device; a device with more starts over. */
const MAX_SETS = 16
/** Statements remembered for one set. */
const MAX_STATEMENTS = 64

interface Source {
  /** By set of identities: what was stored since the last change. */
  readonly sets: Map<string, SeenSet>
  /** The last observation that repeated a restricting signal and was not written. */
  readonly restated: Map<SignalName, Observation>
}
interface SeenSet {
  readonly identities: readonly IdentityKey[]
  readonly statements: Set<string>
  /** Last month (since 1970) of a write. One write a month confirms that the link is in use. */
  readonly month: number
}

export interface Known {
  /** True if writing the observation would change nothing. */
  knows(observation: Observation): boolean
  /** MUST be called in write order for every observation about to be written. */
  sending(observation: Observation): Sending
  /**
   * Handles a change on the feed: its identities are forgotten. Returns the observations that repeated a lifted signal at
   * the time of the lift or later and were taken for known: they still restrict and MUST be written.
   */
  onEntry(entry: LogEntry): readonly Observation[]
  /** Forgets everything and knows nothing until `work` has ended. */
  duringChange<T>(work: () => Promise<T>): Promise<T>
}

/** One observation in transit to the log. Ends with the function that `written` returns, or with `failed`. */
export interface Sending {
  /** The observation to write, without lifts older than a repeated restriction. */
  readonly observation: Observation
  /** Call with the log's answers, in order. Call the returned function once they are in force. */
  written(kept: Kept, at?: LogPosition): () => void
  /** The write failed or is not in force. */
  failed(): void
}

/** A write in progress, and the feed's last position that changed one of its identities. */
interface UnderWay {
  readonly identities: readonly IdentityKey[]
  changedAt: LogPosition
}

export function createRecentlySeen(remembered = DEFAULT_REMEMBERED): Known {
  const sources = createSources(remembered)
  const underWay = new Set<UnderWay>()
  /** Devices with a lift in progress: a restriction must queue behind it and is not known. */
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
      const source = sources.touch(device ?? set)
      const known = source?.sets.get(set)
      if (source === undefined || known === undefined) return false
      const { statements } = known
      if (observation.identities.length > 1 && monthOf(at) > known.month) return false
      for (const signal of observation.lifting) if (!statements.has(liftText(observation, signal))) return false
      if (restricting.length === 0) return true
      if (device !== undefined && lifting.has(device)) return false
      for (const finding of restricting) if (!statements.has(findingText(finding))) return false
      for (const { signal } of restricting) {
        if (at > (source.restated.get(signal)?.at ?? 0)) source.restated.set(signal, observation)
      }
      return true
    },
    sending: (original) => {
      const { device, at, identities } = original
      const name = device ?? setOf(original)
      const lifts = device !== undefined && original.lifting.length > 0
      const restated = sources.peek(name)?.restated
      const isOutdated = (signal: SignalName): boolean => (restated?.get(signal)?.at ?? 0) >= at
      const observation =
        lifts && original.lifting.some(isOutdated)
          ? { ...original, lifting: original.lifting.filter((signal) => !isOutdated(signal)) }
          : original
      const self: UnderWay = { identities, changedAt: Number.NEGATIVE_INFINITY }
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
          const before = sources.peek(name)
          const isSame = before !== undefined && !narrowed && !lifted
          const source = isSame ? before : { sets: new Map(), restated: before?.restated ?? new Map() }
          if (!isSame) sources.put(name, source)
          return () => {
            underWay.delete(self)
            // A later change on the feed supersedes this write.
            if (self.changedAt > position) return
            if (settled) sources.learn(name, source, observation)
          }
        },
        failed: () => {
          written()
          underWay.delete(self)
        },
      }
    },
    onEntry: ({ at: position, changed, lifts }) => {
      const named = new Set(changed === EVERYONE ? [] : changed)
      for (const one of underWay)
        if (changed === EVERYONE || one.identities.some((key) => named.has(key))) one.changedAt = position
      const again = new Set<Observation>()
      for (const { keys, at } of lifts)
        for (const name of sources.ofAny(keys)) for (const one of sources.restatedSince(name, at)) again.add(one)
      sources.forget(changed)
      return [...again].map((observation) => ({ ...observation, lifting: [] }))
    },
    duringChange: async (work) => {
      changes += 1
      try {
        return await work()
      } finally {
        sources.clear()
        changes -= 1
      }
    },
  }
}

/** Sources by name in a least-recently-used cache, also indexed by the identities they named. */
function createSources(remembered: number) {
  const namesOf = new Map<IdentityKey, Set<string>>()
  const unindex = ({ sets }: Source, name: string): void => {
    for (const { identities } of sets.values())
      for (const key of identities) {
        const names = namesOf.get(key)
        names?.delete(name)
        if (names?.size === 0) namesOf.delete(key)
      }
  }
  const sources = new LRUCache<string, Source>({ max: remembered, dispose: unindex })
  const ofAny = (keys: Changed): readonly string[] =>
    keys === EVERYONE ? [...sources.keys()] : [...new Set(keys.flatMap((key) => [...(namesOf.get(key) ?? [])]))]
  return {
    peek: (name: string) => sources.peek(name),
    touch: (name: string) => sources.get(name),
    put: (name: string, source: Source) => void sources.set(name, source),
    clear: () => sources.clear(),
    ofAny,
    /** Removes and returns them, to be written. */
    restatedSince: (name: string, time: EpochMs): readonly Observation[] => {
      const { restated } = sources.peek(name)!
      const since = [...restated].filter(([, { at }]) => at >= time)
      for (const [signal] of since) restated.delete(signal)
      return since.map(([, observation]) => observation)
    },
    /** Keeps `restated`, which still counts against older lifts. */
    forget: (keys: Changed): void => {
      for (const name of ofAny(keys)) sources.set(name, { sets: new Map(), restated: sources.peek(name)!.restated })
    },
    learn: (name: string, source: Source, observation: Observation): void => {
      if (sources.peek(name) !== source) return
      const { identities } = observation
      const set = setOf(observation)
      if (source.sets.size >= MAX_SETS && !source.sets.has(set)) {
        unindex(source, name)
        source.sets.clear()
      }
      const statements = source.sets.get(set)?.statements ?? new Set<string>()
      if (statements.size >= MAX_STATEMENTS) statements.clear()
      for (const signal of observation.lifting) statements.add(liftText(observation, signal))
      for (const finding of observation.restricting) statements.add(findingText(finding))
      source.sets.set(set, { identities, statements, month: monthOf(observation.at) })
      for (const key of identities) {
        const names = namesOf.get(key)
        if (names === undefined) namesOf.set(key, new Set([name]))
        else names.add(name)
      }
    },
  }
}

/** Includes the covered dimensions: a lift that covers more is news. */
function liftText({ covers }: Observation, signal: SignalName): string {
  const covered = covers?.[signal]
  return covered === undefined ? signal : `${signal} ${covered}`
}

function setOf({ identities }: Observation): string {
  return identities.length === 1 ? (identities[0] as string) : identities.join('')
}

/** The distinct observations: events of one batch mostly repeat each other. */
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
