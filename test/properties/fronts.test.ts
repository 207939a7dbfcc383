/** P2 and P3 over both fronts, by one harness: events and relayed requests with the same values, terms and restrictions. */
import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { WithheldEvent } from '../../src/flow/prepare.ts'
import type { Sending } from '../../src/flow/sendable.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import type { RawSignals } from '../../src/model/event.ts'
import {
  atMost,
  FIELD_CLASSES,
  type FieldClass,
  ipLevel,
  type Level,
  meet,
  topOf,
} from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, type Finding } from '../../src/model/signal.ts'
import { contract, finding } from '../support/builders.ts'
import { runCore } from '../support/gateway-core.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const RUNS = Number(process.env.SLUICE_CASES ?? 150)
/** The same for every request: what differs is only what is said of the person. */
const SIGNALS: RawSignals = { country: ['US'], os: ['iOS'], os_version: ['17.5'], att: ['3'] }
const CLASSES = ['advertising_id', 'user_id', 'ip', 'user_agent'] as const
type Values = Readonly<Record<(typeof CLASSES)[number], string>>

const valuesOf: fc.Arbitrary<Values> = fc.record({
  advertising_id: fc.uuid(),
  user_id: fc.stringMatching(/^[a-z]{6}-[0-9]{8}$/),
  ip: fc.tuple(fc.integer({ min: 1, max: 223 }), fc.integer({ min: 0, max: 255 })).map(([a, b]) => `203.0.${b}.${a}`),
  user_agent: fc.stringMatching(/^[A-Z][a-z]{8}\/[1-9]\.[0-9]$/),
})
const levelOf = (name: FieldClass): fc.Arbitrary<Level> =>
  name === 'ip' ? fc.constantFrom(0, ipLevel(24, 48), ipLevel(32, 128)) : fc.integer({ min: 0, max: topOf(name) })
const levels: fc.Arbitrary<Levels> = fc.record(
  Object.fromEntries(CLASSES.map((name) => [name, levelOf(name)])),
) as fc.Arbitrary<Levels>
const restriction: fc.Arbitrary<Finding> = fc.oneof(
  fc.constant(finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })),
  fc.constant(finding({ signal: 'gpc', denies: ADVERTISING_DIMENSIONS, why: 'gpc' })),
  fc.constant(finding({ signal: 'us_privacy', denies: ALL_DIMENSIONS, why: 'signal_invalid' })),
  fc.constant(finding({ signal: 'lmt', denies: ADVERTISING_DIMENSIONS, deviceLimit: true, why: 'lmt' })),
  fc.constant(finding({ signal: 'age', denies: ALL_DIMENSIONS, child: true, why: 'child' })),
  fc.integer({ min: 1, max: 15 }).map((denies) => finding({ denies })),
)

/** What is granted while something restricts is never more than what is granted at all. */
function termsOf(share: Levels, restricted: Levels) {
  const lower = Object.fromEntries(
    CLASSES.map((name) => [name, meet(name, share[name] ?? 0, restricted[name] ?? 0)]),
  ) as Levels
  return { share, whenRestricted: { send: 'limited' as const, share: lower } }
}
type Terms = ReturnType<typeof termsOf>
type Prepare = (values: Values, terms: Terms, findings: readonly Finding[]) => Sending | WithheldEvent

const fronts: Readonly<Record<string, Prepare>> = {
  events: (values, terms, findings) =>
    [
      ...runCore({
        contracts: [contract({ ...terms, purposes: ['advertising'] })],
        event: {
          type: 'track',
          event: 'Order Completed',
          messageId: 'm-1',
          userId: values.user_id,
          timestamp: '2026-01-02T03:04:05.000Z',
          context: {
            device: { advertisingId: values.advertising_id },
            ip: values.ip,
            userAgent: values.user_agent,
          },
        },
        signals: SIGNALS,
        standing: { findings },
        subject: 'somebody' as IdentityKey,
      }).prepared.values(),
    ][0]!,
  'relayed requests': (values, { share, whenRestricted }, findings) =>
    runRelay({
      contract: relayContract('openrtb26', share, { whenRestricted }),
      request: {
        query: {},
        headers: {},
        content: {
          id: 'a',
          user: { id: values.user_id },
          device: { ifa: values.advertising_id, ip: values.ip, ua: values.user_agent },
        },
      },
      signals: SIGNALS,
      standing: { findings },
    }).prepared,
}

const levelIn = (prepared: Sending | WithheldEvent, name: FieldClass): Level =>
  prepared.kind === 'item' ? prepared.decision.fields[name].level : 0

for (const [name, prepare] of Object.entries(fronts)) {
  describe(name, () => {
    test('P2: two that differ only in what is withheld give the same bytes, or nothing is sent', () => {
      let compared = 0
      fc.assert(
        fc.property(
          valuesOf,
          valuesOf,
          levels,
          levels,
          fc.array(restriction, { maxLength: 2 }),
          (one, other, share, restricted, findings) => {
            const terms = termsOf(share, restricted)
            const first = prepare(one, terms, findings)
            if (first.kind === 'withheld') return
            const mixed = Object.fromEntries(
              CLASSES.map((each) => [each, (levelIn(first, each) === 0 ? other : one)[each]]),
            ) as unknown as Values
            const second = prepare(mixed, terms, findings)
            if (second.kind === 'withheld') return
            compared++
            equal(second.bytes, first.bytes)
            for (const each of CLASSES)
              if (levelIn(first, each) === 0) ok(!first.bytes.includes(one[each]), `${each} is in ${first.bytes}`)
          },
        ),
        { numRuns: RUNS },
      )
      ok(compared > RUNS / 10, `only ${compared} compared`)
    })

    test('P3: one more restriction, whichever it is, only lowers treatments', () => {
      let lowered = 0
      fc.assert(
        fc.property(
          valuesOf,
          levels,
          levels,
          fc.array(restriction, { maxLength: 2 }),
          restriction,
          (values, share, restricted, findings, more) => {
            const terms = termsOf(share, restricted)
            const before = prepare(values, terms, findings)
            const after = prepare(values, terms, [...findings, more])
            if (before.kind === 'withheld') return equal(after.kind, 'withheld')
            for (const each of FIELD_CLASSES) ok(atMost(each, levelIn(after, each), levelIn(before, each)), each)
            if (CLASSES.some((each) => levelIn(after, each) !== levelIn(before, each))) lowered++
          },
        ),
        { numRuns: RUNS },
      )
      ok(lowered > RUNS / 20, `only ${lowered} lowered`)
    })
  })
}
