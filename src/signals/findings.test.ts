import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RawSignals } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, FIRST_PURPOSE, PRECISE_LOCATION } from '../model/signal.ts'
import type { CategoryMap } from './categories.ts'
import { createDecoders } from './decoders.ts'
import { findSignals } from './findings.ts'

const NOW = Date.UTC(2026, 0, 15)
const HONOURED = { gpc: true, dnt: false }
const find = (raw: RawSignals, honoured = HONOURED, categories: CategoryMap = {}) =>
  findSignals(raw, { honoured, categories, decoders: createDecoders(), from: NOW, until: NOW })
const denied = (raw: RawSignals): number => find(raw).findings.reduce((bits, { denies }) => bits | denies, 0)

describe('what signals mean', () => {
  const rows: [string, RawSignals, number][] = [
    ['nothing sent', {}, 0],
    ['Sec-GPC: 1', { gpc: ['1'] }, ADVERTISING_DIMENSIONS],
    ['Sec-GPC twice, once exactly 1', { gpc: ['0', '1'] }, ADVERTISING_DIMENSIONS],
    ['Sec-GPC: true is as if absent', { gpc: ['true'] }, 0],
    ['US Privacy opt-out', { us_privacy: ['1YYN'] }, ADVERTISING_DIMENSIONS],
    ['US Privacy no opt-out', { us_privacy: ['1YNN'] }, 0],
    ['US Privacy does not apply', { us_privacy: ['1---'] }, 0],
    ['US Privacy malformed', { us_privacy: ['1YQN'] }, ALL_DIMENSIONS],
    ['US Privacy in two places that disagree', { us_privacy: ['1YNN', '1YYN'] }, ADVERTISING_DIMENSIONS],
    ['US Privacy lower-case opt-out', { us_privacy: ['1yyn'] }, ADVERTISING_DIMENSIONS],
    ['limit ad tracking', { lmt: ['1'] }, ADVERTISING_DIMENSIONS],
    ['limit ad tracking off', { lmt: ['0'] }, 0],
    ['limit ad tracking malformed', { lmt: ['maybe'] }, ALL_DIMENSIONS],
    ['ATT authorised', { att: ['3'] }, 0],
    ['ATT denied', { att: ['2'] }, ADVERTISING_DIMENSIONS],
    ['ATT not determined, by name', { att: ['notDetermined'] }, ADVERTISING_DIMENSIONS],
    ['ATT unknown value', { att: ['7'] }, ALL_DIMENSIONS],
    ['ATT absent on iOS 17', { os: ['iOS'], os_version: ['17.5'] }, ADVERTISING_DIMENSIONS],
    ['ATT absent on iOS of a version nobody can read', { os: ['iOS'], os_version: ['new'] }, ADVERTISING_DIMENSIONS],
    ['ATT absent on iOS 14.4 with an id', { os: ['iOS'], os_version: ['14.4'], advertising_id: ['present'] }, 0],
    [
      'iOS 14.1 without an id',
      { os: ['iOS'], os_version: ['14.1'], advertising_id: ['empty'], lmt: ['0'] },
      ADVERTISING_DIMENSIONS,
    ],
    ['ATT absent on Android', { os: ['Android'], os_version: ['14'] }, 0],
    ['a zeroed advertising id', { advertising_id: ['zero'] }, ADVERTISING_DIMENSIONS],
    ['COPPA', { coppa: ['1'] }, ALL_DIMENSIONS],
    ['nine years old', { age: ['9'] }, ALL_DIMENSIONS],
    ['an age nobody can read', { age: ['young'] }, ALL_DIMENSIONS],
    ['an adult', { age: ['40'] }, 0],
    ['Do Not Track, which this policy does not honour', { dnt: ['1'] }, 0],
    ['location permission refused', { location_permission: ['denied'] }, PRECISE_LOCATION],
  ]
  for (const [what, raw, bits] of rows) {
    test(`${what}: denies ${bits}`, () => {
      equal(denied(raw), bits)
    })
  }

  test('Do Not Track counts where the policy honours it', () => {
    equal(find({ dnt: ['1'] }, { gpc: true, dnt: true }).findings[0]?.why, 'dnt')
  })

  test('a child is blocked, and a malformed age blocks without counting as something the person said', () => {
    deepEqual(
      find({ age: ['9'] }).findings.map(({ child, withdrawal }) => ({ child, withdrawal })),
      [{ child: true, withdrawal: true }],
    )
    deepEqual(
      find({ age: ['x'] }).findings.map(({ child, withdrawal }) => ({ child, withdrawal })),
      [{ child: true, withdrawal: false }],
    )
  })

  test('bands younger than adult are found', () => {
    deepEqual(
      [find({ age: ['14'] }), find({ age: ['17'] }), find({ age: ['40', '14'] })].map(
        ({ findings }) => findings[0]?.band,
      ),
      ['13_15', '16_17', '13_15'],
    )
  })

  test('a valid signal that restricts nothing may lift an earlier one of its kind', () => {
    deepEqual(find({ lmt: ['0'], att: ['3'], us_privacy: ['1YNN'] }).lifting, ['us_privacy', 'lmt', 'att'])
    deepEqual(find({ lmt: ['0', '1'] }).lifting, [])
    deepEqual(find({}).lifting, [])
  })
})

