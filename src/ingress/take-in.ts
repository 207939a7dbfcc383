/**
 * Reads and classifies a request's events one by one: those to keep, those refused with reasons, and the privacy
 * observations of all.
 */
import type { IncomingMessage } from 'node:http'
import {
  type Classified,
  classifyEvent,
  observationOf,
  prepareRequest,
  type Refused,
  type RequestContext,
  refusedObservationOf,
  type SharedContext,
  shareContext,
} from '../flow/accept.ts'
import { parseTime } from '../flow/event-time.ts'
import { type Steps, unitsOf } from '../flow/work.ts'
import type { IdentityKey, Json, JsonObject, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import { clientAddress, type Trust } from '../model/client-address.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError, type RejectionCode } from '../model/errors.ts'
import { factsOf } from '../model/values.ts'
import { createDecoders } from '../signals/decoders.ts'
import { parseText, textOf } from './body.ts'
import { type BodyParts, MAX_DEPTH, outlineOf, splitBatch, splitEvent } from './body-parts.ts'
import type { HotDeps, IngressLimits } from './deps.ts'
import { headerValues } from './header-values.ts'
import type { Span } from './json-scan.ts'
import type { Taken } from './routes.ts'
import { createSameContexts } from './same-context.ts'
import { createAppReader } from './write-key.ts'

/** One refused event of a request. */
export interface Rejected {
  readonly index: number
  readonly code: RejectionCode
}
/** Kinds of identity for which a placeholder was sent; it was ignored. */
interface LeftOut {
  readonly index: number
  readonly kinds: readonly string[]
}
/** One event of a request that may be kept. */
export interface Good {
  readonly classified: Classified
  readonly keys: readonly IdentityKey[]
  /** As received, with its batch's context. Present only while a live view is open. */
  readonly watched?: JsonObject
}
export interface TakenIn {
  readonly app: AppPlan
  readonly revision: Revision
  readonly good: readonly Good[]
  readonly rejected: readonly Rejected[]
  readonly leftOut: readonly LeftOut[]
  /** What the events say of their users' privacy, including refused events. It is kept even if the events are not. */
  readonly said: readonly Observation[]
  /** Why no event is accepted. */
  readonly refusal: GatewayError | undefined
}

/** A batch's context counts for each of its events: all together may exceed a body this many times. */
const MAX_EXPANSION = 8
/** An event's fixed cost. */
export const EVENT_UNITS = 20

/** Limits on a request besides its body. */
type Head = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'socket'>

/** The body is one text, of which one event is parsed at a time. */
export function createTakeIn(
  deps: HotDeps,
  trust: Trust,
): (request: Head, path: Taken, body: Buffer, query: JsonObject) => Steps<TakenIn> {
  const { choices, ledger, revisions, limits } = deps
  const decoders = createDecoders()
  const requireApp = createAppReader(revisions, limits.unknownKeyGraceMs, deps.now)

  return function* takeIn(request, path, body, query) {
    const text = textOf(body, request.headers)
    const parts = yield* path === 'batch' ? splitBatch(text) : splitEvent(text)
    const app = requireApp(request.headers, parts, query.writeKey)
    if (parts.events.length === 0) throw new GatewayError('ERR_BATCH_EMPTY')
    const refusal = tooMuch(parts, limits)
    if (!ledger.health().writable) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
    const revision = revisions.current()
    const context = contextOf(request, query, app, parts, sharedOf(text, parts, deps))
    const rules = {
      revision: revision.number,
      policy: revision.policy,
      routes: deps.routes(),
      countryOf: deps.countryOf,
      categories: app.consentCategories ?? {},
      decoders,
    }
    yield costOf(parts.context) + costOf(parts.integrations)
    const good: Good[] = []
    const rejected: Rejected[] = []
    const leftOut: LeftOut[] = []
    const collector = createCollector(choices)
    // Shared observations apply to this many events; beyond them, in a refused request, each event counts alone.
    const sharedBytes = bytesShared(parts)
    const sharing = sharedBytes === 0 ? 0 : (limits.batchBytes * MAX_EXPANSION) / sharedBytes
    const together = prepareRequest(context, rules)
    const alone = prepareRequest({ ...context, shared: undefined }, rules)
    const same = createSameContexts(text, parts.events, alone, rules)
    for (const [index, span] of parts.events.entries()) {
      const code = refusal === undefined ? faultOf(span, parts.context, limits) : 'EVENT_TOO_LARGE'
      const divided = code === undefined && sharedBytes === 0 ? same.divide(index) : undefined
      const raw =
        divided?.raw ??
        (code === undefined ? parseText(text.slice(span.start, span.end)) : outlineAt(text, span, limits.eventBytes))
      const event = path === 'batch' ? raw : { ...(raw as JsonObject), type: path }
      const around = divided?.around ?? (index < sharing ? together : alone)
      const classified = classifyEvent(event, around, rules, code)
      if (classified.kind === 'rejected') {
        rejected.push({ index, code: classified.code })
        collector.addRefused(classified, context.receivedAt)
      } else {
        const keys = collector.add(classified)
        // Sound: a valid event is an object and has an identity.
        const own = event as JsonObject
        const isWatched = deps.tail.isOn && deps.tail.takes()
        good.push(isWatched ? { classified, keys, watched: withContext(own, around) } : { classified, keys })
        deps.names.look(app.id, own, keys[0]!)
        if (good.length === 1) deps.heard.sent(app.id, own, around.shared?.context)
        if (classified.leftOut.length > 0) leftOut.push({ index, kinds: classified.leftOut })
      }
      yield EVENT_UNITS + costOf(span) + (index < sharing ? costOf(parts.context) : 0)
    }
    return { app, revision: revision.number, good, rejected, leftOut, said: collector.said, refusal }
  }

  function contextOf(
    request: Head,
    query: JsonObject,
    app: AppPlan,
    { sentAt }: BodyParts,
    shared: SharedContext | undefined,
  ): RequestContext {
    const clientIp = clientAddress(request, trust)
    return {
      app: factsOf(app),
      signals: {
        gpc: headerValues(request, 'sec-gpc'),
        dnt: headerValues(request, 'dnt'),
        query,
      },
      clientIp,
      ipPlace: deps.placeOf(clientIp),
      receivedAt: deps.now(),
      sentAt: parseTime(sentAt),
      shared,
    }
  }
}

/** Collects what events say of their users, including refused events. */
function createCollector(choices: Pick<HotDeps['choices'], 'keyOf' | 'formerKeysOf'>) {
  const said: Observation[] = []
  let last: { readonly classified: Classified; readonly keys: readonly IdentityKey[] } | undefined
  const keysOf = ({ identities }: Pick<Classified, 'identities'>): readonly IdentityKey[] =>
    identities.map((identity) => choices.keyOf(identity))
  /** Includes the keys of earlier formulas: statements stored under those still restrict. */
  const withFormer = (
    { identities }: Pick<Classified, 'identities'>,
    keys: readonly IdentityKey[],
  ): readonly IdentityKey[] => {
    const former = identities.flatMap((identity) => choices.formerKeysOf(identity))
    return former.length === 0 ? keys : [...keys, ...former]
  }
  return {
    said,
    /**
     * The keys of an event's identities. Consecutive events with equal ones and equal observations are stored together.
     */
    add: (classified: Classified): readonly IdentityKey[] => {
      if (last !== undefined && isSameObservation(last.classified, classified)) return last.keys
      const keys = keysOf(classified)
      last = { classified, keys }
      said.push(observationOf(classified, withFormer(classified, keys)))
      return keys
    },
    addRefused: ({ said: spoken }: Refused, at: number): void => {
      if (spoken !== undefined) said.push(refusedObservationOf(spoken, withFormer(spoken, keysOf(spoken)), at))
    },
  }
}

/** True only if both lead to the same observation; shared findings are one object. */
function isSameObservation(one: Classified, other: Classified): boolean {
  if (one.found !== other.found || one.deviceIndex !== other.deviceIndex) return false
  if (one.event.receivedAt !== other.event.receivedAt || one.identities.length !== other.identities.length) return false
  return one.identities.every(({ kind, value, of }, index) => {
    const identity = other.identities[index]!
    return kind === identity.kind && value === identity.value && of === identity.of
  })
}

/** Why the whole request is refused: too many events, or too much shared data. Observations are still kept. */
function tooMuch(parts: BodyParts, { batchEvents, batchBytes }: IngressLimits): GatewayError | undefined {
  const { events } = parts
  if (events.length > batchEvents) return new GatewayError('ERR_BATCH_TOO_MANY', { max: batchEvents })
  const most = batchBytes * MAX_EXPANSION
  return bytesShared(parts) * events.length > most
    ? new GatewayError('ERR_BODY_TOO_LARGE', { maxBytes: most, counted: 'context once for each event' })
    : undefined
}

/** Members that a batch shares among all its events. */
function bytesShared({ context, integrations }: Pick<BodyParts, 'context' | 'integrations'>): number {
  return (context?.bytes ?? 0) + (integrations?.bytes ?? 0)
}

function faultOf(span: Span, shared: Span | undefined, { eventBytes }: IngressLimits): RejectionCode | undefined {
  if (span.bytes + (shared?.bytes ?? 0) > eventBytes) return 'EVENT_TOO_LARGE'
  return Math.max(span.depth, (shared?.depth ?? 0) + 1) > MAX_DEPTH ? 'EVENT_TOO_DEEP' : undefined
}

function withContext(event: JsonObject, { shared }: RequestContext): JsonObject {
  return shared === undefined ? event : { ...event, context: { ...shared.context, ...(event.context as JsonObject) } }
}

/** The part that fits an event; if that is not all, no event is accepted. */
function sharedOf(
  text: string,
  { context, integrations }: BodyParts,
  { limits, now, countryOf }: Pick<HotDeps, 'limits' | 'now' | 'countryOf'>,
): SharedContext | undefined {
  if (context === undefined && integrations === undefined) return undefined
  const fits = ({ bytes, depth }: Span): boolean => bytes <= limits.eventBytes && depth < MAX_DEPTH
  const parsed = ({ start, end }: Span): Json => parseText(text.slice(start, end))
  // Sound: it begins like an object, and was scanned.
  const shared =
    context && ((fits(context) ? parsed(context) : outlineAt(text, context, limits.eventBytes)) as JsonObject)
  const own = { context: shared ?? {} }
  if (integrations === undefined) return shareContext(own, now(), countryOf)
  // If it is too large to read, every partner is disabled.
  const switched = fits(integrations) ? parsed(integrations) : false
  return shareContext({ ...own, integrations: switched }, now(), countryOf)
}

/** The part of a refused event that identifies its user and states their choices. */
function outlineAt(text: string, { start, end }: Span, maxBytes: number): JsonObject | undefined {
  return text.startsWith('{', start) ? outlineOf(text.slice(start, end), maxBytes, parseText) : undefined
}

function costOf(span: Span | undefined): number {
  return span === undefined ? 0 : unitsOf(span.end - span.start, span.values)
}
