/** What the disclosing process and its judge must agree on, and nothing else. */

export const ORIGIN = 'ledger.example/faults'
/** Exit code of a process whose ledger ended under it. */
export const LOST_ITS_LEDGER = 70
export const COMMITMENT_KEY = Buffer.alloc(32, 0x5c)
/** Small, so that a cycle crosses segments and signs often. */
export const LIMITS = { segmentLeaves: 300, checkpointMs: 40 }

/** Event number `n` as the ledger names it. */
export function eventRefOf(n: number): string {
  return n.toString(16).padStart(32, '0')
}
