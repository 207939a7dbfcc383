/** The ledger on disk is not what its writer left there. Nothing was written; `sluice ledger fsck` says more. */
export class LedgerDamaged extends Error {
  /** One of the verifier's names. */
  readonly problem: string
  constructor(problem: string, says: string) {
    super(`the ledger is damaged (${problem}): ${says}. Run \`sluice ledger fsck\`.`)
    this.name = 'LedgerDamaged'
    this.problem = problem
  }
}
