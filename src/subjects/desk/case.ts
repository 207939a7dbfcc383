/** A case: what somebody asked of us about their data, until it is answered. */
import type { EpochMs, IdentityKey } from '../../model/brand.ts'
import type { Purpose } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'

/** `child`: somebody is known to be a child since after data about them had left. */
export const CASE_KINDS = ['access', 'deletion', 'objection', 'restriction', 'correction', 'child'] as const
export type CaseKind = (typeof CASE_KINDS)[number]

/** Who asks: the person, or somebody who must show that they may. */
export const ASKERS = ['person', 'agent', 'guardian'] as const
export type Asker = (typeof ASKERS)[number]

/** How it came in: staff wrote it down, the person's own page or account, a personal link, another system. */
export const WAYS = ['staff', 'account', 'link', 'system'] as const
export type Way = (typeof WAYS)[number]

/** How it was shown who asks. What was seen stands in the note; a copy of a document MUST NOT be kept. */
export const EVIDENCE = ['account', 'contact', 'document', 'mandate', 'knowledge', 'system', 'other'] as const
export type Evidence = (typeof EVIDENCE)[number]

/** Why a request is refused, in whole or in part; each with what the law calls it in `docs/desk.md`. */
export const REFUSALS = [
  'not_identified',
  'no_mandate',
  'excessive',
  'others_rights',
  'legal_claims',
  'legal_obligation',
  'overriding_grounds',
  'no_data',
  'not_covered',
] as const
export type Refusal = (typeof REFUSALS)[number]

export const STEPS = [
  'opened',
  'confirmed',
  'noted',
  'extended',
  'asked',
  'ran',
  'refused',
  'closed',
  'withdrawn',
  'erased',
] as const
export type StepName = (typeof STEPS)[number]

export interface Step {
  readonly what: StepName
  /** A day. */
  readonly at: EpochMs
  /** Keyed reference of a member of staff; `person`, `system` or `gateway`. */
  readonly by: string
  readonly evidence?: Evidence | undefined
  readonly refusal?: Refusal | undefined
}

/** How it ended. `erased`: the person was, before it was answered. */
export const ENDINGS = ['done', 'refused', 'withdrawn', 'erased'] as const
export type Ending = (typeof ENDINGS)[number]

/** What an erasure must be told: see `ErasureRequest`. */
export interface RunOptions {
  readonly withShared: boolean
  readonly despiteHolds: boolean
  readonly accounts?: 'include' | 'leave' | undefined
}

export interface CaseSystem {
  readonly name: string
  readonly reference: string
  /** Parts of its message that answers repeat. */
  readonly context: Readonly<Record<string, string>>
  readonly told: number
}

/** What outlives an erasure: no identity, no text, and of times the days. */
export interface Shell {
  /** 12 random characters. */
  readonly id: string
  readonly kind: CaseKind
  readonly by: Asker
  readonly through: Way
  /** Regime id of the clock, and its source. */
  readonly law: string
  readonly source: string
  readonly received: EpochMs
  readonly due: EpochMs
  readonly extendable: EpochMs | undefined
  readonly extended: boolean
  readonly confirmBy: EpochMs | undefined
  readonly confirmed: boolean
  /** Purposes that an objection is about. */
  readonly purposes?: readonly Purpose[] | undefined
  /** What is destroyed waits for another person than this one. */
  readonly asked?: { readonly by: string; readonly options: RunOptions } | undefined
  readonly ended?: { readonly how: Ending; readonly at: EpochMs; readonly refusal?: Refusal | undefined } | undefined
  readonly steps: readonly Step[]
  /** Where it came from: another system, what that calls it, and of how many steps it was told. Gone with an erasure once it knows. */
  readonly system?: CaseSystem | undefined
  /** Whom the erasure named as recipients, by partner id. */
  readonly recipients?: readonly string[] | undefined
}

/** What goes with the case's own key. */
export interface Inner {
  readonly who: readonly IdentityKey[]
  /** By number of the step that it was said with. */
  readonly texts: Readonly<Record<number, string>>
}

export interface Case extends Shell {
  /** Undefined once the person was erased, or where the key is not there. */
  readonly inner: Inner | undefined
}

/** True where its time is over: an answer on the last day is in time. */
export function isOverdue({ due, ended }: Pick<Shell, 'due' | 'ended'>, today: EpochMs): boolean {
  return ended === undefined && today > due
}

/** Kinds by which something is destroyed: two people are needed. */
export function destroys(kind: CaseKind): boolean {
  return kind === 'deletion' || kind === 'child'
}

/** Throws `ERR_CASE_ENDED`. */
export function requireOpen({ ended }: Case): void {
  if (ended !== undefined) throw new GatewayError('ERR_CASE_ENDED', { ended: ended.how })
}

/** Throws `ERR_CASE_STEP` for a case that can no longer be opened. */
export function requireWho({ inner }: Case): readonly IdentityKey[] {
  if (inner === undefined) throw new GatewayError('ERR_CASE_STEP', { why: 'its key is gone' })
  return inner.who
}
