/** `POST /v1/{track,identify,page,screen,group,alias,batch,b,import}`: on disk before the 200. */
import type { Request, RequestHandler } from 'express'
import {
  acceptedEvent,
  type Classified,
  classifyEvent,
  observationOf,
  parseTime,
  type RequestContext,
} from '../flow/accept.ts'
import type { AppendItem } from '../intake/ports.ts'
import type { IdentityKey, JsonObject, Revision } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError, type RejectionCode } from '../model/errors.ts'
import type { Standing } from '../model/event.ts'
import { createDecoders } from '../signals/decoders.ts'
import { answer } from './answers.ts'
import { parseBody } from './body.ts'
import { headerValues } from './client-address.ts'
import type { IngressDeps } from './deps.ts'
import { createAppReader } from './write-key.ts'

/** One refused event of a request. */
interface Rejected {
  readonly index: number
  readonly code: RejectionCode
}

/** One event of a request that may be kept. */
interface Good {
  readonly classified: Classified
  readonly keys: readonly IdentityKey[]
}
interface TakenIn {
  readonly app: AppPlan
  readonly revision: Revision
  readonly good: readonly Good[]
  readonly rejected: readonly Rejected[]
}

export function createEventsHandler(deps: IngressDeps): RequestHandler {
  const { intake, choices, ledger, revisions, limits, observe, now } = deps
  const decoders = createDecoders()
  const requireApp = createAppReader(revisions, limits.unknownKeyGraceMs, now)

  return async (request, response) => {
    if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
    const { app, rejected, kept } = await keep(takeIn(request))
    const duplicates = kept.filter((result) => result === 'duplicate').length
    observe.accepted(app.id, kept.length - duplicates)
    observe.duplicate(app.id, duplicates)
    for (const { code } of rejected) observe.rejected(app.id, code, 1)
    if (kept.length === 0) throw new GatewayError('ERR_EVENTS_ALL_BAD', { rejected })
    answer(response, 200, rejected.length === 0 ? { success: true } : { success: true, rejected })
  }

  /** Reads and classifies it all in one turn, so that the body is not held while anything is waited for. */
  function takeIn(request: Request): TakenIn {
    const { body, bytes } = parseBody(request)
    request.body = undefined
    const app = requireApp(request.headers, body)
    const events = eventsOf(request, body, limits.batchEvents)
    if (!ledger.health().writable) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
    const context = contextOf(request, app, body)
    const revision = revisions.current()
    const rules = {
      revision: revision.number,
      policy: revision.policy,
      routes: deps.routes(),
      countryOf: deps.countryOf,
      categories: app.consentCategories ?? {},
      decoders,
    }
    const rejected: Rejected[] = []
    const good: Good[] = []
    events.forEach((raw, index) => {
      if (bytes > limits.eventBytes && sizeOf(raw) > limits.eventBytes) {
        rejected.push({ index, code: 'EVENT_TOO_LARGE' })
        return
      }
      const classified = classifyEvent(raw, context, rules)
      if (classified.kind === 'rejected') rejected.push({ index, code: classified.code })
      else good.push({ classified, keys: classified.identities.map((identity) => choices.keyOf(identity)) })
    })
    return { app, revision: revision.number, good, rejected }
  }

  async function keep({ app, revision, good, rejected }: TakenIn) {
    await choices.observe(good.map(({ classified, keys }) => observationOf(classified, keys)))
    const kept = await intake.append({
      app: app.id,
      items: itemsOf(app, revision, good),
      rejected: countByCode(rejected),
    })
    return { app, rejected, kept }
  }

  /** In one turn, so that one look answers for all events of a device. */
  function itemsOf(app: AppPlan, revision: Revision, good: readonly Good[]): AppendItem[] {
    const standings = new Map<string, Standing>()
    const standingOf = (keys: readonly IdentityKey[]): Standing => {
      const together = keys.join()
      const standing = standings.get(together) ?? choices.lookup(keys).standing
      standings.set(together, standing)
      return standing
    }
    return good.map(({ classified, keys }) => {
      const eventRef = deps.eventRefOf(app.id, classified.messageId ?? deps.newMessageId())
      return {
        event: acceptedEvent(classified, eventRef, keys, { revision, standing: standingOf(keys) }),
        partners: classified.partners,
        ...(classified.messageId === undefined ? {} : { dedupeKey: eventRef }),
      }
    })
  }

  function contextOf(request: Request, app: AppPlan, body: JsonObject): RequestContext {
    const isBatch = Array.isArray(body.batch)
    const { id, bundle, platform } = app
    return {
      app: { id, ...(bundle === undefined ? {} : { bundle }), ...(platform === undefined ? {} : { platform }) },
      signals: {
        gpc: headerValues(request, 'sec-gpc'),
        dnt: headerValues(request, 'dnt'),
        query: request.query as JsonObject,
      },
      clientIp: request.ip,
      ipPlace: deps.placeOf(request.ip),
      receivedAt: now(),
      sentAt: parseTime(body.sentAt),
      batchContext: isBatch && isObject(body.context) ? body.context : undefined,
    }
  }
}

/** The events of a request: a batch's, or the body itself with the type its path gives it. */
function eventsOf(request: Request, body: JsonObject, max: number): readonly unknown[] {
  const kind = request.path.slice(request.path.lastIndexOf('/') + 1)
  if (!['batch', 'b', 'import'].includes(kind)) return [{ ...body, type: kind }]
  const { batch } = body
  if (!Array.isArray(batch) || batch.length === 0) throw new GatewayError('ERR_BATCH_EMPTY')
  if (batch.length > max) throw new GatewayError('ERR_BATCH_TOO_MANY', { max })
  return batch
}

function countByCode(rejected: readonly Rejected[]): Partial<Record<RejectionCode, number>> {
  const counts: Partial<Record<RejectionCode, number>> = {}
  for (const { code } of rejected) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

function sizeOf(raw: unknown): number {
  return Buffer.byteLength(JSON.stringify(raw) ?? '')
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
