/** The table of a partner's health states: name, cause, since when, and the next step. Pure. */
import type { LaneState } from '../delivery/ports.ts'
import type { DeadCount } from '../intake/ports.ts'
import type { EpochMs } from '../model/brand.ts'
import type { HealthState, PartnerHealth, Tone } from '../model/partner-health.ts'

export interface PartnerFacts {
  /** Since when; undefined if not stopped, `unknown` if stopped before the start. */
  readonly stopped: EpochMs | 'unknown' | undefined
  readonly stoppedAll: EpochMs | 'unknown' | undefined
  /** When a service provider's agreement ends. */
  readonly agreementUntil: EpochMs | undefined
  /** Share of subjects in the staged rollout, and its end. */
  readonly percent: number | undefined
  readonly until: EpochMs | undefined
  readonly lane: Pick<LaneState, 'breaker' | 'pausedUntil' | 'lastError' | 'lastErrorAt' | 'failingSince'> | undefined
  /** Arrival of the oldest waiting event. */
  readonly oldestWaitingAt: EpochMs | undefined
  readonly deadLetters: Pick<DeadCount, 'count' | 'oldestAt'> | undefined
  /** Pairs delivered within the last `RECENT_MS`. */
  readonly delivered: number
}

/** What counts as recent. */
export const RECENT_MS = 15 * 60_000
/** An event that waits longer makes the partner late. */
const LATE_MS = 60_000
/** An agreement that ends within this time is reported. */
const SOON_MS = 14 * 24 * 3_600_000
/** A recovered failure is reported for this long. */
const WELL_AGAIN_MS = 5 * 60_000

type Found = Omit<PartnerHealth, 'state'>
type State = (facts: PartnerFacts, now: EpochMs) => Found | undefined

/** In order of precedence: the first that applies is shown. */
const STATES: readonly (readonly [name: HealthState, state: State])[] = [
  ['stopped_with_all', stoppedWithAll],
  ['stopped', stopped],
  ['agreement_lapsed', agreementLapsed],
  ['left_alone', leftAlone],
  ['failing', failing],
  ['late', late],
  ['agreement_ends', agreementEnds],
  ['dead_letters', deadLetters],
  ['well_again', wellAgain],
  ['staged', staged],
  ['quiet', ({ delivered }) => when(delivered === 0, 'calm', 'Nothing was sent lately')],
]

export function healthOf(facts: PartnerFacts, now: EpochMs): PartnerHealth {
  for (const [state, hold] of STATES) {
    const found = hold(facts, now)
    if (found !== undefined) return { state, ...found }
  }
  return { state: 'well', tone: 'good', what: 'Takes what is sent', cause: '', next: '' }
}

function when(holds: boolean, tone: Tone, what: string, more: Partial<Found> = {}): Found | undefined {
  return holds ? { tone, what, cause: '', next: '', ...more } : undefined
}

function sinceOf(at: EpochMs | 'unknown' | undefined): { readonly since?: EpochMs } {
  return typeof at === 'number' ? { since: at } : {}
}

function stoppedWithAll({ stoppedAll }: PartnerFacts): Found | undefined {
  const next = 'Resume all when the cause is gone; it needs an approver'
  return when(stoppedAll !== undefined, 'bad', 'Sending is stopped to every partner', { ...sinceOf(stoppedAll), next })
}

function stopped({ stopped: at }: PartnerFacts): Found | undefined {
  const next = 'Resume when the cause is gone; it needs an approver'
  return when(at !== undefined, 'bad', 'Stopped by an operator', { ...sinceOf(at), next })
}

function agreementLapsed({ agreementUntil }: Pick<PartnerFacts, 'agreementUntil'>, now: EpochMs): Found | undefined {
  if (agreementUntil === undefined || agreementUntil > now) return undefined
  const next = 'Renew the agreement and set its new end'
  return when(true, 'bad', 'Counts as a third party', { since: agreementUntil, cause: 'its agreement has ended', next })
}

function agreementEnds({ agreementUntil }: Pick<PartnerFacts, 'agreementUntil'>, now: EpochMs): Found | undefined {
  if (agreementUntil === undefined || agreementUntil - now >= SOON_MS) return undefined
  return when(true, 'warn', 'Its agreement is about to lapse', {
    after: { what: 'ends', at: agreementUntil },
    next: 'Renew it before it lapses',
  })
}

