/** Relayed requests of every type, filled from its own map: nothing passes but what the map names and the contract grants. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { FIELD_CLASSES, type FieldClass, NEVER_LEAVES, topOf } from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS, type Finding } from '../../src/model/signal.ts'
import { finding } from '../support/builders.ts'
import { RELAYED_TYPES, relayContract, runRelay } from '../support/relay-core.ts'
import { classesOf, OWN_KEY, STRANGER, sampleRequest } from '../support/relay-samples.ts'

const parameters = { numRuns: Number(process.env.SLUICE_CASES ?? 15) }
const FREE = { country: ['US'], os: ['iOS'], os_version: ['17.5'], att: ['3'] }
const OPTED_OUT: Finding = finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })

const mark = fc.stringMatching(/^[0-9a-f]{8}$/)
/** Levels from drop to the top, for every class. */
const levels: fc.Arbitrary<Levels> = fc.record(
  Object.fromEntries(
    FIELD_CLASSES.map((name) => [
      name,
      name === 'ip' ? fc.constantFrom(0, 24 * 256 + 48, topOf('ip')) : fc.integer({ min: 0, max: topOf(name) }),
    ]),
  ),
) as fc.Arbitrary<Levels>

const ROUTES = RELAYED_TYPES.flatMap(({ type, map }) => map.routes.map((route, index) => ({ type, route, index })))

for (const { type, route, index } of ROUTES) {
  describe(`relay: ${type.type} ${route.method} ${route.path}`, () => {
    test('names no class that the type’s interface cannot carry', () => {
      deepEqual(
        classesOf(route).filter((name) => (type.abilities[name] ?? 0) === 0 && !NEVER_LEAVES.includes(name)),
        [],
      )
    })

    test('with everything granted, every class arrives, and nothing that no place names', () => {
      const all = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
      const { prepared } = runRelay({
        contract: relayContract(type.type, all),
        route: index,
        request: sampleRequest(route, () => 'a1b2c3d4'),
        signals: FREE,
      })
      if (prepared.kind !== 'item') throw new Error(`withheld: ${prepared.why} ${JSON.stringify(prepared.hit)}`)
      const classes = classesOf(route).filter((name) => !NEVER_LEAVES.includes(name))
      // A wish to be forgotten names the device once in its query, and once in its form.
      deepEqual(Object.keys(prepared.view).sort(), route.forgets === true ? ['partner_id'] : classes.sort())
      ok(!prepared.bytes.includes(STRANGER))
      ok(!prepared.bytes.includes(OWN_KEY))
      equal(prepared.request.path.split('?')[0], route.to)
    })

    test('two requests that differ only in what is withheld give the same bytes', () => {
      fc.assert(
        fc.property(mark, mark, mark, levels, fc.subarray([...FIELD_CLASSES]), (shared, one, other, share, absent) => {
          const request = (own: string, leaves: boolean) =>
            sampleRequest(route, (name) => {
              if (isGranted(name, share)) return shared
              return leaves && absent.includes(name) && !IDENTITIES.includes(name) ? undefined : own
            })
          const contract = relayContract(type.type, share)
          const of = (own: string, leaves: boolean) => {
            const { prepared } = runRelay({ contract, route: index, request: request(own, leaves), signals: FREE })
            return prepared.kind === 'item' ? prepared.bytes : `withheld ${prepared.why}`
          }
          equal(of(one, false), of(other, true))
        }),
        parameters,
      )
    })

    test('whatever comes, it is read or refused, and goes where the contract says', () => {
      const any = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
      const all = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
      const full = sampleRequest(route, () => 'a1b2c3d4')
      const contract = relayContract(type.type, all)
      fc.assert(
        fc.property(any, any, fc.dictionary(fc.string(), any), (content, inner, query) => {
          // Something strange as a whole, or in the place of a member that the map knows.
          const inPlace =
            typeof full.content === 'object' && full.content !== null && !Array.isArray(full.content)
              ? Object.fromEntries(Object.keys(full.content).map((name, at) => [name, at % 2 === 0 ? inner : content]))
              : content
          for (const body of [content, inPlace]) {
            const request = { query: query as JsonObject, headers: full.headers, content: body }
            try {
              const { prepared } = runRelay({ contract, route: index, request })
              if (prepared.kind !== 'item') continue
              equal(prepared.request.path.split('?')[0], route.to)
              ok(!/[\r\n]/.test(Object.values(prepared.request.headers).join('')))
            } catch (error) {
              ok(error instanceof GatewayError, String(error))
            }
          }
        }),
        parameters,
      )
    })

    test('an opt-out discloses no class more, and says so by a flag of the partner’s own', () => {
      fc.assert(
        fc.property(mark, levels, (own, share) => {
          const request = sampleRequest(route, () => own)
          const contract = relayContract(type.type, share)
          const run = (findings: readonly Finding[]) =>
            runRelay({ contract, route: index, request, signals: FREE, standing: { findings } }).prepared
          const [free, restricted] = [run([]), run([OPTED_OUT])]
          if (restricted.kind !== 'item') return
          if (free.kind !== 'item') throw new Error('restricted goes, free does not')
          deepEqual(
            Object.keys(restricted.view).filter((name) => !Object.hasOwn(free.view, name)),
            [],
          )
          equal(restricted.bytes === free.bytes, route.forgets === true)
        }),
        parameters,
      )
    })
  })
}

const IDENTITIES: readonly FieldClass[] = ['advertising_id', 'vendor_id', 'device_id', 'user_id', 'anonymous_id']

/** Some of it may be in the bytes. */
function isGranted(name: FieldClass, share: Levels): boolean {
  return (share[name] ?? 0) > 0
}
