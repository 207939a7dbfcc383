/** Which signals lift an earlier opt-out, and of what: only a statement that the person did not opt out. */
import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { writeTwoBits } from '../../test/conformance/consent-strings.ts'
import type { RawSignals } from '../model/event.ts'
import {
  ADVERTISING_DIMENSIONS,
  ALL_DIMENSIONS,
  FIRST_PURPOSE,
  SALE,
  SENSITIVE_DATA,
  SHARING,
  TARGETED_ADVERTISING,
} from '../model/signal.ts'
import { createDecoders } from './decoders.ts'
import { findSignals } from './findings.ts'
import { US_SECTIONS } from './gpp-sections.ts'

const NOW = Date.UTC(2026, 0, 15)
const MAP = { Ads: ['advertising'], Numbers: ['analytics'] } as const
const find = (raw: RawSignals) =>
  findSignals(raw, {
    honoured: { gpc: true, dnt: false },
    categories: MAP,
    decoders: createDecoders(),
    from: NOW,
    until: NOW,
  })
const lifts = (raw: RawSignals) => {
  const { lifting, covers } = find(raw)
  return Object.fromEntries(lifting.map((signal) => [signal, covers?.[signal] ?? 'all']))
}
const layoutOf = (section: number): readonly string[] =>
  US_SECTIONS.find(({ id }) => id === section)!.layouts[1]!.split(' ')
const national = (fields: Readonly<Record<string, readonly number[]>>): string => {
  const names = layoutOf(7)
  return writeTwoBits(
    1,
    names.flatMap((field) => {
      const [name = '', count = '1'] = field.split(':')
      return fields[name] ?? new Array<number>(Number(count)).fill(name.endsWith('Notice') ? 1 : 0)
    }),
  )
}
const NOT_OPTED_OUT = { SaleOptOut: [2], SharingOptOut: [2], TargetedAdvertisingOptOut: [2] }
const sensitive = (first: number, precise: number): readonly number[] => [first, 0, 0, 0, 0, 0, 0, precise, 0, 0, 0, 0]
const said = (fields: Parameters<typeof national>[0], sid = '7'): RawSignals => ({
  gpp_section: [`7~${national(fields)}`],
  gpp_sid: [sid],
})

describe('what lifts an earlier opt-out', () => {
  const rows: readonly (readonly [string, RawSignals, Readonly<Record<string, number | 'all'>>])[] = [
    ['US Privacy: did not opt out', { us_privacy: ['1YNN'] }, { us_privacy: 'all' }],
    ['US Privacy: the CCPA does not apply', { us_privacy: ['1---'] }, {}],
    ['the same inside GPP', { gpp_section: ['6~1---'] }, {}],
    ['one place says that it does not apply, the other no', { us_privacy: ['1---', '1YNN'] }, { us_privacy: 'all' }],
    ['national: did not opt out', said(NOT_OPTED_OUT), { gpp: ADVERTISING_DIMENSIONS }],
    [
      'national: and agreed to precise location and to sensitive data',
      said({ ...NOT_OPTED_OUT, SensitiveDataProcessing: sensitive(2, 2) }),
      { gpp: ALL_DIMENSIONS | SENSITIVE_DATA },
    ],
    ['national: all not applicable', { gpp_section: ['8~BAAAAAAA.QA'] }, {}],
    ['national: in the string and not in force', { ...said(NOT_OPTED_OUT), gpp_sid: ['-1'] }, {}],
    ['no section in force and none sent', { gpp_sid: ['-1'] }, {}],
    ['another section in force', { ...said(NOT_OPTED_OUT), gpp_sid: ['7', '8'] }, {}],
    [
      'California: did not opt out, all not applicable in the nation',
      { gpp_section: ['8~BVoAAAAA.QA'] },
      { gpp: ADVERTISING_DIMENSIONS },
    ],
    ['ATT authorized', { att: ['3'] }, { att: 'all' }],
    ['limit off', { lmt: ['0'] }, { lmt: 'all' }],
    ['an empty text', { us_privacy: [''], lmt: [''], att: [''], gpp: [''], tcf: [''] }, {}],
    [
      'a category that says nothing of advertising',
      { categories: { Numbers: ['1'] } },
      { category: 4 * FIRST_PURPOSE },
    ],
    ['advertising agreed to', { categories: { Ads: ['1'] } }, { category: ADVERTISING_DIMENSIONS | FIRST_PURPOSE }],
    ['no category at all', { categories: {} }, {}],
  ]
  for (const [what, raw, expected] of rows) {
    test(what, () => {
      deepEqual(lifts(raw), expected)
    })
  }

  test('a section in which one question does not apply speaks of the others', () => {
    const partly = said({ ...NOT_OPTED_OUT, SharingOptOut: [0], SharingOptOutNotice: [0], SharingNotice: [1] })
    deepEqual(lifts(partly), { gpp: SALE | TARGETED_ADVERTISING })
  })
  test('a law that knows no sharing covers it by the two that it knows', () => {
    const names = layoutOf(9)
    const text = writeTwoBits(
      1,
      names.flatMap((field) => {
        const [name = '', count = '1'] = field.split(':')
        const value = name.endsWith('Notice') ? 1 : name.endsWith('OptOut') ? 2 : 0
        return new Array<number>(Number(count)).fill(value)
      }),
    )
    deepEqual(lifts({ gpp_section: [`9~${text}`] }), { gpp: SALE | SHARING | TARGETED_ADVERTISING })
  })
})
