import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RawSignals } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, PRECISE_LOCATION } from '../model/signal.ts'
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
