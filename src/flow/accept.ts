/**
 * One telemetry call, checked and classified: what ingress hands to choices and intake, and what the simulator starts
 * from. Pure. Reads signals wherever they are, keeps only what some live contract could receive.
 */
import { jurisdictionOf } from '../decide/regime.ts'
import { consentFindings } from '../decide/verdict.ts'
import { screen } from '../guard/index.ts'
import type { AppId, EpochMs, IdentityKey, JsonObject, PartnerId, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { Policy } from '../model/contract.ts'
import type { RejectionCode } from '../model/errors.ts'
import type { AcceptedEvent, Identity, RawSignals, Standing } from '../model/event.ts'
import type { SignalName } from '../model/signal.ts'
import { type AppFacts, EVENT_KINDS, type EventKind } from '../model/values.ts'
import type { CategoryMap } from '../signals/categories.ts'
import type { Decoders } from '../signals/decoders.ts'
import type { SignalFindings } from '../signals/findings.ts'
import { type CountryReader, readUsState } from '../signals/place.ts'
import { type RequestSignals, readSignals } from '../signals/read.ts'
import { readIdentities } from '../transform/identities.ts'
import { findUnder } from './judge.ts'
import type { Routes } from './routes.ts'

/** What came with the request and is the same for each of its events. */
export interface RequestContext {
  readonly app: AppFacts & { readonly id: AppId }
  readonly signals: RequestSignals
  readonly clientIp: string | undefined
  readonly receivedAt: EpochMs
  /** The sender's clock when it sent, epoch milliseconds; corrects event times. */
  readonly sentAt: EpochMs | undefined
  /** The batch's own context, merged under each event's. */
  readonly batchContext: JsonObject | undefined
  /** Country and US state of the client's address: for the law of the place only, never for a field. */
  readonly ipPlace?: { readonly country: string; readonly region?: string } | undefined
}

/** The rules of the moment. */
export interface AcceptRules {
  readonly revision: Revision
  readonly policy: Policy
  readonly routes: Routes
  readonly countryOf: CountryReader
  /** What the app's consent categories cover. */
  readonly categories: CategoryMap
  readonly decoders: Decoders
}

/** A good event, before its identities are replaced by keys. */
export interface Classified {
  readonly kind: 'classified'
  readonly messageId: string | undefined
  readonly identities: readonly Identity[]
  /** The identity that stands for the device, as an index into `identities`. */
  readonly deviceIndex: number | undefined
  readonly partners: readonly PartnerId[]
  readonly found: SignalFindings
  readonly event: Omit<AcceptedEvent, 'eventRef' | 'identityKeys' | 'accepted'>
}
export type Classification = Classified | { readonly kind: 'rejected'; readonly code: RejectionCode }

const MAX_ID = 512
const MAX_MESSAGE_ID = 100
const MAX_EVENT_NAME = 512

export function classifyEvent(raw: unknown, request: RequestContext, rules: AcceptRules): Classification {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return rejected('EVENT_NOT_OBJECT')
  const own = raw as JsonObject
  const kind = EVENT_KINDS.find((name) => name === own.type)
  if (kind === undefined) return rejected('EVENT_TYPE_UNKNOWN')
  if (!isId(own.userId) && !isId(own.anonymousId)) return rejected('EVENT_NO_ID')
  if (own.messageId !== undefined && !isMessageId(own.messageId)) return rejected('EVENT_MESSAGE_ID')
  if (kind === 'track' && (typeof own.event !== 'string' || own.event === '' || own.event.length > MAX_EVENT_NAME)) {
    return rejected('EVENT_NAME_MISSING')
  }
  const eventKey = eventKeyOf(kind, own)
  const { batchContext, receivedAt, app } = request
  const merged = batchContext === undefined ? own : { ...own, context: { ...batchContext, ...objectOf(own.context) } }
  const route = rules.routes(app.id, eventKey)
  const fields = route.classify(merged, {
    clientIp: request.clientIp,
    platform: app.platform,
    time: eventTime(own, request),
    countryOf: rules.countryOf,
  })
  const places = batchContext === undefined ? [own] : [own, { context: batchContext }]
  const signals = withPlace(readSignals(places, request.signals, receivedAt, rules.countryOf), request.ipPlace)
  const { identities, deviceIndex } = readIdentities(places, kind)
  return {
    kind: 'classified',
    messageId: own.messageId === undefined ? undefined : String(own.messageId),
    identities,
    deviceIndex,
    partners: route.partners,
    found: findToKeep(signals, rules, receivedAt),
    event: {
      app: app.id,
      kind,
      eventKey: route.partners.length > 0 ? eventKey : '',
      receivedAt,
      fields,
      tainted: route.partners.length > 0 ? screen(merged, fields) : [],
      signals,
    },
  }
}

/** Beside what each signal says, what a consent string refuses where it counts: that sticks as well. */
export function findToKeep(
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

/** The address's country is one more place: where it disagrees with the event, both laws apply. */
export function withPlace(signals: RawSignals, place: RequestContext['ipPlace']): RawSignals {
  if (place === undefined) return signals
  const state = place.country === 'US' && place.region !== undefined ? readUsState(place.region) : undefined
  const add = (list: readonly string[] | undefined, text: string): readonly string[] =>
    list === undefined ? [text] : list.includes(text) ? list : [...list, text]
  const country = add(signals.country, place.country)
  return state === undefined ? { ...signals, country } : { ...signals, country, region: add(signals.region, state) }
}

/** What an event asks the choices to remember: its links, its restricting signals, its lifted ones. */
export function observationOf({ found, deviceIndex, event }: Classified, keys: readonly IdentityKey[]): Observation {
  return observed(found, deviceIndex === undefined ? undefined : keys[deviceIndex], keys, event.receivedAt)
}

/** The same of anything that carries signals. */
export function observed(
  found: SignalFindings,
  device: IdentityKey | undefined,
  keys: readonly IdentityKey[],
  at: EpochMs,
): Observation {
  return {
    identities: keys,
    ...(device === undefined ? {} : { device }),
    restricting: found.findings.filter(
      ({ denies, deviceLimit, child, countryOnly, band }) =>
        denies !== 0 || deviceLimit || child || countryOnly || (band !== undefined && band !== 'adult'),
    ),
    lifting: found.lifting,
    at,
  }
}

/** The event as it is kept, with the state it was accepted under. */
export function acceptedEvent(
  { event }: Classified,
  eventRef: AcceptedEvent['eventRef'],
  identityKeys: readonly IdentityKey[],
  accepted: { readonly revision: Revision; readonly standing: Standing },
): AcceptedEvent {
  return { ...event, eventRef, identityKeys, accepted }
}

function rejected(code: RejectionCode): Classification {
  return { kind: 'rejected', code }
}

/** The name by which contracts know an event: its own for a track call, `@identify` and the like for the others. */
export function eventKeyOf(kind: EventKind, event: JsonObject): string {
  return kind === 'track' ? String(event.event) : `@${kind}`
}

/** `receivedAt - (sentAt - timestamp)`: the sender's clock may be wrong, its differences are not. */
function eventTime(event: JsonObject, { receivedAt, sentAt }: RequestContext): string {
  const stated = parseTime(event.originalTimestamp) ?? parseTime(event.timestamp)
  if (stated === undefined) return isoTime(receivedAt)
  const age = (sentAt ?? receivedAt) - stated
  return isoTime(age >= 0 ? receivedAt - age : receivedAt)
}

/** ISO 8601 text to epoch milliseconds; undefined for anything else. */
export function parseTime(value: unknown): EpochMs | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : time
}

function isoTime(time: EpochMs): string {
  return time >= 0 && time < 253_402_300_800_000 ? new Date(time).toISOString() : new Date(0).toISOString()
}

function isId(value: unknown): boolean {
  return (
    (typeof value === 'string' && value.trim() !== '' && value.length <= MAX_ID) ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

function isMessageId(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= MAX_MESSAGE_ID
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
