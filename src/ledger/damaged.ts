/** The ledger on disk is not what its writer left. Nothing was written. `sluice ledger fsck` reports details. */
export class LedgerDamaged extends Error {
  /** A name from the verifier's `PROBLEMS`, or one of a start. */
  readonly problem: string
  constructor(problem: string, says: string) {
    super(`the ledger is damaged (${problem}): ${says}. Run \`sluice ledger fsck\`.`)
    this.name = 'LedgerDamaged'
    this.problem = problem
  }
}
