/**
 * Where an app's events go, compiled from one revision: for each event the live partners and what any of them could
 * receive. What no live contract names is neither routed nor stored.
 */
import type { PartnerId } from '../model/brand.ts'
import type { Levels, RevisionPlan } from '../model/contract.ts'
import type { FieldClass } from '../model/field-class.ts'
import { isRelayKey } from '../model/relay-map.ts'
import { type Classifier, createClassifier } from '../transform/classify.ts'

export interface Route {
  readonly partners: readonly PartnerId[]
  readonly classify: Classifier
}

/** The route of an event; events that no contract names share one that reaches nobody. */
export type Routes = (app: string, eventKey: string) => Route

const NOWHERE: Route = { partners: [], classify: createClassifier({ classes: new Set(), properties: [] }) }

/** @param abilitiesOf what a partner type's interface can carry; undefined for a type that is gone */
export function createRoutes(
  revision: RevisionPlan,
  abilitiesOf: (type: string) => Levels | undefined,
  stopped: (partner: PartnerId) => boolean,
): Routes {
  const known = new Map<string, Route>()
  for (const app of revision.apps) {
    const contracts = revision.contracts.filter(
      (contract) => contract.apps.includes(app.id) && !stopped(contract.id) && abilitiesOf(contract.type) !== undefined,
    )
    for (const eventKey of new Set(contracts.flatMap(({ events }) => Object.keys(events)))) {
      if (isRelayKey(eventKey)) continue
      const naming = contracts.filter(({ events }) => Object.hasOwn(events, eventKey))
      const classes = new Set<FieldClass>(['property'])
      const properties = new Set<string>()
      for (const { type, share, events } of naming) {
        const abilities = abilitiesOf(type) ?? {}
        for (const name of Object.keys(share) as FieldClass[]) {
          if ((share[name] ?? 0) > 0 && (abilities[name] ?? 0) > 0) classes.add(name)
        }
        for (const path of Object.keys(events[eventKey]!.properties)) properties.add(path)
      }
      known.set(`${app.id}\0${eventKey}`, {
        partners: naming.map(({ id }) => id),
        classify: createClassifier({ classes, properties: [...properties] }),
      })
    }
  }
  return (app, eventKey) => known.get(`${app}\0${eventKey}`) ?? NOWHERE
}
