/**
 * Reads a request of a partner's own SDK for choices and the verdict: its identities and its signals, found through the
 * type's field map and wherever events carry privacy signals. Pure.
 */
import type { AppId, EventRef, IdentityKey, Json, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import { GatewayError } from '../model/errors.ts'
import type { AcceptedEvent, Identity, RawSignals, Standing } from '../model/event.ts'
import { isObject } from '../model/json-object.ts'
import { FORGET_EVENT, RELAY_EVENT, type SignalTextName } from '../model/relay-map.ts'
import { ADVERTISING_DIMENSIONS, type Finding } from '../model/signal.ts'
import type { AppFacts } from '../model/values.ts'
import type { SignalFindings } from '../signals/findings.ts'
import { type CountryReader, readUsState } from '../signals/place.ts'
import { advertisingIdState, type RequestSignals, readSignals, signalText } from '../signals/read.ts'
import type { Reading } from '../transform/relay/reading.ts'
import type { CompiledRoute, RelayRequest } from '../transform/relay/request.ts'
import { type AcceptRules, findingsToKeep, observed, type RequestContext, withPlace } from './accept.ts'

export interface RelayContext extends Pick<RequestContext, 'ipPlace' | 'receivedAt'> {
  readonly app: AppFacts & { readonly id: AppId }
  /** Every `Sec-GPC` and `DNT` header. */
  readonly signals: Omit<RequestSignals, 'query'>
}
export interface RelayRules extends Pick<AcceptRules, 'policy' | 'categories' | 'decoders'> {
  readonly countryOf: CountryReader
}

/** A parsed request. */
export interface ReadRequest {
  readonly route: CompiledRoute
  /** How contracts name it. */
  readonly eventKey: string
  readonly request: RelayRequest
  readonly reading: Reading
  readonly identities: readonly Identity[]
  /** The identity of the device, as an index into `identities`. */
  readonly deviceIndex: number | undefined
  readonly signals: RawSignals
  readonly found: SignalFindings
  readonly context: RelayContext
}
/** The same for a refused request. */
export interface HeardRequest extends ReadRequest {
  readonly refusal: 'ERR_RELAY_PEOPLE' | 'ERR_RELAY_SIZE' | undefined
}

/** The result of `hearRelay`. Throws the code for which it is refused. */
export function readRelay(...given: Parameters<typeof hearRelay>): ReadRequest {
  const heard = hearRelay(...given)
  if (heard.refusal !== undefined) throw new GatewayError(heard.refusal)
  return heard
}

/**
 * `refusal`: `ERR_RELAY_PEOPLE` for events of several users, `ERR_RELAY_SIZE` for more than the guard searches. The
 * privacy signals of a refused request count all the same: see `relayObservations`.
 */
export function hearRelay(
  route: CompiledRoute,
  request: RelayRequest,
  context: RelayContext,
  rules: RelayRules,
): HeardRequest {
  const reading = route.read(request, context.app.userIds?.real)
  const refusal = reading.mixed ? 'ERR_RELAY_PEOPLE' : reading.overflows ? 'ERR_RELAY_SIZE' : undefined
  const eventKey = route.route.forgets === true ? FORGET_EVENT : RELAY_EVENT
  if (eventKey === FORGET_EVENT) reading.signals.push(FORGOTTEN)
  const signals = signalsOf(reading, request, context, rules.countryOf)
  const identities = identitiesOf(reading.identities, context)
  const deviceIndex = DEVICE_KINDS.map((wanted) => identities.findIndex(({ kind }) => kind === wanted)).find(
    (index) => index >= 0,
  )
  const found = findingsToKeep(signals, rules, context.receivedAt)
  return { route, eventKey, request, reading, identities, deviceIndex, signals, found, context, refusal }
}

/** The subject of a record about the request; undefined without an identity. */
export function firstOf(route: CompiledRoute, request: RelayRequest, context: RelayContext): Identity | undefined {
  return identitiesOf(route.read(request, context.app.userIds?.real).identities.slice(0, 1), context)[0]
}

function identitiesOf(identities: readonly Identity[], { app: { userIds } }: RelayContext): readonly Identity[] {
  return userIds === undefined
    ? identities
    : identities.map((one) => (one.kind === 'user' ? { ...one, of: userIds } : one))
}

/** A deletion request to one partner also stops sharing with all others: it is remembered like an opt-out of sale. */
const FORGOTTEN = ['us_privacy', '1YYN'] as const
const DEVICE_KINDS = ['vendor_id', 'advertising_id', 'anonymous'] as const

/**
 * What the choices are asked to remember of it: its links, and signals that stick. A refused request lifts nothing, and
 * one about several users links none of them.
 */
export function relayObservations(
  { found, deviceIndex, context, refusal }: HeardRequest,
  keys: readonly IdentityKey[],
): readonly Observation[] {
  const { receivedAt } = context
  const kept = refusal === undefined ? found : { ...found, lifting: [] }
  if (refusal === 'ERR_RELAY_PEOPLE') return keys.map((key) => observed(kept, undefined, [key], receivedAt))
  return [observed(kept, deviceIndex === undefined ? undefined : keys[deviceIndex], keys, receivedAt)]
}

/**
 * As the verdict and the ledger see it. A request without an identity that a stored choice could match counts as
 * restricted, and so does one with an unreadable identity: there may be a choice that cannot be found.
 */
export function relayedEvent(
  {
    eventKey,
    context,
    signals,
    identities,
    reading,
  }: Pick<ReadRequest, 'eventKey' | 'context' | 'signals' | 'identities'> & {
    readonly reading?: Pick<Reading, 'unreadable'>
  },
  eventRef: EventRef,
  identityKeys: readonly IdentityKey[],
  accepted: { readonly revision: Revision; readonly standing: Standing },
): AcceptedEvent {
  const standing =
    identities.length > 0 && reading?.unreadable !== true
      ? accepted.standing
      : { findings: [...accepted.standing.findings, NO_IDENTITY] }
  return {
    app: context.app.id,
    eventRef,
    kind: 'track',
    eventKey,
    receivedAt: context.receivedAt,
    identityKeys,
    fields: {},
    tainted: [],
    signals,
    accepted: { revision: accepted.revision, standing },
  }
}
const NO_IDENTITY: Finding = {
  signal: 'choice',
  denies: ADVERTISING_DIMENSIONS,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: false,
  why: 'no_identity',
}

function signalsOf(
  { signals: mapped, advertisingIds }: Reading,
  { query, content }: RelayRequest,
  { signals, receivedAt, ipPlace, app }: RelayContext,
  countryOf: CountryReader,
): RawSignals {
  const places = isObject(content) ? [{ context: content }] : []
  // A member `integrations` in a partner's own format is the partner's.
  const { integrations: _, ...read } = readSignals(places, { ...signals, query }, receivedAt, countryOf)
  const texts: { -readonly [Name in SignalTextName]?: readonly string[] } = {}
  const add = (name: SignalTextName, text: string): void => {
    const known = texts[name] ?? read[name] ?? []
    texts[name] = known.includes(text) ? known : [...known, text]
  }
  for (const [name, value] of mapped) add(name, asSignal(name, value, countryOf))
  // If the request does not name the platform, the app's own decides what a missing ATT status means.
  if (texts.os === undefined && read.os === undefined && app.platform !== undefined) add('os', app.platform)
  const states = new Set([...(read.advertising_id ?? []), ...advertisingIds.map(advertisingIdState)])
  const all: RawSignals = { ...read, ...texts, ...(states.size === 0 ? {} : { advertising_id: [...states] }) }
  return withPlace(all, ipPlace)
}

function asSignal(name: SignalTextName, value: Json, countryOf: CountryReader): string {
  const text = signalText(value)
  if (name === 'country') return countryOf(text) ?? 'ZZ'
  return name === 'region' ? (readUsState(text) ?? text) : text
}
