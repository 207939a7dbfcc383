import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../model/brand.ts'
import type { RawSignals } from '../model/event.ts'
import { createCountryReader } from './place.ts'
import { NO_REQUEST_SIGNALS, readSignals } from './read.ts'

const NOW = Date.UTC(2026, 5, 1)
const countryOf = createCountryReader()
const read = (...events: JsonObject[]): RawSignals => readSignals(events, NO_REQUEST_SIGNALS, NOW, countryOf)

describe('where signals are found', () => {
  const rows: [string, JsonObject, RawSignals][] = [
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
    ['a signal that is an object is malformed', { context: { us_privacy: { sale: 'N' } } }, { us_privacy: ['\u0000'] }],
    ['a text too long to be a signal is malformed', { context: { gpp: 'D'.repeat(20_000) } }, { gpp: ['\u0000'] }],
  ]
  for (const [what, event, expected] of rows) {
    test(what, () => {
      deepEqual(read(event), expected)
    })
  }

  test('an event and its batch that disagree are two texts', () => {
    deepEqual(read({ context: { us_privacy: '1YNN' } }, { context: { us_privacy: '1YYN' } }), {
      us_privacy: ['1YNN', '1YYN'],
    })
  })

  test('headers count beside the body', () => {
    deepEqual(readSignals([{ context: { gpc: '0' } }], { gpc: ['1'], dnt: ['1'] }, NOW, countryOf), {
      gpc: ['1', '0'],
      dnt: ['1'],
    })
  })
})
