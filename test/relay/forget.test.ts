/** A wish to be forgotten reaches the partner whatever restricts, with one id and nothing else of the person. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/model/brand.ts'
import type { ContractPlan, Levels } from '../../src/model/contract.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import { parseForm } from '../../src/transform/relay/request.ts'
import { restrictedStates, UNRESTRICTED } from '../conformance/partners/states.ts'
import { contract } from '../support/builders.ts'
import { foundIn } from '../support/forms.ts'
import { runCore } from '../support/gateway-core.ts'
import { CONNECTIONS } from '../support/partner-settings.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const AT = Date.UTC(2026, 0, 2, 3, 4, 6)
const EVERYTHING: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const ADID = '18546f6171f67e29d1cb983322ad1329'
const IDFA = '8C6CBC0D-5F43-4765-A6E6-84DFF3D24707'
const IDFV = 'CCB300A0-DE1B-4D48-BC7E-599E453B8DD4'
const GPS_ADID = '38400000-8cf0-11bd-b23e-10b96e40000d'
const OTHERS = ['203.0.113.77', 'user-ann-4711', 'Shop/4.2 (Pixel-8-Pro-77)', 'Pixel-8-Pro-77', 'never-named-4711']
/** All that an SDK says with its wish, and more. */
const WISH = {
  idfa: IDFA,
  idfv: IDFV,
  gps_adid: GPS_ADID,
  adid: ADID,
  ip_address: '203.0.113.77',
  external_device_id: 'user-ann-4711',
  user_agent: 'Shop/4.2 (Pixel-8-Pro-77)',
  device_name: 'Pixel-8-Pro-77',
  app_token: 'the-sdk-s-own',
  callback_params: '{"note":"never-named-4711"}',
}
const FORGET = { '@forget': { as: 'forget', properties: {} } }
/** The last of Adjust's routes, there only for contracts that name `@forget`. */
const ROUTE = 3

interface Wish {
  readonly share?: Levels
  readonly part?: Partial<ContractPlan>
  readonly ids?: Readonly<Record<string, string>>
  readonly inForm?: boolean
}
function wish(
  { share = EVERYTHING, part = {}, ids = WISH, inForm = false }: Wish,
  state: Partial<typeof UNRESTRICTED>,
) {
  const fields = parseForm(new URLSearchParams(ids).toString())
  const { signals, standing } = state
  return runRelay({
    contract: relayContract('adjust', share, {
      events: FORGET,
      whenRestricted: { send: 'nothing', share: {} },
      ...part,
    }),
    route: ROUTE,
    request: inForm
      ? { query: {}, headers: { 'user-agent': 'Shop/4.2 (Pixel-8-Pro-77)' }, content: fields }
      : { query: fields, headers: {}, content: {} },
    ...(signals === undefined ? {} : { signals }),
    ...(standing === undefined ? {} : { standing }),
  }).prepared
}

