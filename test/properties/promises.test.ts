/** P1, P2 and P3, for every partner type, over random telemetry, contracts and restrictions. */
import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PartnerId } from '../../src/model/brand.ts'
import { type ContractPlan, PURPOSES } from '../../src/model/contract.ts'
import {
  atMost,
  FIELD_CLASSES,
  type FieldClass,
  ipBits,
  ipLevel,
  type Level,
  meet,
  topOf,
} from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, type Finding } from '../../src/model/signal.ts'
import { contract, finding } from '../support/builders.ts'
import { foundIn } from '../support/forms.ts'
import { runCore } from '../support/gateway-core.ts'
import { SLOTS, telemetry, withOtherValues } from '../support/telemetry.ts'

/** 100,000 in `npm run test:properties`; fewer in `npm test`, which has five minutes for everything. */
const RUNS = Number(process.env.SLUICE_CASES ?? 400)
const parameters = { numRuns: RUNS }

const CLASSES: readonly FieldClass[] = [...SLOTS.map(({ fieldClass }) => fieldClass), 'coordinates']
const PROPERTIES = { revenue: 'value', 'traits.plan': 'plan' }

const levelOf = (name: FieldClass): fc.Arbitrary<Level> =>
  name === 'ip'
    ? fc.tuple(fc.constantFrom(0, 16, 24, 32), fc.constantFrom(0, 48, 64, 128)).map(([v4, v6]) => ipLevel(v4, v6))
    : fc.integer({ min: 0, max: topOf(name) })
const levels: fc.Arbitrary<Partial<Record<FieldClass, Level>>> = fc
  .tuple(...CLASSES.map((name) => fc.option(levelOf(name), { nil: undefined })))
  .map((drawn) =>
    Object.fromEntries(CLASSES.flatMap((name, index) => (drawn[index] === undefined ? [] : [[name, drawn[index]]]))),
  )

const CONNECTIONS: Readonly<Record<string, ContractPlan['connection']>> = {
  webhook: { url: 'https://webhook.example/in', batch: true },
  pixel: {
    url: 'https://pixel.example/pb?cid={click_id}&idfa={idfa}&gaid={gaid}&ip={ip}&ua={user_agent}&u={user_id}&lat={limit_ad_tracking}&ev={event_name}&r={revenue}&city={city}&m={device_model}&l={language}',
  },
  appsflyer: { app_id: 'id1234567890', key: { env: 'APPSFLYER_S2S_KEY' } },
}

/** A contract of any type with random grants; what restricted people give is never more. */
const anyContract: fc.Arbitrary<ContractPlan> = fc
  .record({
    type: fc.constantFrom(...Object.keys(CONNECTIONS)),
    share: levels,
    restricted: levels,
    send: fc.constantFrom('limited', 'nothing'),
    purpose: fc.constantFrom(...PURPOSES),
  })
  .map(({ type, share, restricted, send, purpose }) =>
    contract({
      id: type as PartnerId,
      type,
      purposes: [purpose],
      connection: CONNECTIONS[type]!,
      events: { 'Order Completed': { as: 'purchase', properties: PROPERTIES } },
      share: { ...share, partner_id: 2 },
      whenRestricted: {
        send,
        share: {
          partner_id: 2,
          property: 1,
          ...Object.fromEntries(
            Object.entries(restricted).map(([name, level]) => [
              name,
              meet(name as FieldClass, level, share[name as FieldClass] ?? 0),
            ]),
          ),
        },
      },
    }),
  )
/** AppsFlyer takes no event without its own id; it is granted above and the same in every event. */
const BASE = { integrations: { AppsFlyer: { appsFlyerId: '1700000000000-1234567890123456789' } } }
const inUs = telemetry({ ...BASE, context: { location: { country: 'US' }, device: { attTrackingStatus: 3 } } })

