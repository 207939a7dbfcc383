/** Members of staff and their roles in the ops API. */

/**
 * `viewer` reads operations; `editor` drafts, narrows and stops; `approver` approves wider contracts and resumed partners;
 * `privacy_officer` acts on the choices and data of users; `auditor` reads every record and changes nothing.
 */
export const STAFF_ROLES = ['viewer', 'editor', 'approver', 'privacy_officer', 'auditor', 'aggregate'] as const
export type StaffRole = (typeof STAFF_ROLES)[number]

export interface Actor {
  /** Keyed reference, 32 hex digits: one member of staff (issuer and subject of the token), or the bootstrap token. */
  readonly id: string
  readonly roles: readonly StaffRole[]
}
