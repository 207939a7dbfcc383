/**
 * Simulates a request of a partner's own SDK, through the same functions that relay it, in a world of one revision. Nothing is
 * stored, recorded or sent.
 */

import { prepareRelay } from '../flow/relay-prepare.ts'
import { readRelay, relayedEvent } from '../flow/relay-read.ts'
import { reportSignals } from '../flow/signal-report.ts'
import type { EpochMs, JsonObject, PartnerId } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { factsOf } from '../model/values.ts'
import { matchRoute, parseContent, parseForm } from '../transform/relay/request.ts'
import { describePrepared, type Simulation, showRequest } from './stages.ts'
import { type SupposedState, supposedSignals, supposedStanding } from './state.ts'
import { listOf, NO_REF, type SupposeDeps } from './suppose.ts'
import type { World } from './world.ts'

/** As an SDK would send it to `/v1/relay/{partner}`. */
export interface RelayScenario {
  readonly app: string
  readonly partner: PartnerId
  readonly method: string
  /** Including the query: `/bid?slot=1`. */
  readonly path: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly clientIp: string | undefined
  readonly state: SupposedState
  readonly at: EpochMs
}

/** Throws the relay's own errors, and `ERR_SIMULATE_INVALID` for an unknown app. */
export function simulateRelayed(world: World, scenario: RelayScenario, deps: SupposeDeps): Simulation {
  const { plan } = world
  const { partner, state, at, headers } = scenario
  const found = plan.apps.find(({ id }) => id === scenario.app)
  if (found === undefined)
    throw new GatewayError('ERR_SIMULATE_INVALID', { problems: [{ path: 'app', problem: 'unknown' }] })
  const parts = state.stopped ? world.stoppedParts : world.parts
  const map = parts.relay(partner)
  if (map === undefined) throw new GatewayError('ERR_NOT_FOUND')
  const [path = '', query = ''] = scenario.path.split('?', 2)
  // A multipart form is simulated as a urlencoded one: both are read as the same fields.
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const match = matchRoute(map, scenario.method, path, isForm ? 'form' : 'json')
  if (match.kind !== 'route') throw new GatewayError(match.kind === 'method' ? 'ERR_METHOD' : 'ERR_NOT_FOUND')
  const { route } = match
  const { id, consentCategories: categories = {} } = found
  const app = factsOf(found)
  const rules = { policy: plan.policy, categories, decoders: deps.decoders, countryOf: deps.countryOf }
  const read = readRelay(
    route,
    { query: parseForm(query), headers: headers as JsonObject, content: parseContent(route.route.body, scenario.body) },
    {
      app,
      signals: { gpc: listOf(headers['sec-gpc']), dnt: listOf(headers.dnt) },
      ipPlace: deps.placeOf(scenario.clientIp),
      receivedAt: at,
    },
    rules,
  )
  const signals = supposedSignals(read.signals, state, deps.countryOf)
  const standing = supposedStanding(state)
  const event = relayedEvent({ ...read, signals }, NO_REF, [], { revision: plan.number, standing })
  const judged = world.preparer.judge(event, standing, parts.rules(event), at)
  const prepared = prepareRelay(
    world.preparer.decide,
    read,
    event,
    judged,
    parts.forPartner(partner, event),
    parts.app(event),
    at,
  )
  const fields = byClass(read.reading.slots, read.reading.texts)
  const described = describePrepared(world, fields, partner, prepared, () =>
    prepared.kind === 'item'
      ? { view: byClass(prepared.passed.slots, prepared.passed.texts), request: showRequest(prepared.request) }
      : {},
  )
  return {
    revision: plan.number,
    digest: plan.digest,
    at: new Date(at).toISOString(),
    app: id,
    event: event.eventKey,
    fields,
    decoded: reportSignals(signals, rules, deps.decoders, at).decoded,
    verdict: described.verdict,
    partners: [described],
  }
}

/** Values grouped by their kind. */
function byClass(slots: readonly string[], texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const values: Record<string, string[]> = {}
  for (let index = 0; index < texts.length; index++) {
    const slot = slots[index]!
    values[slot] = [...(values[slot] ?? []), texts[index]!]
  }
  return values
}
