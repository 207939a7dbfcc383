/**
 * Runs the newest guard and the previous one over the events kept by the intake: counts what would newly be withheld, by partner,
 * kind of value and form. Sends nothing, and stores no value.
 *
 * A kept event holds only what some contract could receive when it was accepted. Values dropped at acceptance cannot be included.
 */
import { createPreparer } from '../flow/prepare.ts'
import { FORMS_BEFORE } from '../guard/index.ts'
import type { PartnerId } from '../model/brand.ts'
import { lookBack, type ReplayAnswer } from './replay-intake.ts'
import type { SimulateDeps } from './simulator.ts'
import { NO_STATE } from './state.ts'
import { prepareFor, supposeAccepted } from './suppose.ts'

export interface GuardTryAsked {
  /** Number of newest events to scan. */
  readonly last: number
  /** Time limit in milliseconds, after which it returns what it has. */
  readonly budget_ms: number
}

export interface GuardTriedPartner {
  readonly partner: PartnerId
  /** Events that the previous guard would let pass, or that either would withhold. */
  readonly events: number
  /** Withheld by both guards. */
  readonly asBefore: number
  readonly newly: readonly { readonly what: string; readonly form: string; readonly count: number }[]
}

export interface GuardTried extends Pick<ReplayAnswer, 'unreadable' | 'ended'> {
  /** Events scanned. */
  readonly events: number
  readonly revision: number
  readonly partners: readonly GuardTriedPartner[]
}

interface Tally {
  events: number
  asBefore: number
  readonly newly: Map<string, { readonly what: string; readonly form: string; count: number }>
}

export async function tryGuard(
  { last, budget_ms: budgetMs }: GuardTryAsked,
  deps: Pick<SimulateDeps, 'current' | 'worldOf' | 'recent' | 'standingOf' | 'now' | 'countryOf'>,
): Promise<GuardTried> {
  const plan = deps.current()
  const world = deps.worldOf(plan)
  const before = { ...world, preparer: createPreparer(FORMS_BEFORE) }
  const tallies = new Map<PartnerId, Tally>()
  let events = 0
  const looked = await lookBack({ last, budgetMs }, deps, (event) => {
    events++
    const supposed = supposeAccepted(world, event, deps.standingOf(event), NO_STATE, deps, deps.now())
    for (const partner of supposed.partners) {
      const prepared = prepareFor(world, supposed, partner)
      const isHit = prepared.kind === 'withheld' && prepared.why === 'guard'
      if (prepared.kind === 'withheld' && !isHit) continue
      const tally = tallies.get(partner) ?? { events: 0, asBefore: 0, newly: new Map() }
      tallies.set(partner, tally)
      tally.events++
      if (!isHit) continue
      if (prepareFor(before, supposed, partner).kind === 'withheld') tally.asBefore++
      else countHit(tally, prepared.hit?.what ?? 'value', prepared.hit?.form ?? 'plain')
    }
  })
  const partners = [...tallies].map(([partner, { newly, ...tally }]) => ({
    partner,
    ...tally,
    newly: [...newly.values()].sort((one, other) => other.count - one.count),
  }))
  return {
    events,
    revision: plan.number,
    ...looked,
    partners: partners.sort((a, b) => (a.partner < b.partner ? -1 : 1)),
  }
}

function countHit({ newly }: Tally, what: string, form: string): void {
  const known = newly.get(`${what}, ${form}`)
  if (known === undefined) newly.set(`${what}, ${form}`, { what, form, count: 1 })
  else known.count++
}
