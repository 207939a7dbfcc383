/** Meta's requests as its SDKs and its forwarders write them: what a restricted person's says, in every state. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import { parseForm } from '../../src/transform/relay/request.ts'
import { FORMS, restrictedStates, UNRESTRICTED } from '../conformance/partners/states.ts'
import { foundIn } from '../support/forms.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const EVERYTHING: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const MADID = '6d92078a-8246-4ba4-ae5b-76104861e7dc'
const EXTINFO = [
  'a2',
  'com.example.shop',
  '7',
  '7.1',
  '14.0',
  'Pixel-8-Pro-77',
  'de_DE',
  'CETX',
  'Example-Telecom',
  '412',
  '915',
  '2.625',
  '8',
  '117',
  '54',
  'Europe/Lisbon',
]
/** Everything in them that says who or where somebody is. */
const PERSONAL = [
  MADID,
  'XZ-anon-0815-4711',
  'user-ann-4711',
  '203.0.113.77',
  sha256('ann@mail.example'),
  sha256('491711234567'),
  'Mozilla/5.0 (Linux; Android 14; Pixel-8-Pro-77)',
  'fb.1.1767323045.AbCdEfGh',
  'fb.1.1767323045.987654321',
  'Pixel-8-Pro-77',
  'Example-Telecom',
  'Europe/Lisbon',
  'secret-diagnosis',
]

const CAPI_EVENT = {
  event_name: 'Purchase',
  event_time: 1_767_323_045,
  event_id: 'order-4711-abcdef',
  action_source: 'app',
  user_data: {
    madid: MADID,
    anon_id: 'XZ-anon-0815-4711',
    external_id: ['user-ann-4711'],
    em: [sha256('ann@mail.example')],
    ph: sha256('491711234567'),
    client_ip_address: '203.0.113.77',
    client_user_agent: 'Mozilla/5.0 (Linux; Android 14; Pixel-8-Pro-77)',
    fbc: 'fb.1.1767323045.AbCdEfGh',
    fbp: 'fb.1.1767323045.987654321',
  },
  app_data: { advertiser_tracking_enabled: 1, application_tracking_enabled: 1, extinfo: EXTINFO },
  custom_data: { note: 'secret-diagnosis' },
  opt_out: false,
  data_processing_options: [],
}
/** As Meta's Android SDK writes its form, and its iOS SDK the members of its JSON. */
const ACTIVITY = {
  event: 'CUSTOM_APP_EVENTS',
  advertiser_id: MADID,
  anon_id: 'XZ-anon-0815-4711',
  app_user_id: 'user-ann-4711',
  ud: JSON.stringify({ em: sha256('ann@mail.example'), ph: sha256('491711234567') }),
  'ud[em]': sha256('ann@mail.example'),
  extinfo: JSON.stringify(EXTINFO),
  custom_events: JSON.stringify([
    { _eventName: 'fb_mobile_purchase', _logTime: 1_767_323_045, note: 'secret-diagnosis' },
  ]),
  advertiser_tracking_enabled: 'true',
  application_tracking_enabled: '1',
}
const form = (fields: Readonly<Record<string, string>>): JsonObject => parseForm(new URLSearchParams(fields).toString())

interface Kind {
  readonly name: string
  readonly type: 'meta_capi' | 'meta_app_events'
  readonly route: number
  readonly content: JsonObject
  /** The events' flags of a request that goes out. */
  readonly flags: (body: string) => Json
}
const RESTRICTED_CAPI = [true, ['LDU'], 1, 1000, 0, 0]
const capiFlags = (data: Json): Json => {
  const [event] = data as unknown as (typeof CAPI_EVENT & Record<string, Json>)[]
  return [
    event!.opt_out,
    event!.data_processing_options,
    event!.data_processing_options_country ?? null,
    event!.data_processing_options_state ?? null,
    event!.app_data.advertiser_tracking_enabled,
    event!.app_data.application_tracking_enabled,
  ]
}
const RESTRICTED_ACTIVITY = ['0', '0', '["LDU"]', '1', '1000']
const activityFlags = (fields: Readonly<Record<string, unknown>>): Json =>
  [
    fields.advertiser_tracking_enabled,
    fields.application_tracking_enabled,
    fields.data_processing_options,
    fields.data_processing_options_country,
    fields.data_processing_options_state,
  ].map(String)