const restriction: fc.Arbitrary<Finding> = fc.oneof(
  fc.constant(finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })),
  fc.constant(finding({ signal: 'gpc', denies: ADVERTISING_DIMENSIONS, why: 'gpc' })),
  fc.constant(finding({ signal: 'us_privacy', denies: ALL_DIMENSIONS, why: 'signal_invalid' })),
  fc.constant(finding({ signal: 'lmt', denies: ADVERTISING_DIMENSIONS, deviceLimit: true, why: 'lmt' })),
  fc.constant(finding({ signal: 'location_permission', denies: 8, countryOnly: true, why: 'location_permission' })),
  fc.constant(finding({ signal: 'age', denies: ALL_DIMENSIONS, child: true, why: 'child' })),
  fc.constant(finding({ signal: 'age', band: '13_15', why: 'agreed' })),
  fc.integer({ min: 1, max: 15 }).map((denies) => finding({ denies })),
)

const sameText = (a: string | number, b: string | number): boolean =>
  String(a).toLowerCase() === String(b).toLowerCase()

function only<T>(map: ReadonlyMap<string, T>): T {
  return [...map.values()][0]!
}

describe('P1: fail closed', () => {
  test('what no contract grants, and what nobody maps, is in no request, in no form', () => {
    let sent = 0
    fc.assert(
      fc.property(
        inUs,
        anyContract,
        fc.array(restriction, { maxLength: 2 }),
        ({ event, batchContext, headers, planted, unmapped }, terms, findings) => {
          const prepared = only(
            runCore({ contracts: [terms], event, batchContext, headers, standing: { findings } }).prepared,
          )
          if (prepared.kind === 'withheld') return
          sent++
          const { decision, encoder, bytes } = prepared
          const request = JSON.stringify(encoder.envelope([bytes]))
          const isOpen = (name: FieldClass): boolean =>
            // Every planted address is an IPv4 one.
            name === 'ip' ? ipBits(decision.fields.ip.level).v4 === 32 : decision.fields[name].level === topOf(name)
          const openly = CLASSES.filter(isOpen).flatMap((name) => planted[name] ?? [])
          const withheld = CLASSES.filter((name) => !isOpen(name)).flatMap((name) => planted[name] ?? [])
          // A canary may by chance spell a value that is openly there.
          const secret = [...withheld, ...unmapped].filter((value) => !openly.some((open) => sameText(open, value)))
          equal(foundIn(request, secret), undefined)
        },
      ),
      parameters,
    )
    ok(sent > RUNS / 20, `only ${sent} requests were made: the property says little`)
  })

  test('a malformed signal never gives more than the signal left out, and denies everything it could have opened', () => {
    const bad = fc.constantFrom(
      { context: { us_privacy: '1YQN' } },
      { context: { us_privacy: '1Y-N' } },
      { context: { device: { lmt: 'maybe' } } },
      { context: { device: { attTrackingStatus: 9 } } },
      { context: { coppa: 'perhaps' } },
      { context: { gpp: 'DBroken!' } },
      { context: { tcString: 'COnsent' } },
      { traits: { age: 'young' } },
    )
    fc.assert(
      fc.property(inUs, anyContract, bad, ({ event }, terms, signal) => {
        const withBad = {
          ...event,
          ...signal,
          context: {
            ...(event.context as object),
            ...('context' in signal ? signal.context : {}),
            ...('context' in signal && 'device' in signal.context
              ? { device: { ...(event.context as { device: object }).device, ...signal.context.device } }
              : {}),
          },
        }
        const before = only(runCore({ contracts: [terms], event }).prepared)
        const after = only(runCore({ contracts: [terms], event: withBad as never }).prepared)
        equal(
          after.verdict.dimensions.sale.allowed ||
            after.verdict.dimensions.sharing.allowed ||
            after.verdict.dimensions.targeted_advertising.allowed,
          false,
        )
        if (after.kind === 'withheld') return
        ok(before.kind !== 'withheld' || before.why === 'guard' || before.why === 'type_cannot_carry')
        if (before.decision.kind === 'withhold') return
        for (const name of FIELD_CLASSES)
          ok(atMost(name, after.decision.fields[name].level, before.decision.fields[name].level), name)
      }),
      parameters,
    )
  })

  test('without a country, or with consent law and no consent string, no third party gets anything', () => {
    fc.assert(
      fc.property(
        telemetry({ ...BASE, context: { device: { attTrackingStatus: 3 } } }),
        anyContract,
        fc.constantFrom('DE', 'Atlantis', undefined),
        ({ event }, terms, country) => {
          const context = { ...(event.context as object), location: { country } }
          equal(only(runCore({ contracts: [terms], event: { ...event, context } as never }).prepared).kind, 'withheld')
        },
      ),
      parameters,
    )
  })
})

