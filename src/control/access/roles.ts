/** Derives roles from the claims of a verified token. Pure; unexpected forms give no role. */
import type { OidcIssuer } from '../../contracts/config.ts'
import { STAFF_ROLES, type StaffRole } from '../../model/actor.ts'

export type Claims = Readonly<Record<string, unknown>>

/** @param path claim names, outermost first; a name may contain dots and slashes */
export function rolesOf(
  claims: Claims,
  { rolesClaim, roles }: Pick<OidcIssuer, 'rolesClaim' | 'roles'>,
): readonly StaffRole[] {
  const held = valuesOf(claimAt(claims, rolesClaim))
  return STAFF_ROLES.filter((role) => roles[role].some((value) => held.has(value)))
}

function claimAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Claims)[name]
  }
  return value
}

/** Accepts a list of strings, or a space-separated string like `scope`. */
function valuesOf(claim: unknown): ReadonlySet<string> {
  if (typeof claim === 'string') return new Set(claim.split(' ').filter((word) => word !== ''))
  return new Set(Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [])
}
