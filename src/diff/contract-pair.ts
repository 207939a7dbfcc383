/**
 * Compares what one partner receives under two sets of terms, for every state and event, by asking the decision engine. Notes
 * each difference with its direction.
 */
import { decide } from '../decide/decide.ts'
import { sharesIn, type Terms, turningPoints } from '../decide/terms.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Policy } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import { atMost, DROP, FIELD_CLASSES, treatmentName } from '../model/field-class.ts'
import { FORGET_EVENT } from '../model/relay-map.ts'
import type { Verdict } from '../model/verdict.ts'
import { finestLevelFor } from '../transform/coarse-coordinates.ts'
import type { DifferenceSet, Direction } from './differences.ts'
import type { State } from './states.ts'

export interface Side {
  /** Undefined if there is no such partner. */
  readonly terms: Terms | undefined
  readonly policy: Policy
}
export interface Pair {
  readonly partner: string
  readonly before: Side
  readonly after: Side
}

/** An app's event. */
interface Call {
  readonly app: string
  readonly eventKey: string
}
interface Moment {
  readonly at: EpochMs
  readonly point: number | undefined
}
type Decisions = readonly [Decision, Decision]

/** Notes every difference between the two sides' decisions, now and at each time either changes by itself. */
export function comparePair(pair: Pair, states: readonly State[], now: EpochMs, into: DifferenceSet): void {
  const { before, after } = pair
  for (const calls of callGroups(before.terms, after.terms)) {
    for (const moment of momentsOf(before.terms, after.terms, now)) {
      let sends: State | undefined
      for (const state of states) {
        const decisions = decideBoth(pair, state, calls[0]!, moment)
        compareDecisions(pair, calls, decisions, state, into)
        // If both send, and if sending is new: its properties are new with it.
        const [one, other] = decisions.map(({ kind }) => kind === 'send')
        if (other && (one || !isKnown(before, calls))) sends ??= state
      }
      if (sends !== undefined) compareNames(pair, calls, sends, moment, into)
    }
  }
}

function decideBoth({ before, after }: Pair, state: State, call: Call, moment: Moment): Decisions {
  return [decideOn(before, state.before, call, moment), decideOn(after, state.after, call, moment)]
}

function decideOn({ terms, policy }: Side, verdict: Verdict, { app, eventKey }: Call, { at, point }: Moment): Decision {
  const finestCoarse = finestLevelFor(policy.minAreaKm2)
  const { vendorList } = policy
  const list = vendorList === undefined ? {} : { vendorList }
  return decide({ accepted: terms, now: terms, app, eventKey, verdict, finestCoarse, at, point, ...list })
}

/**
 * All calls that either side lists, grouped by the terms that list them: a decision depends on an event only through its name and
 * on whether it is a deletion request.
 */
function callGroups(before: Terms | undefined, after: Terms | undefined): readonly (readonly Call[])[] {
  const all = [...allTerms(before), ...allTerms(after)]
  const apps = new Set<string>(all.flatMap(({ contract }) => contract.apps))
  const events = new Set(all.flatMap(({ contract }) => Object.keys(contract.events)))
  const calls = [...apps].flatMap((app) => [...events].map((eventKey) => ({ app, eventKey })))
  const known = calls.filter((call) => all.some((terms) => knows(terms, call)))
  return [
    ...Map.groupBy(known, (call) =>
      [call.eventKey === FORGET_EVENT, ...all.map((terms) => knows(terms, call))].join(),
    ).values(),
  ]
}

/** The terms and all their bounds. */
export function allTerms(terms: Terms | undefined): readonly Terms[] {
  return terms === undefined ? [] : [terms, ...terms.bounds.flatMap((bound) => bound.terms ?? [])]
}

function knows({ contract }: Terms, { app, eventKey }: Call): boolean {
  return contract.apps.some((id) => id === app) && Object.hasOwn(contract.events, eventKey)
}

