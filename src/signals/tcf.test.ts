import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TcFields, writeTcString } from '../../test/conformance/consent-strings.ts'
import { parseTcString, type TcString } from './tcf.ts'
import { checkTcString, purposesOf } from './tcf-consent.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 1)
const FRESH = { created: NOW - DAY, lastUpdated: NOW - DAY }

function decoded(fields: Partial<TcFields>): TcString {
  const parsed = parseTcString(writeTcString({ ...FRESH, disclosed: [1, 2, 3, 4, 5], ...fields }))
  if (parsed.state !== 'valid') throw new Error(parsed.state)
  return parsed.value
}

describe('TC strings', () => {
  // Published by prebid/go-gpp and others; the fields are those of the specification's table, read by hand.
  test('a published string is read field by field', () => {
    const parsed = parseTcString('CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA')
    if (parsed.state !== 'valid') throw new Error(parsed.state)
    const {
      created,
      cmpId,
      cmpVersion,
      consentLanguage,
      vendorListVersion,
      policyVersion,
      isServiceSpecific,
      publisherCountry,
    } = parsed.value
    deepEqual(
      [
        new Date(created).toISOString(),
        cmpId,
        cmpVersion,
        consentLanguage,
        vendorListVersion,
        policyVersion,
        isServiceSpecific,
        publisherCountry,
      ],
      ['2022-04-20T22:00:00.000Z', 31, 640, 'EN', 126, 2, true, 'DE'],
    )
  })

  test('CMP id 0 is read', () => {
    equal(decoded({ cmpId: 0 }).cmpId, 0)
  })

  const good = writeTcString({ ...FRESH, purposes: [1], vendors: [7], disclosed: [7] })
  const malformed: readonly (readonly [string, string])[] = [
    ['version 1', `B${good.slice(1)}`],
    ['one character short', good.split('.')[0]!.slice(0, -2)],
    ['data after the last field', `${good.split('.')[0]}_`],
    ['an unknown segment', `${good}.gA`],
    ['a repeated segment', `${good}.${good.split('.')[1]}`],
    ['an empty segment', `${good}.`],
    ['a second core', `${good.split('.')[0]}.${good.split('.')[0]}`],
    ['not base64url', `${good}/`],
    ['far too long', `C${'A'.repeat(20_000)}`],
  ]
  for (const [what, text] of malformed) {
    test(`${what}: invalid`, () => {
      equal(parseTcString(text).state, 'invalid')
    })
  }
  test('nothing sent is absent', () => {
    deepEqual([parseTcString(undefined).state, parseTcString('').state], ['absent', 'absent'])
  })
})

describe('whether a TC string counts', () => {
  const rows: readonly (readonly [string, Partial<TcFields>, 'valid' | 'invalid'])[] = [
    ['fresh', {}, 'valid'],
    ['394 days old', { created: NOW - 394 * DAY, lastUpdated: NOW - 394 * DAY }, 'valid'],
    ['395 days old', { created: NOW - 395 * DAY, lastUpdated: NOW - 395 * DAY }, 'invalid'],
    [
      'created long ago, updated since',
      { created: NOW - 700 * DAY, lastUpdated: NOW - DAY, policyVersion: 5 },
      'valid',
    ],
    ['a week from the future', { created: NOW + 7 * DAY, lastUpdated: NOW + 7 * DAY }, 'invalid'],
    ['updated before it was created', { created: NOW - DAY, lastUpdated: NOW - 10 * DAY }, 'invalid'],
    ['an unknown policy version', { policyVersion: 6 }, 'invalid'],
    ['policy version 3 after September 2023', { policyVersion: 3 }, 'invalid'],
    ['no vendor disclosed, which is something else than no list', { disclosed: [] }, 'valid'],
  ]
  for (const [what, fields, state] of rows) {
    test(`${what}: ${state}`, () => {
      equal(checkTcString(decoded(fields), NOW).state, state)
    })
  }

  test('from March 2026 on the disclosed vendors are mandatory, by the later of both dates', () => {
    const cut = Date.UTC(2026, 2, 1)
    const without = (created: number, lastUpdated: number): string => {
      const parsed = parseTcString(writeTcString({ created, lastUpdated, purposes: [1] }))
      return parsed.state === 'valid' ? checkTcString(parsed.value, lastUpdated).state : parsed.state
    }
    deepEqual(
      [without(cut - 100, cut - 100), without(cut - 100, cut), without(cut, cut)],
      ['valid', 'invalid', 'invalid'],
    )
  })
})

