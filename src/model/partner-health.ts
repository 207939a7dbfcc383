/** How a partner is, in words: what the ops API answers, and the one sentence that every front makes of it. */
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

/** `bad`: nothing leaves, or less than was agreed. `warn`: somebody should look. `calm`: good to know. */
export const TONES = ['good', 'calm', 'warn', 'bad'] as const
export type Tone = (typeof TONES)[number]

export interface PartnerHealth {
  readonly state: HealthState
  readonly tone: Tone
  /** The fact: `Refuses`. */
  readonly what: string
  /** What the partner or the network said; '' where the fact says it all. */
  readonly cause: string
  readonly since?: EpochMs
  /** What comes next by itself, and when. */
  readonly after?: { readonly what: string; readonly at: EpochMs }
  /** What a person does next; '' where nothing is to be done. */
  readonly next: string
}

/** How a front writes times: in its reader's own zone. */
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
