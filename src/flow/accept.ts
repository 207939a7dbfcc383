/**
 * Checks and classifies one telemetry call: the input of choices and intake, and of the simulator. Pure. Reads signals
 * wherever they are, and keeps only what some live contract could receive.
 */
import { jurisdictionOf } from '../decide/regime.ts'
import { consentFindings } from '../decide/verdict.ts'
import { type ScreenedContext, screen, screenContext } from '../guard/index.ts'
import type { AppId, EpochMs, IdentityKey, Json, JsonObject, PartnerId, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { Policy } from '../model/contract.ts'
import type { RejectionCode } from '../model/errors.ts'
import type { AcceptedEvent, Identity, IdentityKind, RawSignals, Standing } from '../model/event.ts'
import type { SignalName } from '../model/signal.ts'
import { type AppFacts, EVENT_KINDS, type EventKind } from '../model/values.ts'
import type { CategoryMap } from '../signals/categories.ts'
import type { Decoders } from '../signals/decoders.ts'
import type { SignalFindings } from '../signals/findings.ts'
import { type CountryReader, readUsState } from '../signals/place.ts'
import { hasNoSignals, joinSignals, NO_REQUEST_SIGNALS, type RequestSignals, readSignals } from '../signals/read.ts'
import type { ContextFields } from '../transform/classify.ts'
import { type FoundIdentities, readIdentities } from '../transform/identities.ts'
import { messageIdOf } from '../transform/message-id.ts'
import { eventTime } from './event-time.ts'
import { findUnder } from './judge.ts'
import type { Routes } from './routes.ts'

/** The part of a request that all its events share. */
export interface RequestContext {
  readonly app: AppFacts & { readonly id: AppId }
  readonly signals: RequestSignals
  readonly clientIp: string | undefined
  readonly receivedAt: EpochMs
  /** The sender's clock when it sent, epoch milliseconds; corrects event times. */
  readonly sentAt: EpochMs | undefined
  /** The batch's own context, merged under each event's. */
  readonly shared: SharedContext | undefined
  /** Country and US state of the client's address: only for the jurisdiction, never for a field. */
  readonly ipPlace?: { readonly country: string; readonly region?: string } | undefined
  /** The signals of an event that has none of its own: see `prepareRequest`. */
  readonly unsaid?: () => Heard
}

/** Privacy signals, as received and as understood. */
interface Heard {
  readonly signals: RawSignals
  readonly found: SignalFindings
}

/** A batch's context: read and screened once, however many events share it. */
export interface SharedContext {
  readonly context: JsonObject
  readonly signals: RawSignals
  readonly screened: ScreenedContext
  /** The last result read from it, within one request. */
  readonly remembered: { readonly fields: ContextFields; named?: Named }
}
/** The identities of an event that has no device data of its own. */
interface Named {
  readonly userId: Json | undefined
  readonly anonymousId: Json | undefined
  readonly found: FoundIdentities
}

/**
 * @param integrations the batch's own, if any: it narrows each of its events
 * @param receivedAt arrival of the batch, epoch milliseconds
 */
export function shareContext(
  { context, integrations }: { readonly context: JsonObject; readonly integrations?: Json },
  receivedAt: EpochMs,
  countryOf: CountryReader,
): SharedContext {
  const own = integrations === undefined ? { context } : { context, integrations }
  return {
    context,
    signals: readSignals([own], NO_REQUEST_SIGNALS, receivedAt, countryOf),
    screened: screenContext(context),
    remembered: { fields: new Map() },
  }
}

/** The rules in force. */
export interface AcceptRules {
  readonly revision: Revision
  readonly policy: Policy
  readonly routes: Routes
  readonly countryOf: CountryReader
  /** What the app's consent categories cover. */
  readonly categories: CategoryMap
  readonly decoders: Decoders
}

/** A valid event, before its identities are replaced by keys. */
export interface Classified {
  readonly kind: 'classified'
  readonly messageId: string | undefined
  readonly identities: readonly Identity[]
  /** The identity of the device, as an index into `identities`. */
  readonly deviceIndex: number | undefined
  /** Kinds for which a placeholder was sent instead of an id. */
  readonly leftOut: readonly IdentityKind[]
  readonly partners: readonly PartnerId[]
  /** Those of them that are stopped: a stop at acceptance is final. */
  readonly stopped?: readonly PartnerId[]
  readonly found: SignalFindings
  readonly event: Omit<AcceptedEvent, 'eventRef' | 'identityKeys' | 'accepted'>
}
/** A refused event. Its privacy signals count all the same. */
export interface Refused {
  readonly kind: 'rejected'
  readonly code: RejectionCode
  /** Undefined if nothing in it restricts, or it has no identity. */
  readonly said: Said | undefined
}
export type Classification = Classified | Refused

/** An event's identities and its privacy signals. */
type Said = Pick<Classified, 'identities' | 'deviceIndex' | 'found'>

const MAX_ID = 512
const MAX_MESSAGE_ID = 100
const MAX_EVENT_NAME = 512

/** @param refusal why it is refused regardless of its content: only its signals are read */
export function classifyEvent(
  raw: unknown,
  request: RequestContext,
  rules: AcceptRules,
  refusal?: RejectionCode,
): Classification {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { kind: 'rejected', code: 'EVENT_NOT_OBJECT', said: undefined }
  const own = raw as JsonObject
  const { shared, receivedAt, app } = request
  const kind = EVENT_KINDS.find((name) => name === own.type)
  const hasContext = shared === undefined || hasMembers(own.context)
  const named = namedIn(own, kind, hasContext, request)
  const { identities, deviceIndex, leftOut } = named
  const { signals, found } =
    request.unsaid !== undefined && hasNoSignals(own) ? request.unsaid() : hear(own, request, rules)
  const fault = refusal ?? faultOf(own, kind, named)
  if (fault !== undefined || kind === undefined) {
    const restricts = identities.length > 0 && restrictingOf(found).length > 0
    const said = restricts ? { identities, deviceIndex, found } : undefined
    return { kind: 'rejected', code: fault ?? 'EVENT_TYPE_UNKNOWN', said }
  }
  const eventKey = eventKeyOf(kind, own)
  const merged =
    shared === undefined
      ? own
      : { ...own, context: hasContext ? { ...shared.context, ...objectOf(own.context) } : shared.context }
  const route = rules.routes(app.id, eventKey)
  const fields = route.classify(merged, {
    clientIp: request.clientIp,
    platform: app.platform,
    realIds: app.userIds?.real,
    time: eventTime(own, request),
    countryOf: rules.countryOf,
    remembered: hasContext ? undefined : shared?.remembered.fields,
  })
  return {
    kind: 'classified',
    messageId: messageIdOf(own.messageId),
    identities,
    deviceIndex,
    leftOut,
    partners: route.partners,
    stopped: route.stopped,
    found,
    event: {
      app: app.id,
      kind,
      eventKey: route.partners.length > 0 ? eventKey : '',
      receivedAt,
      fields,
      tainted: route.partners.length > 0 ? screen(own, fields, shared?.screened) : [],
      signals,
    },
  }
}

/** Consecutive events of one batch mostly have the same identities, which are then read once. */
function namedIn(
  own: JsonObject,
  kind: EventKind | undefined,
  hasContext: boolean,
  { shared, app }: RequestContext,
): FoundIdentities {
  if (shared === undefined) return readIdentities([own], kind, app.userIds)
  const read = (): FoundIdentities => readIdentities([own, { context: shared.context }], kind, app.userIds)
  if (hasContext || kind === 'alias') return read()
  const { remembered } = shared
  const { userId, anonymousId } = own
  const { named } = remembered
  if (named !== undefined && named.userId === userId && named.anonymousId === anonymousId) return named.found
  const found = read()
  remembered.named = { userId, anonymousId, found }
  return found
}

/** Computes once the signals of events that have none of their own: most share them, or have none. */
export function prepareRequest(request: RequestContext, rules: AcceptRules): RequestContext {
  let heard: Heard | undefined
  return {
    ...request,
    unsaid: () => {
      heard ??= hear(NOTHING, request, rules)
      return heard
    },
  }
}

const NOTHING: JsonObject = {}

function hear(own: JsonObject, { shared, signals, receivedAt, ipPlace }: RequestContext, rules: AcceptRules): Heard {
  const ownSignals = readSignals([own], signals, receivedAt, rules.countryOf)
  const all = withPlace(shared === undefined ? ownSignals : joinSignals(ownSignals, shared.signals), ipPlace)
  return { signals: all, found: findingsToKeep(all, rules, receivedAt) }
}

function faultOf(
  own: JsonObject,
  kind: EventKind | undefined,
  { identities, unreadable }: FoundIdentities,
): RejectionCode | undefined {
  if (kind === undefined) return 'EVENT_TYPE_UNKNOWN'
  if (unreadable) return 'EVENT_ID_UNREADABLE'
  if (!isId(own.userId) && !isId(own.anonymousId)) return 'EVENT_NO_ID'
  // Only placeholders: a choice of that user could not be found.
  if (identities.length === 0) return 'EVENT_NO_ID'
  if ((messageIdOf(own.messageId)?.length ?? 0) > MAX_MESSAGE_ID) return 'EVENT_MESSAGE_ID'
  const { event } = own
  const isNamed = typeof event === 'string' && event !== '' && event.length <= MAX_EVENT_NAME
  return kind === 'track' && !isNamed ? 'EVENT_NAME_MISSING' : undefined
}

/** Besides each signal's own findings, what a consent string denies if it counts: that is remembered too. */
export function findingsToKeep(
  signals: RawSignals,
  { policy, categories, decoders }: Pick<AcceptRules, 'policy' | 'categories' | 'decoders'>,
  at: EpochMs,
): SignalFindings {
  const found = findUnder(signals, { policy, categories }, { from: at, until: at }, decoders)
  const { european } = found.consent
  if (european === undefined) return found
  const jurisdiction = jurisdictionOf(policy, signals.country, signals.region, found.consent.gdpr)
  const refused = consentFindings(jurisdiction, found.consent)
  const lifting: SignalName[] =
    jurisdiction.countsEuropean && refused.length === 0 ? [...found.lifting, 'tcf'] : [...found.lifting]
  return { ...found, findings: [...found.findings, ...refused], lifting }
}

/** The address's country is an additional place: if it differs from the event's, both jurisdictions apply. */
export function withPlace(signals: RawSignals, place: RequestContext['ipPlace']): RawSignals {
  if (place === undefined) return signals
  const state = place.country === 'US' && place.region !== undefined ? readUsState(place.region) : undefined
  const add = (list: readonly string[] | undefined, text: string): readonly string[] =>
    list === undefined ? [text] : list.includes(text) ? list : [...list, text]
  const country = add(signals.country, place.country)
  return state === undefined ? { ...signals, country } : { ...signals, country, region: add(signals.region, state) }
}

/**
 * What an event asks the choices to remember: its links, its restricting signals, its lifted ones.
 * @param keys of its identities, in order, followed by their keys under earlier formulas
 */
export function observationOf({ found, deviceIndex, event }: Classified, keys: readonly IdentityKey[]): Observation {
  return observed(found, deviceIndex === undefined ? undefined : keys[deviceIndex], keys, event.receivedAt)
}

/**
 * What a refused event asks them to remember: it restricts, and lifts nothing. The signal is the user's and the mistake
 * the app's (an opt-out preference signal counts as received: Cal. Code Regs. tit. 11, § 7025).
 */
export function refusedObservationOf(
  { deviceIndex, found }: Said,
  keys: readonly IdentityKey[],
  at: EpochMs,
): Observation {
  const device = deviceIndex === undefined ? undefined : keys[deviceIndex]
  return observed({ ...found, lifting: [] }, device, keys, at)
}

/** The same for any other source of signals. */
export function observed(
  found: SignalFindings,
  device: IdentityKey | undefined,
  keys: readonly IdentityKey[],
  at: EpochMs,
): Observation {
  return {
    identities: keys,
    ...(device === undefined ? {} : { device }),
    restricting: restrictingOf(found),
    lifting: found.lifting,
    ...(found.covers === undefined ? {} : { covers: found.covers }),
    at,
  }
}

function restrictingOf({ findings }: SignalFindings): SignalFindings['findings'] {
  return findings.filter(
    ({ denies, deviceLimit, child, countryOnly, band }) =>
      denies !== 0 || deviceLimit || child || countryOnly || (band !== undefined && band !== 'adult'),
  )
}

/** The event as stored, with the state it was accepted under. */
export function acceptedEvent(
  { event, stopped = [] }: Pick<Classified, 'event' | 'stopped'>,
  eventRef: AcceptedEvent['eventRef'],
  identityKeys: readonly IdentityKey[],
  accepted: { readonly revision: Revision; readonly standing: Standing },
): AcceptedEvent {
  const state = stopped.length === 0 ? accepted : { ...accepted, stopped }
  return { ...event, eventRef, identityKeys, accepted: state }
}

/** The name of an event in contracts: its own for a track call, `@identify` and the like for the others. */
export function eventKeyOf(kind: EventKind, event: JsonObject): string {
  return kind === 'track' ? String(event.event) : `@${kind}`
}

function isId(value: unknown): boolean {
  return (
    (typeof value === 'string' && value.trim() !== '' && value.length <= MAX_ID) ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

function hasMembers(value: unknown): boolean {
  for (const _ in objectOf(value)) return true
  return false
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