const KINDS: readonly Kind[] = [
  {
    name: 'Conversions API as JSON',
    type: 'meta_capi',
    route: 0,
    content: { data: [CAPI_EVENT] } as unknown as JsonObject,
    flags: (body) => capiFlags((JSON.parse(body) as { data: Json }).data),
  },
  {
    name: 'Conversions API as a form',
    type: 'meta_capi',
    route: 1,
    content: form({ data: JSON.stringify([CAPI_EVENT]), access_token: 'the-sdk-s-own-token' }),
    flags: (body) => capiFlags(JSON.parse(new URLSearchParams(body).get('data') ?? 'null') as Json),
  },
  {
    name: 'app events as a form',
    type: 'meta_app_events',
    route: 0,
    content: form(ACTIVITY),
    flags: (body) => activityFlags(Object.fromEntries(new URLSearchParams(body))),
  },
  {
    name: 'app events as JSON',
    type: 'meta_app_events',
    route: 1,
    content: ACTIVITY,
    flags: (body) => activityFlags(JSON.parse(body) as Record<string, unknown>),
  },
]
const run = ({ type, route, content }: Kind, whenRestricted: Levels, state: Partial<typeof UNRESTRICTED>) => {
  const headers = type === 'meta_app_events' ? { 'x-forwarded-for': '203.0.113.77' } : {}
  const { signals, standing } = state
  return runRelay({
    contract: relayContract(type, EVERYTHING, { whenRestricted: { send: 'limited', share: whenRestricted } }),
    route,
    request: { query: {}, headers, content },
    ...(signals === undefined ? {} : { signals }),
    ...(standing === undefined ? {} : { standing }),
  }).prepared
}

for (const kind of KINDS) {
  describe(`relay: Meta's ${kind.name}`, () => {
    test('arrives whole where nothing restricts, but for what no place names', () => {
      const prepared = run(kind, {}, UNRESTRICTED)
      if (prepared.kind !== 'item') throw new Error(`withheld(${prepared.why})`)
      const { body, headers } = prepared.request
      const isForm = kind.name.endsWith('a form')
      equal(headers['content-type'], isForm ? 'application/x-www-form-urlencoded' : 'application/json')
      const read = isForm ? decodeURIComponent(body) : body
      for (const value of [MADID, 'XZ-anon-0815-4711', sha256('ann@mail.example'), 'Example-Telecom', 'Europe/Lisbon'])
        ok(read.includes(value), value)
      ok(!read.includes('secret-diagnosis') && !read.includes('the-sdk-s-own-token'))
    })

    for (const state of restrictedStates(Date.UTC(2026, 0, 2, 3, 4, 6))) {
      test(`nothing that names or places somebody is in it, and its flags say so: ${state.name}`, () => {
        for (const share of [{}, { os: 1, locale: 1 }] as const) {
          const prepared = run(kind, share, state)
          if (prepared.kind !== 'item') {
            ok(prepared.why !== 'guard', 'the guard had to stop it')
            continue
          }
          equal(foundIn(prepared.bytes + decodeURIComponent(prepared.bytes), PERSONAL), undefined)
          deepEqual(
            kind.flags(prepared.request.body),
            kind.type === 'meta_capi' ? RESTRICTED_CAPI : RESTRICTED_ACTIVITY,
          )
        }
      })
    }

    test('the forms of contract that the conformance checks give nothing to anyone who is not granted it', () => {
      for (const { name, share, whenRestricted, grants } of FORMS) {
        if (grants !== 'nothing') continue
        for (const state of restrictedStates(Date.UTC(2026, 0, 2, 3, 4, 6))) {
          const { prepared } = runRelay({
            contract: relayContract(kind.type, share, { whenRestricted }),
            route: kind.route,
            request: { query: {}, headers: {}, content: kind.content },
            signals: state.signals,
            ...(state.standing === undefined ? {} : { standing: state.standing }),
          })
          if (prepared.kind === 'item')
            equal(
              foundIn(prepared.bytes + decodeURIComponent(prepared.bytes), PERSONAL),
              undefined,
              `${name}, ${state.name}`,
            )
        }
      }
    })
  })
}

describe('relay: a form whose JSON is none', () => {
  for (const data of ['no JSON', '[', '"text"', '{}', '[[]]'])
    test(`says nothing of anybody: data=${data}`, () => {
      const { prepared } = runRelay({
        contract: relayContract('meta_capi', EVERYTHING),
        route: 1,
        request: { query: {}, headers: {}, content: form({ data: `${data}` }) },
        signals: UNRESTRICTED.signals,
      })
      ok(prepared.kind === 'item')
      ok(!prepared.bytes.includes('JSON') && !prepared.bytes.includes('text'))
    })

  test('events of two people in it are refused as in JSON', () => {
    const other = { ...CAPI_EVENT, user_data: { ...CAPI_EVENT.user_data, external_id: ['user-ben-4712'] } }
    let code = ''
    try {
      runRelay({
        contract: relayContract('meta_capi', EVERYTHING),
        route: 1,
        request: { query: {}, headers: {}, content: form({ data: JSON.stringify([CAPI_EVENT, other]) }) },
      })
    } catch (error) {
      code = (error as { code: string }).code
    }
    equal(code, 'ERR_RELAY_PEOPLE')
  })
})
