/** Opt-out state: who chose what, what sticks, and whether an answer is still current. */
import type { Handle, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement, Observation, StandingChoice } from '../model/choice.ts'
import type { Identity, Standing } from '../model/event.ts'

/** Proof of when a state was read; compare with `isCurrent` before acting on it. */
export type Stamp = number

/** One atomic word that choices, links, child status, revisions and kill switches all bump. */
export interface Freshness {
  /** The current generation. */
  stamp(): Stamp
  /** One atomic load. */
  isCurrent(stamp: Stamp): boolean
  /** Bumps the generation; resolves when every data thread has confirmed it at a turn boundary. */
  publish(): Promise<void>
}

export interface Choices {
  /** The keyed pseudonym under which choices about this identity are kept. Never reversible without the index key. */
  keyOf(identity: Identity): IdentityKey
  /** Everything that stands for any of these identities, merged; strictest wins. Synchronous: it is the re-check. */
  lookup(keys: readonly IdentityKey[]): { readonly standing: Standing; readonly stamp: Stamp }
  /** Each stored statement for these identities, newest first. */
  list(keys: readonly IdentityKey[]): readonly StandingChoice[]
  /**
   * Keeps links and sticky signals of a request's events. Resolves once durable and in force; at once where there is
   * nothing new to keep. MUST be awaited before the events are acknowledged.
   */
  observe(observations: readonly Observation[]): Promise<void>
  /**
   * Stores a choice against these identities and every identity linked to them. Resolves once durable and in force on
   * every data thread: no request that ignores it begins after. Widening is the caller's to authorise.
   */
  put(keys: readonly IdentityKey[], statement: ChoiceStatement): Promise<void>
  /** A fresh opaque handle for staff, good for an hour. */
  handleFor(keys: readonly IdentityKey[]): Handle
  /** The keys behind a handle, or undefined when unknown or expired. */
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
  counts(): Promise<{ readonly choices: number; readonly links: number }>
  health(): { readonly writable: boolean; readonly why: string }
  close(): Promise<void>
}