describe('P2: only what the contract grants', () => {
  test('two events that differ only in withheld values give the same bytes, or nothing is sent', () => {
    let compared = 0
    const pair = fc
      .tuple(inUs, anyContract, fc.array(restriction, { maxLength: 1 }))
      .chain(([one, terms, findings]) => {
        const first = runCore({ contracts: [terms], event: one.event, standing: { findings } })
        const prepared = only(first.prepared)
        const dropped = new Set(
          prepared.decision.kind === 'withhold'
            ? CLASSES
            : CLASSES.filter((name) =>
                prepared.decision.kind === 'send' ? prepared.decision.fields[name].level === 0 : true,
              ),
        )
        return fc.tuple(
          fc.constant({ terms, findings, signals: first.event.signals, prepared }),
          withOtherValues(one, dropped),
        )
      })
    fc.assert(
      fc.property(pair, ([{ terms, findings, signals, prepared }, event]) => {
        const other = only(runCore({ contracts: [terms], event, signals, standing: { findings } }).prepared)
        if (other.kind === 'withheld' || prepared.kind === 'withheld') return
        compared++
        equal(other.bytes, prepared.bytes)
        equal(
          JSON.stringify(other.encoder.envelope([other.bytes])),
          JSON.stringify(prepared.encoder.envelope([prepared.bytes])),
        )
      }),
      parameters,
    )
    ok(compared > RUNS / 20, `only ${compared} pairs were compared: the property says little`)
  })
})

describe('P3: more privacy never discloses more', () => {
  test('one more restriction lowers every treatment or leaves it, and can only close the gate', () => {
    fc.assert(
      fc.property(
        inUs,
        anyContract,
        fc.array(restriction, { maxLength: 3 }),
        restriction,
        fc.boolean(),
        ({ event }, terms, findings, more, asAccepted) => {
          const before = only(runCore({ contracts: [terms], event, standing: { findings } }).prepared).decision
          const after = only(
            runCore({
              contracts: [terms],
              event,
              standing: { findings: asAccepted ? findings : [...findings, more] },
              accepted: { findings: asAccepted ? [more] : [] },
            }).prepared,
          ).decision
          if (after.kind === 'withhold') return
          ok(before.kind === 'send')
          for (const name of FIELD_CLASSES) ok(atMost(name, after.fields[name].level, before.fields[name].level), name)
          ok(!before.flags.restricted || after.flags.restricted)
        },
      ),
      parameters,
    )
  })

  test('the order of restrictions cannot matter', () => {
    fc.assert(
      fc.property(
        inUs,
        anyContract,
        fc.array(restriction, { minLength: 2, maxLength: 4 }),
        ({ event }, terms, findings) => {
          const decisionOf = (standing: readonly Finding[]) =>
            only(runCore({ contracts: [terms], event, standing: { findings: standing } }).prepared).decision
          equal(JSON.stringify(decisionOf(findings)), JSON.stringify(decisionOf(findings.toReversed())))
        },
      ),
      parameters,
    )
  })

  test('taking a grant away never gives more', () => {
    fc.assert(
      fc.property(
        inUs,
        anyContract,
        fc.constantFrom(...CLASSES),
        fc.array(restriction, { maxLength: 2 }),
        ({ event }, terms, name, findings) => {
          const { [name]: _gone, ...share } = terms.share
          const narrower: ContractPlan = { ...terms, share }
          const before = only(runCore({ contracts: [terms], event, standing: { findings } }).prepared).decision
          const after = only(runCore({ contracts: [narrower], event, standing: { findings } }).prepared).decision
          if (after.kind === 'withhold') return
          ok(before.kind === 'send')
          for (const each of FIELD_CLASSES) ok(atMost(each, after.fields[each].level, before.fields[each].level), each)
        },
      ),
      parameters,
    )
  })
})
