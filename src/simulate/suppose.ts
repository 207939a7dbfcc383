/** Turns a pasted event and an assumed state into what the intake would hold. */

import { acceptedEvent, classifyEvent, eventKeyOf, type RequestContext } from '../flow/accept.ts'
import type { Prepared } from '../flow/prepare.ts'
import type { EpochMs, EventRef, IdentityKey, JsonObject, PartnerId } from '../model/brand.ts'
import type { RejectionCode } from '../model/errors.ts'
import type { AcceptedEvent, Identity, Standing } from '../model/event.ts'
import { factsOf } from '../model/values.ts'
import { createDecoders, type Decoders } from '../signals/decoders.ts'
import { type CountryReader, createCountryReader } from '../signals/place.ts'
import { type SupposedState, supposedSignals, supposedStanding } from './state.ts'
import { partnersFor, type World } from './world.ts'

export interface Scenario {
  readonly app: string
  /** A telemetry event as sent by an SDK. */
  readonly event: JsonObject
  /** Request headers that are privacy signals. */
  readonly headers: { readonly 'sec-gpc'?: string | undefined; readonly dnt?: string | undefined }
  readonly clientIp: string | undefined
  readonly state: SupposedState
  /** Time of receipt and decision. */
  readonly at: EpochMs
}

/** An accepted event and its subject's standing: the input of the stages. */
export interface Supposed {
  readonly kind: 'supposed'
  readonly event: AcceptedEvent
  readonly standing: Standing
  readonly stopped: boolean
  readonly at: EpochMs
  readonly partners: readonly PartnerId[]
}
export type Supposition = Supposed | { readonly kind: 'refused'; readonly code: RejectionCode | 'UNKNOWN_APP' }

/** Simulated events are never recorded. */
export const NO_REF = '0'.repeat(32) as EventRef

export interface SupposeDeps {
  readonly decoders: Decoders
  readonly countryOf: CountryReader
  /** Country and US state of an address; undefined if unknown. */
  readonly placeOf: (ip: string | undefined) => RequestContext['ipPlace']
  /** The keyed pseudonym of an identity, which decides membership in a staged rollout. Undefined without a key. */
  readonly keyOf: (identity: Identity) => IdentityKey | undefined
}

/** Without a gateway: no IP database and no keys, so that every subject is outside staged rollouts. */
export function offlineDeps(): SupposeDeps {
  return {
    decoders: createDecoders(),
    countryOf: createCountryReader(),
    placeOf: () => undefined,
    keyOf: () => undefined,
  }
}

/** The steps of ingress: classify under the world's routes and policy, then apply the assumed state. */
export function suppose(world: World, scenario: Scenario, deps: SupposeDeps): Supposition {
  const { plan } = world
  const app = plan.apps.find(({ id }) => id === scenario.app)
  if (app === undefined) return { kind: 'refused', code: 'UNKNOWN_APP' }
  const { id, consentCategories = {} } = app
  const classified = classifyEvent(
    scenario.event,
    {
      app: factsOf(app),
      signals: { gpc: listOf(scenario.headers['sec-gpc']), dnt: listOf(scenario.headers.dnt) },
      clientIp: scenario.clientIp,
      ipPlace: deps.placeOf(scenario.clientIp),
      receivedAt: scenario.at,
      sentAt: undefined,
      shared: undefined,
    },
    {
      revision: plan.number,
      policy: plan.policy,
      routes: world.routes,
      countryOf: deps.countryOf,
      categories: consentCategories,
      decoders: deps.decoders,
    },
  )
  if (classified.kind === 'rejected') return { kind: 'refused', code: classified.code }
  const standing = supposedStanding(scenario.state)
  const signals = supposedSignals(classified.event.signals, scenario.state, deps.countryOf)
  const keys = classified.identities.flatMap((identity) => deps.keyOf(identity) ?? [])
  const event = acceptedEvent({ ...classified, event: { ...classified.event, signals } }, NO_REF, keys, {
    revision: plan.number,
    standing,
  })
  return {
    kind: 'supposed',
    event,
    standing,
    stopped: scenario.state.stopped,
    at: scenario.at,
    partners: partnersFor(world, id, eventKeyOf(classified.event.kind, scenario.event)),
  }
}

/**
 * An accepted event, decided as if this revision had been in force at acceptance and still were. The choices at acceptance apply
 * beside the current ones.
 */
export function supposeAccepted(
  world: World,
  event: AcceptedEvent,
  standing: Standing,
  state: SupposedState,
  { countryOf }: Pick<SupposeDeps, 'countryOf'>,
  at: EpochMs,
): Supposed {
  const more = supposedStanding(state).findings
  return {
    kind: 'supposed',
    event: { ...event, signals: supposedSignals(event.signals, state, countryOf) },
    standing: more.length === 0 ? standing : { findings: [...standing.findings, ...more] },
    stopped: state.stopped,
    at,
    partners: partnersFor(world, event.app, event.eventKey),
  }
}

/** Prepares it for one partner with the function that delivery uses. */
export function prepareFor(world: World, { event, standing, stopped, at }: Supposed, partner: PartnerId): Prepared {
  const parts = stopped ? world.stoppedParts : world.parts
  const judged = world.preparer.judge(event, standing, parts.rules(event), at)
  return world.preparer.prepare(event, judged, parts.forPartner(partner, event), parts.app(event), at)
}

export function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}
