/** Another system in which people's requests come in, such as a consent platform: how it speaks, and what its words are here. */
import type { IdentityKind } from './event.ts'

/** Kinds of case that such a system may open. */
export const SYSTEM_KINDS = ['access', 'deletion', 'objection', 'restriction', 'correction'] as const
export type SystemKind = (typeof SYSTEM_KINDS)[number]

/** `ketch`: dsr/v1 of Ketch's forwarder. `fides`: webhooks of Fides' privacy requests. `template`: places in any JSON. */
export const SYSTEM_FORMATS = ['ketch', 'fides', 'template'] as const
export type SystemFormat = (typeof SYSTEM_FORMATS)[number]

/** Where things are in the JSON of a request, as JSON Pointers (RFC 6901). */
export interface SystemTemplate {
  readonly kind: string
  /** Its words for kinds, and ours. */
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
  /** Its names of identities, and ours; others are not read. */
  readonly identities: Readonly<Record<string, IdentityKind>>
  /** Of the user ids; the default one where it is not said. */
  readonly namespace?: string | undefined
  /** Its words for laws, and regime ids. */
  readonly laws: Readonly<Record<string, string>>
  readonly template?: SystemTemplate | undefined
}
