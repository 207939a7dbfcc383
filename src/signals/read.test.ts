import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../model/brand.ts'
import type { RawSignals } from '../model/event.ts'
import { createCountryReader } from './place.ts'
import { hasNoSignals, NO_REQUEST_SIGNALS, readSignals } from './read.ts'

const NOW = Date.UTC(2026, 5, 1)
const countryOf = createCountryReader()
const read = (...events: JsonObject[]): RawSignals => readSignals(events, NO_REQUEST_SIGNALS, NOW, countryOf)

const ROWS: [string, JsonObject, RawSignals][] = [
  ['ad tracking switch, inverted', { context: { device: { adTrackingEnabled: false } } }, { lmt: ['1'] }],
  ['OpenRTB device names', { context: { device: { lmt: 1, ext: { atts: 2 } } } }, { lmt: ['1'], att: ['2'] }],
  ['Segment add-on names', { context: { device: { trackingStatus: 'denied' } } }, { att: ['denied'] }],
  ['US Privacy under its in-app key', { context: { IABUSPrivacy_String: '1YYN' } }, { us_privacy: ['1YYN'] }],
  ['regs and regs.ext', { context: { regs: { coppa: 1, ext: { gpc: '1' } } } }, { coppa: ['1'], gpc: ['1'] }],
  [
    'a zeroed id',
    { context: { device: { advertisingId: '00000000-0000-0000-0000-000000000000' } } },
    { advertising_id: ['zero'] },
  ],
  ['an id under the context key', { context: { advertisingId: 'ABC' } }, { advertising_id: ['present'] }],
  ['age in traits', { traits: { age: 12 } }, { age: ['12'] }],
  ['a birth date', { context: { traits: { birthday: '2017-06-02' } } }, { age: ['8'] }],
  [
    'a country by code, name and alpha-3',
    { context: { location: { country: 'Germany' }, country: 'USA' } },
    { country: ['DE', 'US'] },
  ],
  ['a country nobody knows', { context: { location: { country: 'Atlantis' } } }, { country: ['ZZ'] }],
  [
    'a US state by name',
    { context: { location: { country: 'US', region: 'California' } } },
    { country: ['US'], region: ['CA'] },
  ],
  [
    'consent categories',
    { context: { consent: { categoryPreferences: { Advertising: false } } } },
    { categories: { Advertising: ['0'] } },
  ],
  [
    'RudderStack’s consent management',
    { context: { consentManagement: { allowedConsentIds: ['ads'], deniedConsentIds: ['numbers'] } } },
    { categories: { ads: ['1'], numbers: ['0'] } },
  ],
  [
    'RudderStack’s ids as an object, and one that is no id',
    { context: { consentManagement: { allowedConsentIds: { one: 'ads', two: 7 } } } },
    { categories: { ads: ['1'], '': ['\u0000'] } },
  ],
  [
    'in-app keys of IAB’s SDKs',
    {
      context: { IABTCF_TCString: 'C1', IABTCF_gdprApplies: 1, IABTCF_PurposeConsents: '101', IABGPP_GppSID: '7_8' },
    },
    { tcf: ['C1'], gdpr_applies: ['1'], tcf_purposes: ['101'], gpp_sid: ['7_8'] },
  ],
  ['one GPP section by itself', { context: { IABGPP_8_String: 'BAAAAABA' } }, { gpp_section: ['8~BAAAAABA'] }],
  [
    'an OpenRTB 2.6 request as an event',
    {
      regs: { gdpr: 1, gpp: 'D', gpp_sid: [7, 8] },
      user: { consent: 'C2' },
      device: { lmt: 1, os: 'iOS', osv: '17.0', ifa: 'A', geo: { country: 'FRA' } },
    },
    {
      gdpr_applies: ['1'],
      gpp: ['D'],
      gpp_sid: ['7,8'],
      tcf: ['C2'],
      lmt: ['1'],
      os: ['iOS'],
      os_version: ['17.0'],
      advertising_id: ['present'],
      country: ['FR'],
    },
  ],
  [
    'an OpenRTB 2.5 request, whose signals are under ext',
    {
      regs: { ext: { us_privacy: '1YNN', gdpr: 0 } },
      user: { ext: { consent: 'C3', ConsentedProvidersSettings: { consented_providers: '1~2' } } },
    },
    { us_privacy: ['1YNN'], gdpr_applies: ['0'], tcf: ['C3'], addtl_consent: ['1~2'] },
  ],
  ['white space is something that nobody understands', { context: { us_privacy: ' ' } }, { us_privacy: ['\u0000'] }],
  ['a signal that is an object is malformed', { context: { us_privacy: { sale: 'N' } } }, { us_privacy: ['\u0000'] }],
  ['a text too long to be a signal is malformed', { context: { gpp: 'D'.repeat(20_000) } }, { gpp: ['\u0000'] }],
]

describe('where signals are found', () => {
  for (const [what, event, expected] of ROWS) {
    test(what, () => {
      deepEqual(read(event), expected)
    })
  }

  test('an event and its batch that disagree are two texts', () => {
    deepEqual(read({ context: { us_privacy: '1YNN' } }, { context: { us_privacy: '1YYN' } }), {
      us_privacy: ['1YNN', '1YYN'],
    })
  })

  test('the query counts beside the body', () => {
    const query = { us_privacy: '1YYN', gdpr: '1', gdpr_consent: 'C4', gpp_sid: '7' }
    deepEqual(readSignals([{ context: { us_privacy: '1YNN' } }], { gpc: [], dnt: [], query }, NOW, countryOf), {
      us_privacy: ['1YYN', '1YNN'],
      gdpr_applies: ['1'],
      tcf: ['C4'],
      gpp_sid: ['7'],
    })
  })

  test('headers count beside the body', () => {
    deepEqual(readSignals([{ context: { gpc: '0' } }], { gpc: ['1'], dnt: ['1'] }, NOW, countryOf), {
      gpc: ['1', '0'],
      dnt: ['1'],
    })
  })
})

describe('an event that says nothing itself', () => {
  for (const [what, event, expected] of ROWS)
    test(`is none with ${what}`, () => {
      equal(hasNoSignals(event), Object.keys(expected).length === 0)
    })

  const members = ['type', 'event', 'name', 'messageId', 'userId', 'anonymousId', 'previousId', 'groupId']
  for (const name of [...members, 'timestamp', 'originalTimestamp', 'sentAt', 'channel', 'properties'])
    test(`whatever is under ${name}: nothing is read of it`, () => {
      for (const [, event] of ROWS)
        for (const value of [event, event.context ?? null, '1YYN']) {
          equal(hasNoSignals({ [name]: value, context: {} }), true)
          deepEqual(read({ [name]: value, context: {} }), {})
        }
    })

  test('a member that nobody knows may say something', () => {
    equal(hasNoSignals({ consent: { gpc: '1' } }), false)
    equal(hasNoSignals({ context: { locale: 'en' } }), false)
  })
})