function leftAlone({ lane }: PartnerFacts): Found | undefined {
  if (lane === undefined || lane.breaker === 'closed') return undefined
  const { what, next } = causeOf(lane.lastError)
  const after = lane.pausedUntil === undefined ? {} : { after: { what: 'tried again', at: lane.pausedUntil } }
  return when(true, 'bad', what, { cause: lane.lastError, next, ...sinceOf(lane.failingSince), ...after })
}

function failing({ lane }: PartnerFacts): Found | undefined {
  if (lane?.failingSince === undefined) return undefined
  const { what, next } = causeOf(lane.lastError)
  return when(true, 'warn', what, { cause: lane.lastError, next, since: lane.failingSince })
}

function wellAgain({ lane }: PartnerFacts, now: EpochMs): Found | undefined {
  if (lane?.lastErrorAt === undefined || now - lane.lastErrorAt > WELL_AGAIN_MS) return undefined
  return when(true, 'calm', 'Takes what is sent again', {
    cause: `before, ${lower(causeOf(lane.lastError).what)}: ${lane.lastError}`,
  })
}

function late({ oldestWaitingAt }: PartnerFacts, now: EpochMs): Found | undefined {
  if (oldestWaitingAt === undefined || now - oldestWaitingAt <= LATE_MS) return undefined
  const next = 'If it goes on, look at the partner’s `limits`'
  return when(true, 'warn', 'Late: its oldest event has waited', { since: oldestWaitingAt, next })
}

function deadLetters({ deadLetters: letters }: PartnerFacts): Found | undefined {
  if (letters === undefined || letters.count === 0) return undefined
  const what = letters.count === 1 ? '1 event ended undelivered' : `${letters.count} events ended undelivered`
  return when(true, 'warn', what, { since: letters.oldestAt, next: 'Look at the dead letters: retry or discard them' })
}

function staged({ percent, until }: PartnerFacts): Found | undefined {
  if (percent === undefined && until === undefined) return undefined
  const share = percent === undefined ? 'for everyone' : `for ${percent} % of users`
  const after = until === undefined ? {} : { after: { what: 'ends', at: until } }
  return when(true, 'calm', `A wider contract is staged ${share}`, after)
}

/** The state of the agreement alone. */
export function agreementOf(
  agreementUntil: EpochMs | undefined,
  now: EpochMs,
): (Found & { readonly state: 'agreement_lapsed' | 'agreement_ends' }) | undefined {
  const lapsed = agreementLapsed({ agreementUntil }, now)
  if (lapsed !== undefined) return { state: 'agreement_lapsed', ...lapsed }
  const ends = agreementEnds({ agreementUntil }, now)
  return ends === undefined ? undefined : { state: 'agreement_ends', ...ends }
}

/** Meaning of a cause by its first word; the first matching row counts. */
const CAUSES: readonly (readonly [cause: RegExp, what: string, next: string])[] = [
  [/^40[13]\b/, 'Refuses', 'Renew its credentials in `connection`'],
  [/^429\b/, 'Asks for less', 'Lower `limits.per_second`'],
  [/^5\d\d\b/, 'Is down', ''],
  [/^[234]\d\d\b/, 'Refuses', 'Look at the dead letters: the format or the account is wrong'],
  [/^EGRESS_REFUSED\b/, 'Has an address that is not public', 'Mend `connection` in the contract'],
  [/^ENOTFOUND\b/, 'Cannot be reached', 'Check the host name in `connection`'],
  [/^SECRET_UNREADABLE\b/, 'Is not asked', 'Check the file or variable that its secret refers to'],
  [
    /^(?:CERT_|DEPTH_ZERO|ERR_TLS|SELF_SIGNED|UNABLE_TO_VERIFY)/,
    'Cannot be trusted',
    'Ask the partner about its certificate',
  ],
  [/^$/, 'Fails', 'Look at its dead letters'],
]

/** `401 invalid token` → meaning and next step. */
export function causeOf(lastError: string): { readonly what: string; readonly next: string } {
  const [, what = 'Cannot be reached', next = ''] = CAUSES.find(([cause]) => cause.test(lastError)) ?? []
  return { what, next }
}

function lower(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1)
}
