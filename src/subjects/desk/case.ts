/** A case: a subject's request about their data, until it is answered. */
import type { EpochMs, IdentityKey } from '../../model/brand.ts'
import type { Purpose } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'

/** `child`: a subject was found to be a child after data about them was sent. */
export const CASE_KINDS = ['access', 'deletion', 'objection', 'restriction', 'correction', 'child'] as const
export type CaseKind = (typeof CASE_KINDS)[number]

/** The requester: the subject, or an agent or guardian who must prove a mandate. */
export const ASKERS = ['person', 'agent', 'guardian'] as const
export type Asker = (typeof ASKERS)[number]

/** The channel: entered by staff, the subject's account page, a personal link, another system. */
export const WAYS = ['staff', 'account', 'link', 'system'] as const
export type Way = (typeof WAYS)[number]

/** How the requester was verified. The note describes it; copies of documents MUST NOT be kept. */
export const EVIDENCE = ['account', 'contact', 'document', 'mandate', 'knowledge', 'system', 'other'] as const
export type Evidence = (typeof EVIDENCE)[number]

/** Grounds of a full or partial refusal; `docs/desk.md` gives the legal terms. */
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

/** How it ended. `erased`: the subject was erased before the answer. */
export const ENDINGS = ['done', 'refused', 'withdrawn', 'erased'] as const
export type Ending = (typeof ENDINGS)[number]

/** Options of an erasure: see `ErasureRequest`. */
export interface RunOptions {
  readonly withShared: boolean
  readonly despiteHolds: boolean
  readonly accounts?: 'include' | 'leave' | undefined
}

export interface CaseSystem {
  readonly name: string
  readonly reference: string
  /** Parts of its message to repeat in answers. */
  readonly context: Readonly<Record<string, string>>
  readonly told: number
}

/** The part that survives an erasure: no identity, no text, times as days. */
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
  /** Purposes of an objection. */
  readonly purposes?: readonly Purpose[] | undefined
  /** A destructive run was requested by this member of staff and waits for a second one. */
  readonly asked?: { readonly by: string; readonly options: RunOptions } | undefined
  readonly ended?: { readonly how: Ending; readonly at: EpochMs; readonly refusal?: Refusal | undefined } | undefined
  readonly steps: readonly Step[]
  /** The originating system, its reference, and the number of steps reported to it. Removed after an erasure once reported. */
  readonly system?: CaseSystem | undefined
  /** Recipients found by the erasure, by partner id. */
  readonly recipients?: readonly string[] | undefined
}

/** The part sealed under the case's key. */
export interface Inner {
  readonly who: readonly IdentityKey[]
  /** By step number. */
  readonly texts: Readonly<Record<number, string>>
}

export interface Case extends Shell {
  /** Undefined once the subject was erased, or if the key is missing. */
  readonly inner: Inner | undefined
}

/** True after the due day; an answer on that day is in time. */
export function isOverdue({ due, ended }: Pick<Shell, 'due' | 'ended'>, today: EpochMs): boolean {
  return ended === undefined && today > due
}

/** True for destructive kinds, which need two members of staff. */
export function destroys(kind: CaseKind): boolean {
  return kind === 'deletion' || kind === 'child'
}

/** Throws `ERR_CASE_ENDED`. */
export function requireOpen({ ended }: Case): void {
  if (ended !== undefined) throw new GatewayError('ERR_CASE_ENDED', { ended: ended.how })
}

/** Throws `ERR_CASE_STEP` if the case's key is gone. */
export function requireWho({ inner }: Case): readonly IdentityKey[] {
  if (inner === undefined) throw new GatewayError('ERR_CASE_STEP', { why: 'its key is gone' })
  return inner.who
}
