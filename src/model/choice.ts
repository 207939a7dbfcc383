/** Stored opt-outs and opt-ins. */
import type { EpochMs, IdentityKey } from './brand.ts'
import type { Covers, DimensionBits, Finding, SignalName } from './signal.ts'

/** How a choice arrived. */
export const CHANNELS = ['app', 'user_token', 'staff', 'import', 'signal'] as const
export type Channel = (typeof CHANNELS)[number]

/** A choice as stated by the subject or on their behalf. */
export interface ChoiceStatement {
  /** Dimensions opted out of. 0 withdraws an earlier opt-out (only a user's token or staff may). */
  readonly denies: DimensionBits
  /** Dimensions explicitly opted in to, for regimes that require an opt-in. */
  readonly permits: DimensionBits
  readonly child: boolean
  readonly channel: Channel
  /** Who stated it: a role or system, never a name (`user`, `staff`, `import:2026-11-crm`). At most 64 characters. */
  readonly saidBy: string
  readonly at: EpochMs
}

/** A subject's current choice, for `/v1/me/choices` and staff. */
export interface StandingChoice extends ChoiceStatement {
  readonly kind: SignalName
}

/** What one event adds to the stored choices. Durable before the event is acknowledged. */
export interface Observation {
  /** Every identity in the request; they are linked to each other. */
  readonly identities: readonly IdentityKey[]
  /** The device's identity, if present. Only it may lift its own sticky signals. */
  readonly device?: IdentityKey
  readonly restricting: readonly Finding[]
  /** Signals that state "not restricted": each lifts an earlier signal of its kind from the same device. */
  readonly lifting: readonly SignalName[]
  /** What each lifting signal covers: it lifts an earlier opt-out only if it covers all of it. */
  readonly covers?: Covers
  readonly at: EpochMs
}
