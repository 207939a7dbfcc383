/** The facts in a breach notice. */
export interface BreachFacts {
  readonly partner: string
  readonly name: string
  /** ISO 8601, UTC. */
  readonly from: string
  readonly to: string
  readonly contact: string
}
