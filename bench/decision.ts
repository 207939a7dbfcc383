/** What deciding about one event for one partner costs, step by step, as delivery does it: nothing but pure functions. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { createDecisionCache } from '../src/decide/decision-cache.ts'
import { acceptedEvent, type Classified, classifyEvent } from '../src/flow/accept.ts'
import { createParts } from '../src/flow/parts.ts'
import { createPreparer, type PreparedItem } from '../src/flow/prepare.ts'
import { createRoutes } from '../src/flow/routes.ts'
import { constantsOf, createScanner, type ScanInput, screen } from '../src/guard/index.ts'
import type { EventRef, JsonObject, PartnerId } from '../src/model/brand.ts'
import type { ContractPlan, Levels } from '../src/model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type Standing } from '../src/model/event.ts'
import { FIELD_CLASSES, ipLevel, topOf } from '../src/model/field-class.ts'
import { partnerTypes } from '../src/partners/registry.ts'
import { createDecoders } from '../src/signals/decoders.ts'
import { createCountryReader } from '../src/signals/place.ts'
import { NO_REQUEST_SIGNALS } from '../src/signals/read.ts'
import { createViewer } from '../src/transform/view.ts'
import { APP, contract, finding, revision } from '../test/support/builders.ts'
import { deviceOf, eventText, messageIdOf } from './support/event.ts'
import { cpuMicrosEach, MICRO_COLUMNS, microRow } from './support/micro.ts'
import type { Report } from './support/report.ts'

/** Made at once; about as many as are under way in a busy gateway. */
const EVENTS = 1_000
const NOW = Date.UTC(2026, 10, 24, 12)
const TARGET_DECISION_MICROS = 3
const TARGET_GUARD_MICROS = 15
const TARGET_ENCODE_MICROS = 10

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
const MEASURED = contractOf('measured', share)
/** Gets everything, so that every class is kept with the event and most of it has to be withheld from the other. */
const GENEROUS = contractOf('generous', everything)
const types = partnerTypes()

function contractOf(id: string, granted: Levels): ContractPlan {
  return contract({
    id: id as PartnerId,
    share: granted,
    events: { 'Order Completed': { as: 'purchase', properties } },
    whenRestricted: { send: 'limited', share: { message_id: topOf('message_id'), os: 1 } },
  })
}

export async function run(): Promise<Report> {
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
    batchContext: undefined,
  }
  let serial = 0
  const rawEvents = (): JsonObject[] =>
    Array.from({ length: EVENTS }, () => {
      serial++
      const text = eventText(deviceOf(serial), messageIdOf('0a1b2c3d', serial), new Date(NOW - serial).toISOString())
      return JSON.parse(text) as JsonObject
    })
  const classified = (raw: JsonObject): Classified => {
    const found = classifyEvent(raw, request, rules)
    if (found.kind === 'rejected') throw new Error(`the event was rejected: ${found.code}`)
    return found
  }
  const events = (): AcceptedEvent[] =>
    rawEvents().map((raw) =>
      acceptedEvent(classified(raw), 'f'.repeat(32) as EventRef, [], { revision: plan.number, standing: NO_STANDING }),
    )
  const optedOut: Standing = { findings: [finding({ denies: 7, withdrawal: true })] }
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

  const decideCached = createDecisionCache()
  const viewOf = createViewer()
  const decideAndView = (event: AcceptedEvent, standing: Standing) => {
    const { verdict, key, finestCoarse } = preparer.judge(event, standing, parts.rules(event), NOW)
    const { accepted, now, pseudonymise } = partsOf(event)
    const { app, eventKey } = event
    const decision = decideCached({ accepted, now, app, eventKey, verdict, finestCoarse, at: NOW }, key)
    if (decision.kind !== 'send') throw new Error(`the event was withheld: ${decision.why}`)
    return viewOf(event.fields, event.kind, parts.app(event), decision, pseudonymise)
  }
  const scan = createScanner()
  /** What the scanner is given of an event for its first and for its second partner. */
  const scanInputs = (): { readonly first: ScanInput; readonly second: ScanInput }[] => {
    const made = events()
    return items(made).map(({ view, bytes, encoder, decision }, index) => {
      const { event, kind, app } = view
      const empty = encoder.item({ event, kind, app }, decision.flags)
      if (empty.kind !== 'item') throw new Error('a webhook can say anything')
      // The raw fields are copied: the preparer's own scanner has seen the originals.
      const first = { raw: structuredClone(made[index]!.fields), view, bytes, constants: constantsOf(empty.bytes) }
      return { first, second: { ...first, view: structuredClone(view) } }
    })
  }
  const [sample] = items(events().slice(0, 1))
  const encode = (type: string, connection: ContractPlan['connection']) => {
    const encoder = types.get(type)!.encoder(connection)
    return cpuMicrosEach(
      () => items(events()).map(({ view, decision }) => ({ view: { ...view, partner_id: PARTNER_IDS }, decision })),
      ({ view, decision }) => encoder.item(view, decision.flags),
    )
  }

  return {
    question: 'decision: what does it cost to decide about one event for one partner?',
    method:
      'CPU of one thread, medians over rounds of 8,000 events of 1,338 bytes, each event new. ' +
      `The item is ${Buffer.byteLength(sample!.bytes)} bytes; a second partner is granted everything, so that every class is ` +
      'kept with the event and has to be withheld from this one.',
    columns: MICRO_COLUMNS,
    rows: [
      microRow('at acceptance: classify, read signals, screen (once an event)', cpuMicrosEach(rawEvents, classified)),
      microRow(
        '… of which screen',
        cpuMicrosEach(
          () => rawEvents().map((raw) => ({ raw, fields: classified(raw).event.fields })),
          ({ raw, fields }) => screen(raw, fields),
        ),
      ),
      microRow(
        'verdict, decision, view',
        cpuMicrosEach(events, (event) => decideAndView(event, NO_STANDING)),
        TARGET_DECISION_MICROS,
      ),
      microRow(
        '… of a person who opted out',
        cpuMicrosEach(events, (event) => decideAndView(event, optedOut)),
        TARGET_DECISION_MICROS,
      ),
      microRow(
        "guard, an event's first partner",
        cpuMicrosEach(scanInputs, ({ first }) => scan(first)),
        TARGET_GUARD_MICROS,
      ),
      microRow(
        '… each further partner',
        cpuMicrosEach(
          () =>
            scanInputs().map(({ first, second }) => {
              scan(first)
              return second
            }),
          scan,
        ),
        TARGET_GUARD_MICROS,
      ),
      microRow('encode webhook', encode('webhook', MEASURED.connection), TARGET_ENCODE_MICROS),
      microRow('encode pixel', encode('pixel', { url: PIXEL_URL }), TARGET_ENCODE_MICROS),
      microRow('encode appsflyer', encode('appsflyer', APPSFLYER), TARGET_ENCODE_MICROS),
      microRow(
        'all of it: from event to bytes',
        cpuMicrosEach(events, (event) => prepare(event, NO_STANDING)),
      ),
    ],
    notes: ['the guard remembers the leaves of an event for its further partners'],
  }
}

const PARTNER_IDS = { appsflyer_id: '1732444800123-4567890123456789012' }
const PIXEL_URL =
  'https://partner.example/p?tx={transaction_id}&gaid={gps_adid}&ip={ip}&country={country}&amount={revenue}&lat={limit_ad_tracking}'
const APPSFLYER = { app_id: 'com.example.puzzle', key: { env: 'APPSFLYER_KEY' } }
