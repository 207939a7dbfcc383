/** What a notice after a breach is filled in with. */
export interface BreachFacts {
  readonly partner: string
  readonly name: string
  /** ISO 8601, UTC. */
  readonly from: string
  readonly to: string
  readonly contact: string
}
