/** An event's way from its JSON to the bytes for a partner, as the gateway's main thread goes it: pure functions alone. */
import { createSecretKey, randomBytes } from 'node:crypto'
import {
  acceptedEvent,
  type Classified,
  classifyEvent,
  prepareRequest,
  type RequestContext,
  shareContext,
} from '../../src/flow/accept.ts'
import { createParts } from '../../src/flow/parts.ts'
import { createPreparer, type PreparedItem } from '../../src/flow/prepare.ts'
import { createRoutes } from '../../src/flow/routes.ts'
import { constantsOf, type ScanInput } from '../../src/guard/index.ts'
import type { EventRef, Json, JsonObject, PartnerId } from '../../src/model/brand.ts'
import type { ContractPlan, Levels } from '../../src/model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type Standing } from '../../src/model/event.ts'
import { FIELD_CLASSES, ipLevel, topOf } from '../../src/model/field-class.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { createCountryReader } from '../../src/signals/place.ts'
import { NO_REQUEST_SIGNALS } from '../../src/signals/read.ts'
import { APP, contract, revision } from '../../test/support/builders.ts'
import { BATCH_EVENTS, deviceOf, eventText, messageIdOf } from './event.ts'

export const NOW = Date.UTC(2026, 10, 24, 12)

const everything = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)])) as Levels
const properties = { revenue: 'value', currency: 'currency' }
/** What a measurement partner gets: items of some 400 bytes. */
const share: Levels = {
  message_id: topOf('message_id'),
  advertising_id: topOf('advertising_id'),
  ip: ipLevel(24, 48),
  place: topOf('place') - 1,
  os: topOf('os'),
}
export const MEASURED = contractOf('measured', share)
/** Gets everything, so that every class is kept with the event and most of it has to be withheld from the other. */
const GENEROUS = contractOf('generous', everything)
export const types = partnerTypes()

function contractOf(id: string, granted: Levels): ContractPlan {
  return contract({
    id: id as PartnerId,
    share: granted,
    events: { 'Order Completed': { as: 'purchase', properties } },
    whenRestricted: { send: 'limited', share: { message_id: topOf('message_id'), os: 1 } },
  })
}

/** Everything that is remembered is remembered by one story alone. */
export function createStory() {
  const plan = revision({ contracts: [MEASURED, GENEROUS] })
  const parts = createParts(
    { current: () => plan, at: () => plan, stopped: () => false },
    types,
    createSecretKey(randomBytes(32)),
  )
  const routes = createRoutes(
    plan,
    (type) => types.get(type)?.abilities,
    () => false,
  )
  const rules = {
    revision: plan.number,
    policy: plan.policy,
    routes,
    countryOf: createCountryReader(),
    categories: {},
    decoders: createDecoders(),
  }
  const request = {
    app: { id: APP, platform: 'android' } as const,
    signals: NO_REQUEST_SIGNALS,
    clientIp: undefined,
    receivedAt: NOW,
    sentAt: NOW,
    shared: undefined,
  }
  let serial = 0
  /** @param device of event number n; a new one each unless told otherwise */
  const rawEvents = (count: number, device: (serial: number) => number = (n) => n): JsonObject[] =>
    Array.from({ length: count }, () => {
      serial++
      const text = eventText(
        deviceOf(device(serial)),
        messageIdOf('0a1b2c3d', serial),
        new Date(NOW - serial).toISOString(),
      )
      return JSON.parse(text) as JsonObject
    })
  const classified = (raw: JsonObject, around: RequestContext = request): Classified => {
    const found = classifyEvent(raw, around, rules)
    if (found.kind === 'rejected') throw new Error(`the event was rejected: ${found.code}`)
    return found
  }
  /** Each classifies one event of a batch of one phone: the first of a batch pays for what all of them share, as in ingress. */
  const inBatches = (count: number): (() => Classified)[] => {
    let batch: { readonly userId: Json | undefined; around?: RequestContext } = { userId: undefined }
    return rawEvents(count, (n) => Math.floor(n / BATCH_EVENTS)).map(({ context, ...raw }) => {
      if (batch.userId !== raw.userId) batch = { userId: raw.userId }
      const own = batch
      const event = { ...raw, context: {} }
      return () => {
        // Sound: the benchmark's event has one.
        own.around ??= prepareRequest(
          { ...request, shared: shareContext({ context: context as JsonObject }, NOW, rules.countryOf) },
          rules,
        )
        return classified(event, own.around)
      }
    })
  }
  const events = (count: number, device?: (serial: number) => number): AcceptedEvent[] =>
    rawEvents(count, device).map((raw) =>
      acceptedEvent(classified(raw), 'f'.repeat(32) as EventRef, [], { revision: plan.number, standing: NO_STANDING }),
    )
  const preparer = createPreparer()
  const partsOf = (event: AcceptedEvent) => parts.forPartner(MEASURED.id, event)
  const prepare = (event: AcceptedEvent, standing: Standing) =>
    preparer.prepare(
      event,
      preparer.judge(event, standing, parts.rules(event), NOW),
      partsOf(event),
      parts.app(event),
      NOW,
    )
  const items = (made: readonly AcceptedEvent[]): PreparedItem[] =>
    made.map((event) => {
      const prepared = prepare(event, NO_STANDING)
      if (prepared.kind !== 'item') throw new Error(`the event was withheld: ${prepared.why}`)
      return prepared
    })

  /** What the scanner is given of an event for its first and for its second partner. */
  const scanInputs = (made: readonly AcceptedEvent[]): { readonly first: ScanInput; readonly second: ScanInput }[] =>
    items(made).map(({ view, bytes, encoder, decision }, index) => {
      const { event, kind, app } = view
      const empty = encoder.item({ event, kind, app }, decision.flags)
      if (empty.kind !== 'item') throw new Error('a webhook can say anything')
      // The raw fields are copied: the preparer's own scanner has seen the originals.
      const first = { raw: structuredClone(made[index]!.fields), view, bytes, constants: constantsOf(empty.bytes) }
      return { first, second: { ...first, view: structuredClone(view) } }
    })

  return { parts, partsOf, preparer, rawEvents, classified, inBatches, events, prepare, items, scanInputs }
}
