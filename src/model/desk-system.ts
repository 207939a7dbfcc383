/** An external system that receives privacy requests, such as a consent platform, and its mapping to our terms. */
import type { IdentityKind } from './event.ts'

/** Kinds of case such a system may open. */
export const SYSTEM_KINDS = ['access', 'deletion', 'objection', 'restriction', 'correction'] as const
export type SystemKind = (typeof SYSTEM_KINDS)[number]

/** `ketch`: dsr/v1 of Ketch's forwarder. `fides`: webhooks of Fides' privacy requests. `template`: JSON Pointers into any JSON. */
export const SYSTEM_FORMATS = ['ketch', 'fides', 'template'] as const
export type SystemFormat = (typeof SYSTEM_FORMATS)[number]

/** Locations in a request's JSON, as JSON Pointers (RFC 6901). */
export interface SystemTemplate {
  readonly kind: string
  /** The system's names for kinds → ours. */
  readonly kinds: Readonly<Record<string, SystemKind>>
  readonly reference: string
  /** An object whose keys are names of `identities`. */
  readonly identities: string
  readonly received?: string | undefined
  readonly law?: string | undefined
}

export interface DeskSystem {
  readonly name: string
  readonly format: SystemFormat
  /** The system's names for identities → ours; others are ignored. */
  readonly identities: Readonly<Record<string, IdentityKind>>
  /** Namespace of the user ids; the default one if absent. */
  readonly namespace?: string | undefined
  /** The system's names for laws → regime ids. */
  readonly laws: Readonly<Record<string, string>>
  readonly template?: SystemTemplate | undefined
}
