/** Identities as request bodies spell them: `identities` of `/v1/me/choices` and `subjects/lookup`. */
import { GatewayError } from '../model/errors.ts'
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../model/event.ts'

const MAX_ID = 512

/** `{user: "…", anonymous: "…", advertising_id: "…", vendor_id: "…"}`, any of them. */
export function parseIdentities(value: unknown): readonly Identity[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('ERR_IDENTITY_INVALID', { allowed: IDENTITY_KINDS })
  }
  return Object.entries(value).map(([kind, id]) => {
    if (
      !IDENTITY_KINDS.includes(kind as IdentityKind) ||
      typeof id !== 'string' ||
      id.trim() === '' ||
      id.length > MAX_ID
    ) {
      throw new GatewayError('ERR_IDENTITY_INVALID', { allowed: IDENTITY_KINDS })
    }
    return { kind: kind as IdentityKind, value: id }
  })
}
