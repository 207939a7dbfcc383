/** An opt-out (or opt-in) stored with us, and how it is asked for. */
import type { EpochMs, IdentityKey } from './brand.ts'
import type { Covers, DimensionBits, Finding, SignalName } from './signal.ts'

/** Through what a choice came in. */
export const CHANNELS = ['app', 'user_token', 'staff', 'import', 'signal'] as const
export type Channel = (typeof CHANNELS)[number]

/** A choice as a person (or somebody on their behalf) states it. */
export interface ChoiceStatement {
  /** Dimensions opted out of. 0 withdraws an earlier opt-out (only a user's token or staff may). */
  readonly denies: DimensionBits
  /** Dimensions explicitly opted in to, where a regime asks for an opt-in. */
  readonly permits: DimensionBits
  readonly child: boolean
  readonly channel: Channel
  /** Who said it: a role or system, never a name (`user`, `staff`, `import:2026-11-crm`). At most 64 characters. */
  readonly saidBy: string
  readonly at: EpochMs
}

/** A choice as it stands for one subject, for `/v1/me/choices` and staff. */
export interface StandingChoice extends ChoiceStatement {
  readonly kind: SignalName
}

/** What one event asks the choices to remember. Written durably before the event is acknowledged. */
export interface Observation {
  /** Every identity in the request; all are linked to each other. */
  readonly identities: readonly IdentityKey[]
  /** The identity that stands for the device, if any: only it may lift its own sticky signals. */
  readonly device?: IdentityKey
  readonly restricting: readonly Finding[]
  /** Signals by which the person says that nothing is restricted: each lifts an earlier one from the same device. */
  readonly lifting: readonly SignalName[]
  /** Of what each of them speaks: an earlier opt-out is lifted only where all of it is covered. */
  readonly covers?: Covers
  readonly at: EpochMs
}