describe('GPP strings in the verdict’s terms', () => {
  // Section 7 as @iabgpp/cmpapi writes it: BVQqAAAAAgA did not opt out; the others by the layout of the specification.
  const REFUSES_NOTHING = 'BVQqAAAAAgA'
  const rows: readonly (readonly [string, RawSignals, number])[] = [
    ['did not opt out', { gpp: [`DBABLA~${REFUSES_NOTHING}`], gpp_sid: ['7'] }, 0],
    ['GPC in its segment', { gpp: [`DBABLA~${REFUSES_NOTHING}.YA`] }, ADVERTISING_DIMENSIONS],
    ['the GPC segment says no', { gpp: [`DBABLA~${REFUSES_NOTHING}.QA`] }, 0],
    ['a string nobody can read', { gpp: ['D!'] }, ALL_DIMENSIONS],
    ['a section nobody can read', { gpp: ['DBABLA~B'] }, ALL_DIMENSIONS],
    ['the same section, not in force', { gpp: ['DBACLY~B~BAAAAABA'], gpp_sid: ['8'] }, 0],
    ['a listed section that is missing', { gpp: [`DBABLA~${REFUSES_NOTHING}`], gpp_sid: ['7,8'] }, ALL_DIMENSIONS],
    ['a list without a string', { gpp_sid: ['7'] }, ALL_DIMENSIONS],
    ['a list that says that none applies', { gpp: ['DBABLA~B'], gpp_sid: ['-1'] }, 0],
    ['a list nobody can read', { gpp: [`DBABLA~${REFUSES_NOTHING}`], gpp_sid: ['seven'] }, ALL_DIMENSIONS],
    ['US Privacy inside', { gpp: ['DBABTA~1YYN'] }, ADVERTISING_DIMENSIONS],
    ['a section sent by itself', { gpp_section: ['8~BAAAAABA.YA'] }, ADVERTISING_DIMENSIONS],
    ['an unknown section in force', { gpp_section: ['99~x'] }, ALL_DIMENSIONS],
  ]
  for (const [what, raw, bits] of rows) {
    test(`${what}: denies ${bits}`, () => {
      equal(denied(raw), bits)
    })
  }
  test('a GPC segment counts only where the policy honours it', () => {
    deepEqual(find({ gpp: [`DBABLA~${REFUSES_NOTHING}.YA`] }, { gpc: false, dnt: false }).findings, [])
  })
  test('section 2 in force says that GDPR applies', () => {
    const gpp = ['DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA']
    deepEqual([find({ gpp, gpp_sid: ['2'] }).consent.gdpr, find({ gpp }).consent.gdpr], ['applies', 'unsaid'])
  })
  test('a string that restricts nothing may lift an earlier one', () => {
    deepEqual(find({ gpp: [`DBABLA~${REFUSES_NOTHING}`] }).lifting, ['gpp'])
    deepEqual(find({ gpp: [`DBABLA~${REFUSES_NOTHING}.YA`] }).lifting, [])
  })
})

describe('consent categories in the verdict’s terms', () => {
  const MAP: CategoryMap = { Ads: ['advertising'], Numbers: ['analytics'] }
  const ANALYTICS = FIRST_PURPOSE << 2
  const findIn = (categories: RawSignals['categories']) =>
    find(categories === undefined ? {} : { categories }, HONOURED, MAP)
  test('refused advertising is an opt-out, and refused by name', () => {
    const [finding] = findIn({ Ads: ['0'] }).findings
    deepEqual([finding?.denies, finding?.withdrawal], [ADVERTISING_DIMENSIONS | FIRST_PURPOSE, true])
  })
  test('refused analytics denies that purpose and no dimension', () => {
    deepEqual(
      findIn({ Ads: ['1'], Numbers: ['0'] }).findings.map(({ denies, permits }) => [denies, permits]),
      [
        [ANALYTICS, 0],
        [0, ADVERTISING_DIMENSIONS],
      ],
    )
  })
  test('a category nobody mapped denies, granted or not', () => {
    for (const answer of ['0', '1']) {
      const [finding] = findIn({ New: [answer] }).findings
      deepEqual([finding?.denies, finding?.why], [ALL_DIMENSIONS, 'category_unmapped'])
    }
  })
  test('all granted lifts an earlier refusal', () => {
    deepEqual(findIn({ Ads: ['1'] }).lifting, ['category'])
  })
})

describe('TC strings before it is known where they count', () => {
  test('one that is none at all denies everywhere', () => {
    equal(denied({ country: ['US'], tcf: ['nonsense'] }), ALL_DIMENSIONS)
  })
  test('one that is merely old denies nothing by itself', () => {
    equal(denied({ country: ['US'], tcf: ['CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA'] }), 0)
  })
})
