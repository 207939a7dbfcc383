/**
 * The newest guard and the one before, over the events that the intake still keeps: what would newly be withheld, counted
 * by partner, kind of value and form. Sends nothing; nothing of a value stays.
 *
 * A kept event holds what some contract of its day could receive. What acceptance looked for and dropped is gone: of that
 * part of the guard nothing can be said.
 */
import { createPreparer } from '../flow/prepare.ts'
import { FORMS_BEFORE } from '../guard/index.ts'
import type { PartnerId } from '../model/brand.ts'
import { lookBack, type ReplayAnswer } from './replay-intake.ts'
import type { SimulateDeps } from './simulator.ts'
import { NO_STATE } from './state.ts'
import { prepareFor, supposeAccepted } from './suppose.ts'

export interface GuardTryAsked {
  /** Newest events to look at. */
  readonly last: number
  /** Milliseconds after which it ends with what it has. */
  readonly budget_ms: number
}

export interface GuardTriedPartner {
  readonly partner: PartnerId
  /** Events that would leave under the guard before, or be withheld by either. */
  readonly events: number
  /** Withheld by both guards. */
  readonly asBefore: number
  readonly newly: readonly { readonly what: string; readonly form: string; readonly count: number }[]
}

export interface GuardTried extends Pick<ReplayAnswer, 'unreadable' | 'ended'> {
  /** Events looked at. */
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
