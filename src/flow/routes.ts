/**
 * Where an app's events go, compiled from one revision: for each event the live partners, and what any of them could
 * receive. What no live contract names is neither routed nor stored.
 */
import type { PartnerId } from '../model/brand.ts'
import type { Levels, RevisionPlan } from '../model/contract.ts'
import type { FieldClass } from '../model/field-class.ts'
import { isRelayKey } from '../model/relay-map.ts'
import { type Classifier, createClassifier } from '../transform/classify.ts'

export interface Route {
  /** Each makes a pair. Includes stopped partners, so that their pairs are counted; nothing is kept for them. */
  readonly partners: readonly PartnerId[]
  /** Those of them that an operator has stopped. */
  readonly stopped: readonly PartnerId[]
  readonly classify: Classifier
}

/** The route of an event; events that no contract names share one without partners. */
export type Routes = (app: string, eventKey: string) => Route

const NO_PARTNERS: Route = {
  partners: [],
  stopped: [],
  classify: createClassifier({ classes: new Set(), properties: [] }),
}

/** @param abilitiesOf what a partner type's interface can carry; undefined for a type that no longer exists */
export function createRoutes(
  revision: RevisionPlan,
  abilitiesOf: (type: string) => Levels | undefined,
  stopped: (partner: PartnerId) => boolean,
): Routes {
  const byApp = new Map<string, Map<string, Route>>()
  for (const app of revision.apps) {
    const contracts = revision.contracts.filter(
      (contract) => contract.apps.includes(app.id) && abilitiesOf(contract.type) !== undefined,
    )
    const known = new Map<string, Route>()
    byApp.set(app.id, known)
    for (const eventKey of new Set(contracts.flatMap(({ events }) => Object.keys(events)))) {
      if (isRelayKey(eventKey)) continue
      const naming = contracts.filter(({ events }) => Object.hasOwn(events, eventKey))
      const classes = new Set<FieldClass>(['property'])
      const properties = new Set<string>()
      for (const { id, type, share, events } of naming) {
        if (stopped(id)) continue
        const abilities = abilitiesOf(type) ?? {}
        for (const name of Object.keys(share) as FieldClass[]) {
          if ((share[name] ?? 0) > 0 && (abilities[name] ?? 0) > 0) classes.add(name)
        }
        for (const path of Object.keys(events[eventKey]!.properties)) properties.add(path)
      }
      known.set(eventKey, {
        partners: naming.map(({ id }) => id),
        stopped: naming.flatMap(({ id }) => (stopped(id) ? [id] : [])),
        classify: createClassifier({ classes, properties: [...properties] }),
      })
    }
  }
  return (app, eventKey) => byApp.get(app)?.get(eventKey) ?? NO_PARTNERS
}
