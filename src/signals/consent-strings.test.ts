import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TcFields, writeTcString } from '../../test/conformance/consent-strings.ts'
import { parseAddtlConsent } from './addtl-consent.ts'
import { readCategories } from './categories.ts'
import { readCanadianConsent, readConsent } from './consent-strings.ts'
import { createDecoders } from './decoders.ts'
import { parseTcString } from './tcf.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 1)
const SPAN = { from: NOW, until: NOW }
const decoders = createDecoders()
const string = (fields: Partial<TcFields>) =>
  parseTcString(writeTcString({ created: NOW - DAY, lastUpdated: NOW - DAY, disclosed: [1, 2, 3], ...fields }))

describe('consent strings from several places', () => {
  test('none is no reading', () => {
    equal(readConsent([], SPAN, decoders), undefined)
    equal(readConsent([parseTcString('')], SPAN, decoders), undefined)
  })
  test('two that disagree: only what both say', () => {
    const reading = readConsent(
      [string({ purposes: [1, 7], vendors: [1, 2] }), string({ purposes: [1, 4], vendors: [2, 3] })],
      SPAN,
      decoders,
    )
    deepEqual([reading?.purposes, reading?.purposesOf(1, undefined), reading?.purposesOf(2, undefined)], [1, 0, 1])
  })
  test('one that does not count spoils the other', () => {
    const reading = readConsent([string({ purposes: [1], vendors: [1] }), parseTcString('Cgarbage')], SPAN, decoders)
    deepEqual([reading?.valid, reading?.purposesOf(1, undefined)], [false, 0])
  })
  test('a string that expires between acceptance and now does not count', () => {
    const old = [string({ created: NOW - 394 * DAY, lastUpdated: NOW - 394 * DAY, purposes: [1] })]
    deepEqual(
      [
        readConsent(old, { from: NOW, until: NOW }, decoders)?.valid,
        readConsent(old, { from: NOW, until: NOW + DAY }, decoders)?.valid,
      ],
      [true, false],
    )
  })
  test('in-app copies only take away', () => {
    const strings = [string({ purposes: [1, 7], vendors: [1], specialFeatures: [1] })]
    const reading = readConsent(strings, SPAN, decoders, { purposes: ['1111111'], vendors: ['0'], features: ['0'] })
    deepEqual([reading?.purposes, reading?.purposesOf(1, undefined), reading?.specialFeatures], [0b1000001, 0, 0])
    equal(readConsent([], SPAN, decoders, { purposes: ['1111111'] }), undefined)
  })
  test('Additional Consent names providers, in every string of it', () => {
    const strings = [string({ purposes: [1], vendors: [] })]
    const has = (...addtlConsent: string[]) => readConsent(strings, SPAN, decoders, { addtlConsent })?.hasProvider(89)
    deepEqual(
      [has('1~89.90'), has('2~89~dv.5'), has('2~5~dv.89'), has('1~89', '1~5'), has('nonsense'), has()],
      [true, true, false, false, false, false],
    )
  })
  test('IAB Canada has no purpose 1: it goes with any other', () => {
    const reading = (purposes: number[]) => readCanadianConsent([string({ purposes, vendors: [1] })], SPAN, decoders)
    deepEqual(
      [reading([7])?.purposesOf(1, undefined), reading([])?.purposesOf(1, undefined), reading([1])?.purposes],
      [0b1000001, 0, 0],
    )
  })
})

describe('Additional Consent', () => {
  for (const [text, state] of [
    ['1~1.2', 'valid'],
    ['1~', 'valid'],
    ['2~~dv.', 'valid'],
    ['', 'absent'],
    ['3~1', 'invalid'],
    ['1~1,2', 'invalid'],
    ['1~0', 'invalid'],
    ['1~1~dv.2', 'invalid'],
    ['2~1~dv.2~x', 'invalid'],
    ['1~9999999', 'invalid'],
    ['1', 'invalid'],
  ] as const) {
    test(`${JSON.stringify(text)}: ${state}`, () => {
      equal(parseAddtlConsent(text).state, state)
    })
  }
})

describe('consent categories', () => {
  const MAP = { Ads: ['advertising'], Numbers: ['measurement', 'analytics'], More: ['measurement'] } as const
  const ADVERTISING = 1
  const MEASUREMENT = 2
  const ANALYTICS = 4
  test('a purpose that one category refuses is refused, whatever another grants', () => {
    const reading = readCategories({ Numbers: ['1'], More: ['0'] }, MAP)
    deepEqual([reading?.granted, reading?.refused], [ANALYTICS, MEASUREMENT])
  })
  test('two answers to one category are a refusal', () => {
    deepEqual(readCategories({ Ads: ['1', '0'] }, MAP)?.refused, ADVERTISING)
  })
  test('a category nobody mapped, granted or refused', () => {
    deepEqual(
      [readCategories({ New: ['1'] }, MAP)?.unmapped, readCategories({ constructor: ['1'] }, MAP)?.unmapped],
      [true, true],
    )
  })
  test('an answer that is neither yes nor no', () => {
    deepEqual(
      [readCategories({ Ads: ['maybe'] }, MAP)?.malformed, readCategories({ Ads: [''] }, MAP)?.malformed],
      [true, true],
    )
  })
  test('nothing sent', () => {
    equal(readCategories(undefined, MAP), undefined)
  })
})

test('decoded strings are remembered: the same answer for the same text', () => {
  const text = writeTcString({ created: NOW, lastUpdated: NOW, disclosed: [] })
  equal(decoders.tcf(text), decoders.tcf(text))
})
