/** A partner's health in words: the ops API's answer, and the sentence every front end builds from it. */
import type { EpochMs } from './brand.ts'

export const HEALTH_STATES = [
  'stopped_with_all',
  'stopped',
  'agreement_lapsed',
  'left_alone',
  'failing',
  'late',
  'agreement_ends',
  'dead_letters',
  'well_again',
  'staged',
  'quiet',
  'well',
] as const
export type HealthState = (typeof HEALTH_STATES)[number]

/** `bad`: nothing leaves, or less than agreed. `warn`: needs attention. `calm`: for information. */
export const TONES = ['good', 'calm', 'warn', 'bad'] as const
export type Tone = (typeof TONES)[number]

export interface PartnerHealth {
  readonly state: HealthState
  readonly tone: Tone
  /** The condition: `Refuses`. */
  readonly what: string
  /** The error from the partner or the network; '' if there is none. */
  readonly cause: string
  readonly since?: EpochMs
  /** What the gateway does next, and when. */
  readonly after?: { readonly what: string; readonly at: EpochMs }
  /** What an operator does next; '' if nothing. */
  readonly next: string
}

/** How a front end formats times, in its reader's time zone. */
export interface TimeWords {
  readonly time: (at: EpochMs) => string
  readonly span: (ms: number) => string
}

/** `Refuses since 14:02: 401 invalid token, tried again in 5 s`, without a full stop. */
export function healthSentence(
  { what, cause, since, after }: Pick<PartnerHealth, 'what' | 'cause' | 'since' | 'after'>,
  { time, span }: TimeWords,
  now: EpochMs,
): string {
  const when = since === undefined ? '' : ` since ${time(since)}`
  const why = cause === '' ? '' : `: ${cause}`
  const next = after === undefined || after.at <= now ? '' : `, ${after.what} in ${span(after.at - now)}`
  return `${what}${when}${why}${next}`
}
