/** Parses the identities of a request and separates those that identify no one. */
import { GatewayError } from '../model/errors.ts'
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../model/event.ts'
import { isUnreadable } from '../model/json-text.ts'
import type { UserIds } from '../model/user-ids.ts'
import { FORMS, refusalOf, type Unnamed } from './normal-form.ts'

const MAX_ID = 512

/** An identity that was left out: its kind and why, never its value. */
export interface LeftOut {
  readonly kind: IdentityKind
  readonly why: Unnamed
  /** The form of a valid value. */
  readonly allowed: string
}
export interface Named {
  /** Those that can be stored and looked up. */
  readonly identities: readonly Identity[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * `{user: "…", anonymous: "…", advertising_id: "…", vendor_id: "…"}`, any of them; a number is its digits, as in events.
 * Throws `ERR_IDENTITY_INVALID` for another shape, for malformed Unicode (it could match another identity), and if
 * identities are given and all of them were left out.
 * @param of the namespace and format of user ids
 */
export function parseIdentities(value: unknown, of?: UserIds): Named {
  if (value === undefined) return { identities: [], leftOut: [] }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('ERR_IDENTITY_INVALID', { allowed: IDENTITY_KINDS })
  }
  const given = Object.entries(value).map(([kind, value]): Identity => {
    const id = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
    if (!isKind(kind) || typeof id !== 'string' || id.length > MAX_ID) {
      throw new GatewayError('ERR_IDENTITY_INVALID', { allowed: IDENTITY_KINDS })
    }
    if (isUnreadable(id)) throw new GatewayError('ERR_IDENTITY_INVALID', { hint: 'send well-formed Unicode as UTF-8' })
    return kind === 'user' && of !== undefined ? { kind, value: id, of } : { kind, value: id }
  })
  const leftOut = given.flatMap((identity) => leftOutOf(identity) ?? [])
  if (given.length > 0 && leftOut.length === given.length) {
    throw new GatewayError('ERR_IDENTITY_INVALID', { left_out: leftOut })
  }
  return { identities: given.filter((identity) => refusalOf(identity) === undefined), leftOut }
}

/** Undefined if the identity is usable. */
export function leftOutOf(identity: Identity): LeftOut | undefined {
  const why = refusalOf(identity)
  return why === undefined ? undefined : { kind: identity.kind, why, allowed: formOf(identity) }
}

/** The form of a valid identity of this kind, in words. */
export function formOf({ kind, of }: Identity): string {
  const format = of?.format ?? 'opaque'
  return FORMS[kind === 'user' && format !== 'opaque' ? format : kind]
}

function isKind(text: string): text is IdentityKind {
  return IDENTITY_KINDS.some((kind) => kind === text)
}