describe('relay: a wish to be forgotten', () => {
  test('goes to the host that forgets, as the contract’s app, with Adjust’s own id and no other', () => {
    const prepared = wish({}, UNRESTRICTED)
    ok(prepared.kind === 'item')
    deepEqual([prepared.request.method, prepared.request.origin], ['POST', 'https://gdpr.adjust.com'])
    deepEqual(Object.fromEntries(new URL(prepared.request.path, prepared.request.origin).searchParams), {
      s2s: '1',
      app_token: 'abc123def456',
      environment: 'production',
      adid: ADID,
    })
    equal(prepared.request.body, '')
    deepEqual(Object.keys(prepared.view), ['partner_id'])
  })

  const first: readonly [what: string, wish: Wish, id: Readonly<Record<string, string>>][] = [
    ['Adjust’s own id', {}, { adid: ADID }],
    ['the vendor id where Adjust’s own is not granted', { share: { ...EVERYTHING, partner_id: 0 } }, { idfv: IDFV }],
    ['the advertising id where nothing else is', { share: { advertising_id: 2 } }, { gps_adid: GPS_ADID }],
    ['the one that came', { ids: { idfa: IDFA } }, { idfa: IDFA }],
  ]
  for (const [what, how, id] of first)
    for (const inForm of [false, true])
      test(`names the device by ${what}, in ${inForm ? 'the form' : 'the query'} as it came`, () => {
        const prepared = wish({ ...how, inForm }, UNRESTRICTED)
        ok(prepared.kind === 'item')
        const { path, body } = prepared.request
        const { s2s, app_token, environment, ...named } = Object.fromEntries(new URLSearchParams(path.split('?')[1]))
        deepEqual([s2s, app_token, environment], ['1', 'abc123def456', 'production'])
        deepEqual({ ...named, ...Object.fromEntries(new URLSearchParams(body)) }, id)
      })

  for (const state of restrictedStates(AT)) {
    const isChild = state.name === 'child' || state.name === 'under 13'
    test(`${isChild ? 'of a child is withheld' : 'reaches the partner all the same'}: ${state.name}`, () => {
      for (const inForm of [false, true]) {
        const prepared = wish({ inForm }, state)
        if (isChild) {
          deepEqual([prepared.kind, prepared.kind === 'withheld' && prepared.why], ['withheld', 'child'])
          continue
        }
        if (prepared.kind !== 'item') throw new Error(`withheld(${prepared.why})`)
        ok(prepared.bytes.includes(`adid=${ADID}`))
        equal(
          foundIn(prepared.bytes + decodeURIComponent(prepared.bytes), [IDFA, IDFV, GPS_ADID, ...OTHERS]),
          undefined,
        )
        ok(prepared.decision.why !== 'agreed')
      }
    })
  }

  const alone: readonly Readonly<Record<string, string>>[] = [
    { idfa: IDFA },
    { idfa: IDFA, att_status: '3', os_version: '17.5', environment: 'production' },
    { idfa: IDFA, att_status: '2' },
    { idfv: IDFV },
    { gps_adid: GPS_ADID, tracking_enabled: '0' },
    { fire_adid: GPS_ADID },
    { adid: ADID },
  ]
  for (const ids of alone) {
    const [[name, id] = ['', '']] = Object.entries(ids)
    test(`reaches the partner by ${Object.keys(ids).join(', ')} alone, whatever limits the device`, () => {
      for (const state of [{}, UNRESTRICTED, ...restrictedStates(AT)])
        for (const inForm of [false, true]) {
          const prepared = wish({ ids, inForm }, state)
          if ('name' in state && (state.name === 'child' || state.name === 'under 13')) continue
          if (prepared.kind !== 'item') throw new Error(`withheld(${prepared.why})`)
          ok(prepared.bytes.includes(`${name}=${id}`))
          equal(Object.keys(prepared.view).length, 1)
        }
    })
  }

  test('zeros name no device', () => {
    for (const ids of [{ idfa: '00000000-0000-0000-0000-000000000000' }, { gps_adid: '0' }]) {
      const prepared = wish({ ids }, {})
      deepEqual([prepared.kind, prepared.kind === 'withheld' && prepared.why], ['withheld', 'type_cannot_carry'])
    }
  })

  test('is not sent where no id that it could hold is granted, or came', () => {
    for (const how of [
      { share: { user_id: 2, ip: topOf('ip') } },
      { ids: { oaid: 'x' } },
      { share: { partner_id: 1 } },
    ]) {
      const prepared = wish(how, UNRESTRICTED)
      deepEqual([prepared.kind, prepared.kind === 'withheld' && prepared.why], ['withheld', 'type_cannot_carry'])
    }
  })

  test('a restriction never makes it hold more than nothing restricting does', () => {
    const free = wish({}, UNRESTRICTED)
    ok(free.kind === 'item')
    for (const state of restrictedStates(AT)) {
      const prepared = wish({}, state)
      if (prepared.kind === 'item') equal(prepared.request.path, free.request.path)
    }
  })

  test('two that differ in all but the id give the same bytes', () => {
    const other = { adid: ADID, idfv: 'FFB300A0-DE1B-4D48-BC7E-599E453B8DD4', ip_address: '198.51.100.9' }
    const [one, two] = [wish({}, UNRESTRICTED), wish({ ids: other }, UNRESTRICTED)]
    ok(one.kind === 'item' && two.kind === 'item')
    equal(one.bytes, two.bytes)
  })

  test('is an opt-out of its own, which sticks to the device', () => {
    const { read } = runRelay({
      contract: relayContract('adjust', EVERYTHING, { events: FORGET }),
      route: ROUTE,
      request: { query: { idfv: IDFV }, headers: {}, content: {} },
    })
    deepEqual(read.signals.us_privacy, ['1YYN'])
    ok(read.found.findings.some(({ withdrawal, why }) => withdrawal && why === 'us_privacy'))
  })

  test('has no route where the contract does not name it', () => {
    let message = ''
    try {
      wish({ part: { events: { '@relay': { as: 'x', properties: {} } } } }, UNRESTRICTED)
    } catch (error) {
      message = (error as Error).message
    }
    equal(message, 'adjust has no such route')
  })

  test('and no telemetry event is one, even where it is called so', () => {
    const event: JsonObject = { type: 'track', event: '@forget', messageId: 'm', userId: 'ann', adid: ADID }
    const { event: accepted } = runCore({
      contracts: [contract({ type: 'adjust', events: FORGET, connection: CONNECTIONS.adjust! })],
      event,
    })
    deepEqual(accepted.fields, {})
  })
})
