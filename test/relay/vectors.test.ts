/**
 * Bid requests before and after, from the test suites of other gateways: the relay discloses no more than they do. Whoever
 * sees more than one way to coarsen a position sees here that none of it is finer than theirs.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import { FIELD_CLASSES, type FieldClass, ipLevel, topOf } from '../../src/model/field-class.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'signals')
const skip = existsSync(FOLDER) ? false : 'the shared vectors are not beside the project'

interface Vector {
  readonly source: string
  readonly kind: string
  readonly input: {
    readonly request: JsonObject
    readonly activity?: string
    readonly allow?: boolean
    readonly step?: string
    readonly config?: JsonObject
  }
  readonly expected: { readonly sent?: boolean; readonly request?: JsonObject }
}
const vectors = (file: string): readonly Vector[] =>
  skip === false ? (JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Vector[]) : []

const EVERYTHING: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const without = (...names: readonly FieldClass[]): Levels => ({
  ...EVERYTHING,
  ...Object.fromEntries(names.map((name) => [name, 0])),
})
const COARSE: Levels = { ...EVERYTHING, coordinates: 3, ip: ipLevel(16, 32) }
const STEPS: Readonly<Record<string, Levels>> = {
  userIds: without('user_id', 'partner_id', 'birth_date', 'gender'),
  userDemographics: without('user_id', 'partner_id', 'birth_date', 'gender'),
  userExt: without('partner_id'),
  tid: without('message_id'),
  geoRound: COARSE,
  geoRemove: without('coordinates', 'place'),
  deviceIds: without('advertising_id', 'vendor_id', 'device_id'),
  userFpd: without('user_id', 'partner_id', 'birth_date', 'gender'),
  transmitUfpd: EVERYTHING,
  transmitPreciseGeo: COARSE,
  transmitTid: without('message_id'),
  fetchBids: EVERYTHING,
}

/** Every leaf with its place. */
function leavesOf(value: Json | undefined, at = ''): ReadonlyMap<string, Json> {
  if (typeof value !== 'object' || value === null) return new Map(value === undefined ? [] : [[at, value]])
  return new Map(Object.entries(value).flatMap(([key, one]) => [...leavesOf(one as Json, `${at}/${key}`)]))
}
/** What the gateway says of its own accord. */
const OWN = /^\/(device\/(lmt|dnt|ext\/atts)|regs\/)/
const POSITION = /\/geo\/(lat|lon)$/
const ADDRESS = /\/ip(v6)?$/

function sentFor(request: JsonObject, share: Levels): ReadonlyMap<string, Json> {
  const { prepared } = runRelay({
    contract: relayContract('openrtb26', share, { whenRestricted: { send: 'limited', share: { place: 1 } } }),
    request: { query: {}, headers: {}, content: request },
  })
  if (prepared.kind !== 'item') {
    ok(prepared.why !== 'guard', 'the guard had to stop it')
    return new Map()
  }
  return leavesOf(JSON.parse(prepared.request.body === '' ? '{}' : prepared.request.body) as Json)
}

/** Nothing beyond what they let through, and nothing of what they take away. */
function noMoreThan(input: JsonObject, expected: JsonObject, sent: ReadonlyMap<string, Json>): void {
  const [before, after] = [leavesOf(input), leavesOf(expected)]
  for (const [place, value] of sent) {
    if (OWN.test(place)) continue
    if (POSITION.test(place) || ADDRESS.test(place))
      ok(value !== before.get(place) || value === after.get(place), place)
    else equal(after.get(place), value, place)
  }
}

describe('bid requests that others scrub', { skip }, () => {
  for (const [index, { kind, source, input, expected }] of vectors('ortb_scrub.json').entries()) {
    const name = input.activity ?? input.step ?? ''
    test(`${index} ${kind} ${name} ${String(input.allow ?? '')}, from ${source}`, () => {
      const share = STEPS[name]
      if (share === undefined) throw new Error(`a step nobody knows: ${name}`)
      if (expected.sent === false) {
        const contract = relayContract('openrtb26', share, {
          events: { 'Order Completed': { as: 'x', properties: {} } },
        })
        const { prepared } = runRelay({ contract, request: { query: {}, headers: {}, content: input.request } })
        deepEqual([prepared.kind, prepared.kind === 'withheld' && prepared.why], ['withheld', 'event_not_granted'])
        return
      }
      const request = whole(input.request)
      noMoreThan(
        request,
        whole(expected.request ?? (expected as unknown as JsonObject)),
        sentFor(request, input.allow === true ? EVERYTHING : share),
      )
    })
  }
})

/** Steps are about one object alone: it is put where a bid request has it. */
function whole(part: JsonObject): JsonObject {
  const known = ['device', 'user', 'source', 'imp', 'regs', 'ext'].some((name) => Object.hasOwn(part, name))
  return known ? part : { device: { geo: part } }
}

describe('bid requests that others enforce signals on', { skip }, () => {
  for (const [index, { source, input, expected }] of vectors('ortb_enforce.json').entries()) {
    test(`${index}, from ${source}`, () => {
      const { request, config = {} } = input
      const noTid = JSON.stringify(config).includes('"allow":false')
      // Switching a law off, and lists of who may have an id, are what no contract here can say: these pass by theirs.
      const share = noTid
        ? without('message_id')
        : expected.request?.user !== undefined &&
            !JSON.stringify(expected.request).includes('eids') &&
            JSON.stringify(request).includes('eids')
          ? without('partner_id')
          : EVERYTHING
      noMoreThan(request, expected.request ?? {}, sentFor(request, share))
    })
  }

  test('an opt-out of sale that was received stays as it was written', () => {
    const request = {
      device: { ifa: '6D92078A-8246-4BA4-AE5B-76104861E7DC' },
      regs: { us_privacy: '1-Y-' },
      user: { buyeruid: 'some-buyer-id' },
    }
    const sent = sentFor(request, EVERYTHING)
    equal(sent.get('/regs/us_privacy'), '1-Y-')
  })

  test('whoever nothing restricts keeps what the contract grants', () => {
    const device = { ifa: '6D92078A-8246-4BA4-AE5B-76104861E7DC', geo: { country: 'USA' }, os: 'Android' }
    const sent = sentFor({ device, user: { buyeruid: 'some-buyer-id' } }, EVERYTHING)
    deepEqual([sent.get('/user/buyeruid'), sent.get('/device/ifa')], ['some-buyer-id', device.ifa])
  })
})
