/** Who calls the ops API, and what they may do there. */

/**
 * `viewer` looks at operations; `editor` drafts, narrows and stops; `approver` lets wider contracts and resumed partners
 * through; `privacy_officer` acts on people's choices and data; `auditor` reads all records and changes nothing.
 */
export const STAFF_ROLES = ['viewer', 'editor', 'approver', 'privacy_officer', 'auditor', 'aggregate'] as const
export type StaffRole = (typeof STAFF_ROLES)[number]

export interface Actor {
  /** Keyed reference, 32 hex digits: one person (issuer and subject of their token), or the bootstrap token. */
  readonly id: string
  readonly roles: readonly StaffRole[]
}