describe('purposes that a vendor may rely on', () => {
  const bits = (...purposes: number[]): number => purposes.reduce((all, purpose) => all | (1 << (purpose - 1)), 0)
  const rows: readonly (readonly [string, Partial<TcFields>, number, number])[] = [
    ['consent to the vendor and the purposes', { purposes: [1, 7], vendors: [3] }, 3, bits(1, 7)],
    ['no consent to the vendor', { purposes: [1, 7], vendors: [2] }, 3, 0],
    ['a vendor that was not disclosed', { purposes: [1, 7], vendors: [3], disclosed: [2] }, 3, 0],
    [
      'a purpose the publisher does not allow',
      { purposes: [1, 7], vendors: [3], restrictions: [{ purpose: 7, type: 0, vendors: [3] }] },
      3,
      bits(1),
    ],
    [
      'a purpose for which legitimate interest is required',
      { purposes: [1, 7], vendors: [3], restrictions: [{ purpose: 7, type: 2, vendors: [3] }] },
      3,
      bits(1),
    ],
    [
      'a purpose for which consent is required',
      { purposes: [1, 7], vendors: [3], restrictions: [{ purpose: 7, type: 1, vendors: [3] }] },
      3,
      bits(1, 7),
    ],
    [
      'a restriction of another vendor',
      { purposes: [1, 7], vendors: [3], restrictions: [{ purpose: 7, type: 0, vendors: [2] }] },
      3,
      bits(1, 7),
    ],
    ['legitimate interest without a vendor list', { interests: [2, 7, 9], vendorInterests: [3] }, 3, 0],
    ['vendor 0', { purposes: [1], vendors: [1] }, 0, 0],
  ]
  for (const [what, fields, vendor, expected] of rows) {
    test(`${what}: ${expected}`, () => {
      equal(purposesOf(decoded(fields), vendor, undefined), expected)
    })
  }

  const listing = { consent: bits(1, 3), legitimateInterest: bits(2, 4, 7), flexible: bits(7) }
  const listed: readonly (readonly [string, Partial<TcFields>, number])[] = [
    ['what the vendor declared, on the basis it declared', { purposes: [1, 2, 3, 7], vendors: [3] }, bits(1, 3)],
    ['legitimate interest where it was declared', { interests: [2, 7], vendorInterests: [3] }, bits(2, 7)],
    ['legitimate interest for purpose 4 from TCF 2.2 on', { interests: [4], vendorInterests: [3] }, 0],
    [
      'legitimate interest for purpose 4 under TCF 2.0',
      { interests: [4], vendorInterests: [3], policyVersion: 2 },
      bits(4),
    ],
    [
      'a flexible purpose that the publisher moves to consent',
      {
        purposes: [7],
        interests: [7],
        vendors: [3],
        vendorInterests: [3],
        restrictions: [{ purpose: 7, type: 1, vendors: [3] }],
      },
      bits(7),
    ],
    [
      'the same without consent',
      { interests: [7], vendorInterests: [3], restrictions: [{ purpose: 7, type: 1, vendors: [3] }] },
      0,
    ],
    [
      'an inflexible purpose that the publisher would move',
      {
        purposes: [2],
        interests: [2],
        vendors: [3],
        vendorInterests: [3],
        restrictions: [{ purpose: 2, type: 1, vendors: [3] }],
      },
      0,
    ],
  ]
  for (const [what, fields, expected] of listed) {
    test(`with a vendor list: ${what}: ${expected}`, () => {
      equal(purposesOf(decoded(fields), 3, listing), expected)
    })
  }
})