/** Now and each time at which either side changes by itself; for staged terms, one subject per share. */
function momentsOf(before: Terms | undefined, after: Terms | undefined, now: EpochMs): readonly Moment[] {
  const both = [before, after].flatMap((terms) => (terms === undefined ? [] : [terms]))
  const times = new Set([now, ...both.flatMap(turningPoints).filter((at) => at > now)])
  const points = new Set([...both.flatMap(sharesIn).map((percent) => Math.min(percent, 100)), undefined])
  // The first subject represents all below the smallest share.
  if (points.size > 1) points.add(0)
  return [...times].flatMap((at) => [...points].map((point) => ({ at, point })))
}

function compareDecisions(
  pair: Pair,
  calls: readonly Call[],
  [one, other]: Decisions,
  state: State,
  into: DifferenceSet,
): void {
  const about = pair.partner
  const { who } = state
  if (one.kind === 'withhold' && other.kind === 'withhold') return
  if (one.kind !== other.kind) {
    const direction = other.kind === 'send' ? 'wider' : 'narrower'
    const words = direction === 'wider' ? { from: '', to: 'sent' } : { from: 'sent', to: '' }
    const isNews = [pair.before, pair.after].some(
      ({ terms }) => !allTerms(terms).some((each) => knows(each, calls[0]!)),
    )
    if (isNews) {
      for (const { app, eventKey } of calls)
        into.note({ about, kind: 'event', what: `${eventKey} (${app})`, ...words, direction }, who)
      if (pair.before.terms !== undefined && pair.after.terms !== undefined) return
    } else into.note({ about, kind: 'item', what: '', ...words, direction }, who)
  }
  for (const name of FIELD_CLASSES) {
    if (name === 'property' && !namesProperties(pair, calls)) continue
    const [from, to] = [levelIn(one, name), levelIn(other, name)]
    if (from === to) continue
    const words = {
      from: from === DROP ? '' : treatmentName(name, from),
      to: to === DROP ? '' : treatmentName(name, to),
    }
    const direction = atMost(name, from, to) ? 'wider' : atMost(name, to, from) ? 'narrower' : 'both'
    into.note({ about, kind: 'field', what: name, ...words, direction }, who)
  }
  if (one.kind === 'withhold' || other.kind === 'withhold') return
  for (const flag of Object.keys(one.flags) as (keyof typeof one.flags)[]) {
    if (one.flags[flag] === other.flags[flag]) continue
    const direction = other.flags[flag] ? 'narrower' : 'wider'
    into.note(
      { about, kind: 'flag', what: flag, from: `${one.flags[flag]}`, to: `${other.flags[flag]}`, direction },
      who,
    )
  }
}

/** True if the terms or their bounds list the event. */
function isKnown({ terms }: Side, calls: readonly Call[]): boolean {
  return allTerms(terms).some((each) => knows(each, calls[0]!))
}

function levelIn(decision: Decision, name: (typeof FIELD_CLASSES)[number]): number {
  return decision.kind === 'send' ? decision.fields[name].level : DROP
}

function namesProperties({ before, after }: Pair, calls: readonly Call[]): boolean {
  return [...allTerms(before.terms), ...allTerms(after.terms)].some(({ contract }) =>
    calls.some(({ eventKey }) => Object.keys(contract.events[eventKey]?.properties ?? {}).length > 0),
  )
}

/** Names of events and properties at the partner, if both sides send: these depend on no state. */
function compareNames(pair: Pair, calls: readonly Call[], state: State, moment: Moment, into: DifferenceSet): void {
  const about = pair.partner
  const seen = new Set<string>()
  for (const call of calls) {
    const { eventKey } = call
    // Names are the same in every app.
    if (seen.has(eventKey)) continue
    seen.add(eventKey)
    const [one, other] = decideBoth(pair, state, call, moment)
    if (other.kind === 'withhold') continue
    const [was, properties] = one.kind === 'withhold' ? [other.as, {}] : [one.as, one.properties]
    if (was !== other.as) into.note({ about, kind: 'name', what: eventKey, from: was, to: other.as, direction: 'both' })
    for (const source of new Set([...Object.keys(properties), ...Object.keys(other.properties)])) {
      const [from = '', to = ''] = [properties[source], other.properties[source]]
      if (from === to) continue
      const direction: Direction = from === '' ? 'wider' : to === '' ? 'narrower' : 'both'
      into.note({ about, kind: 'property', what: `${source} of ${eventKey}`, from, to, direction })
    }
  }
}
