/**
 * Replays accepted events against a draft and counts the differences in what leaves. Pure: the caller supplies the events. Stores
 * nothing personal: subjects are counted by keyed references, values by class.
 *
 * An accepted event holds only what some contract could receive when it was accepted. Additional grants of a draft are not in the
 * events, so these are counted by decision: `may`.
 */

import type { Prepared } from '../flow/prepare.ts'
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { AcceptedEvent, Standing } from '../model/event.ts'
import { DROP, FIELD_CLASSES, type FieldClass } from '../model/field-class.ts'
import { isRelayKey } from '../model/relay-map.ts'
import { changeBetween, type EventChange, leavingOf } from './compare.ts'
import { NO_STATE } from './state.ts'
import { prepareFor, type SupposeDeps, type Supposed, supposeAccepted } from './suppose.ts'
import { partnersFor, type World } from './world.ts'

export interface PartnerReplay {
  readonly partner: PartnerId
  /** Events that either side would consider for this partner. */
  readonly events: number
  readonly same: number
  readonly changed: number
  readonly newlySent: number
  readonly newlyWithheld: number
  /** Withheld before and after. */
  readonly withheld: number
  /** Distinct subjects of events that change. */
  readonly people: number
  /** Class → events in which it would newly leave, no longer leave, leave finer or coarser. */
  readonly added: Counts
  readonly removed: Counts
  readonly finer: Counts
  readonly coarser: Counts
  readonly propertiesAdded: Readonly<Record<string, number>>
  readonly propertiesRemoved: Readonly<Record<string, number>>
  /** Class → events for which the draft would let it leave, had it been kept; how many contained it is unknown. */
  readonly mayAdd: Counts
}
type Counts = Readonly<Partial<Record<FieldClass, number>>>

export interface Replay {
  /** Events examined. */
  readonly events: number
  /** Events stored without a name, because no contract listed it then: not examined. */
  readonly nameless: number
  /** Distinct subjects of events that change for some partner. */
  readonly people: number
  readonly partners: readonly PartnerReplay[]
  /** Events that the draft lists for an app and of which none was found. */
  readonly silent: readonly { readonly app: string; readonly event: string }[]
}

export interface Replayer {
  add(event: AcceptedEvent, standing: Standing, at: EpochMs): void
  result(): Replay
}

interface Tally {
  events: number
  readonly kinds: Map<EventChange['change'], number>
  readonly people: Set<IdentityKey>
  readonly classes: Readonly<Record<'added' | 'removed' | 'finer' | 'coarser' | 'mayAdd', Map<FieldClass, number>>>
  readonly properties: Readonly<Record<'added' | 'removed', Map<string, number>>>
}

export function createReplayer(before: World, after: World, deps: Pick<SupposeDeps, 'countryOf'>): Replayer {
  const tallies = new Map<PartnerId, Tally>()
  const seen = new Set<string>()
  const people = new Set<IdentityKey>()
  let events = 0
  let nameless = 0

  const compare = (event: AcceptedEvent, supposed: readonly [Supposed, Supposed], partner: PartnerId): void => {
    const [one, other] = [prepareFor(before, supposed[0], partner), prepareFor(after, supposed[1], partner)]
    const change = changeBetween(leavingOf(one), leavingOf(other))
    const may = mayAdd(event, one, other)
    const tally = tallies.get(partner) ?? emptyTally()
    tallies.set(partner, tally)
    tally.events++
    count(tally.kinds, change.change)
    for (const kind of ['added', 'removed', 'finer', 'coarser'] as const)
      for (const name of change[kind]) count(tally.classes[kind], name)
    for (const name of may) count(tally.classes.mayAdd, name)
    for (const name of change.propertiesAdded) count(tally.properties.added, name)
    for (const name of change.propertiesRemoved) count(tally.properties.removed, name)
    const isAffected = !['same', 'withheld'].includes(change.change) || may.length > 0
    const [person] = event.identityKeys
    if (!isAffected || person === undefined) return
    tally.people.add(person)
    people.add(person)
  }

  return {
    add: (event, standing, at) => {
      events++
      if (event.eventKey === '') {
        nameless++
        return
      }
      seen.add(`${event.app}\0${event.eventKey}`)
      const partners = new Set([before, after].flatMap((world) => partnersFor(world, event.app, event.eventKey)))
      const supposed = [
        supposeAccepted(before, event, standing, NO_STATE, deps, at),
        supposeAccepted(after, event, standing, NO_STATE, deps, at),
      ] as const
      for (const partner of partners) compare(event, supposed, partner)
    },
    result: () => ({
      events,
      nameless,
      people: people.size,
      partners: [...tallies]
        .map(([partner, tally]) => resultOf(partner, tally))
        .sort((a, b) => (a.partner < b.partner ? -1 : 1)),
      silent: silentIn(after, seen),
    }),
  }
}

/** Classes that the decision newly lets through, but that the stored event does not hold. */
function mayAdd({ fields }: AcceptedEvent, before: Prepared, after: Prepared): readonly FieldClass[] {
  if (after.decision.kind !== 'send') return []
  const { fields: levels } = after.decision
  const had = before.decision.kind === 'send' ? before.decision.fields : undefined
  return FIELD_CLASSES.filter(
    (name) =>
      name !== 'property' &&
      levels[name].level !== DROP &&
      (had?.[name].level ?? DROP) === DROP &&
      !Object.hasOwn(fields, name),
  )
}

function silentIn({ plan }: World, seen: ReadonlySet<string>): Replay['silent'] {
  const named = plan.contracts.flatMap(({ apps, events }) =>
    apps.flatMap((app) =>
      // Relayed requests are not accepted events.
      Object.keys(events).flatMap((event) => (isRelayKey(event) ? [] : [{ app: app as string, event }])),
    ),
  )
  const once = new Map(named.map((one) => [`${one.app}\0${one.event}`, one]))
  return [...once].filter(([key]) => !seen.has(key)).map(([, one]) => one)
}

function emptyTally(): Tally {
  return {
    events: 0,
    kinds: new Map(),
    people: new Set(),
    classes: { added: new Map(), removed: new Map(), finer: new Map(), coarser: new Map(), mayAdd: new Map() },
    properties: { added: new Map(), removed: new Map() },
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function resultOf(partner: PartnerId, { events, kinds, people, classes, properties }: Tally): PartnerReplay {
  const of = (kind: EventChange['change']): number => kinds.get(kind) ?? 0
  return {
    partner,
    events,
    same: of('same'),
    changed: of('changed'),
    newlySent: of('newly_sent'),
    newlyWithheld: of('newly_withheld'),
    withheld: of('withheld'),
    people: people.size,
    added: Object.fromEntries(classes.added),
    removed: Object.fromEntries(classes.removed),
    finer: Object.fromEntries(classes.finer),
    coarser: Object.fromEntries(classes.coarser),
    propertiesAdded: Object.fromEntries(properties.added),
    propertiesRemoved: Object.fromEntries(properties.removed),
    mayAdd: Object.fromEntries(classes.mayAdd),
  }
}
