import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { writeBits, writeGpp, writeTwoBits } from '../../test/conformance/consent-strings.ts'
import { PRECISE_LOCATION, SALE, SHARING, TARGETED_ADVERTISING } from '../model/signal.ts'
import { parseGpp, parseSectionList } from './gpp.ts'
import { meaningOf, type UsMeaning } from './gpp-meaning.ts'
import { US_SECTIONS } from './gpp-sections.ts'
import { decodeUsSection, type UsFields, usSectionSpec } from './gpp-us.ts'
import { parseTcfCanada } from './tcf-canada.ts'

describe('GPP header', () => {
  test('lists the sections that follow, with either padding', () => {
    for (const header of ['DBABM', 'DBABMA']) {
      const parsed = parseGpp(`${header}~CPXx`)
      deepEqual(parsed.state === 'valid' ? [...parsed.value.sections] : parsed, [[2, 'CPXx']])
    }
  })
  test('ranges of ids are expanded', () => {
    const parsed = parseGpp('DBABjw~a~1YNN')
    deepEqual(parsed.state === 'valid' ? parsed.value.sectionIds : parsed, [5, 6])
  })
  test('no section at all is a string too', () => {
    const parsed = parseGpp('DBAA')
    deepEqual(parsed.state === 'valid' ? parsed.value.sectionIds : parsed, [])
  })
  for (const [what, text] of [
    ['cut short', 'DB'],
    ['another type', 'AAAA'],
    ['version 2', 'DCAA'],
    ['more sections than it lists', 'DBABM~a~b'],
    ['fewer sections than it lists', 'DBACNY~a'],
    ['data behind its end', 'DBABP~a'],
    ['not base64url', 'DB!A~a'],
    ['too long', `DBABM~${'a'.repeat(20_000)}`],
  ] as const) {
    test(`${what}: invalid`, () => {
      equal(parseGpp(text).state, 'invalid')
    })
  }
  test('the list of sections in force', () => {
    deepEqual(
      ['7', ' 2 , 6 ', '2_3', '-1', '7,x', '', '  '].map((text) => parseSectionList(text)),
      [
        { ids: [7], malformed: false },
        { ids: [2, 6], malformed: false },
        { ids: [2, 3], malformed: false },
        { ids: [], malformed: false },
        { ids: [7], malformed: true },
        undefined,
        undefined,
      ],
    )
  })
})

function decode(id: number, text: string) {
  const decoded = decodeUsSection(usSectionSpec(id)!, text)
  return decoded.state === 'valid' ? decoded.value : decoded
}

describe('US sections', () => {
  test('every id from 7 to 27 has a layout', () => {
    deepEqual(
      US_SECTIONS.map(({ id }) => id),
      Array.from({ length: 21 }, (_, index) => index + 7),
    )
  })

  test('a GPC segment is present and true, present and false, or absent', () => {
    const gpcOf = (text: string) => {
      const decoded = decode(8, text)
      return 'gpc' in decoded ? decoded.gpc : decoded
    }
    deepEqual([gpcOf('BAAAAABA.YA'), gpcOf('BAAAAABA.QA'), gpcOf('BAAAAABA')], [true, false, undefined])
  })

  test('US National, version 1, has 12 sensitive items; the newer lengths under version 1 are told by their data', () => {
    const sizes = (text: string) => {
      const decoded = decode(7, text)
      if (!('fields' in decoded)) return decoded
      const { SensitiveDataProcessing: items, MspaCoveredTransaction: covered, Version: version } = decoded.fields
      return [version, Array.isArray(items) ? items.length : items, covered]
    }
    deepEqual(sizes('BAAAAAAAAQA'), [1, 12, 1])
    deepEqual(sizes('BAAAAAAAAABA'), [1, 16, 1])
    deepEqual(sizes('CAAAAAAAAABA'), [2, 16, 1])
  })

  // Maryland with a section header: section id 24, version 1, subsection 1 (GPC) listed; then the core; then GPC.
  const header = (id: number, ...subsections: number[]): string => {
    const bits = writeBits().int(id, 6).int(1, 6).int(subsections.length, 12)
    for (const subsection of subsections) bits.int(0, 1).fibonacci(subsection)
    return bits.text()
  }
  const core = (version: number, ...values: number[]): string => writeTwoBits(version, values)

  test('Maryland is read behind its section header, and as the published library writes it', () => {
    const values = [1, 1, 1, 1, 1, 2, 1, 0]
    const behind = decode(24, `${header(24, 1)}.${core(1, ...values)}.YA`)
    const bare = decode(24, `${core(1, ...values)}.YA`)
    for (const decoded of [behind, bare]) {
      if (!('fields' in decoded)) throw new Error(JSON.stringify(decoded))
      deepEqual([decoded.fields.SaleOptOut, decoded.fields.TargetedAdvertisingOptOut, decoded.gpc], [2, 1, true])
    }
  })
  test('Indiana, Kentucky and Rhode Island have an optional list of sensitive items', () => {
    for (const id of [25, 26, 27]) {
      const values = [1, 0, 1, 1, 1, 2, 2, 0, 0]
      const items = writeBits()
      for (const item of [0, 0, 0, 0, 0, 0, 0, 1]) items.int(item, 2)
      const decoded = decode(id, `${header(id, 1)}.${core(1, ...values)}.${items.text()}`)
      deepEqual('fields' in decoded ? decoded.fields.SensitiveDataProcessing : decoded, [0, 0, 0, 0, 0, 0, 0, 1])
      const without = decode(id, `${header(id)}.${core(1, ...values)}`)
      equal('fields' in without ? without.fields.SensitiveDataProcessing : 'invalid', undefined)
    }
  })
  test('a section header that lists other subsections than follow is malformed', () => {
    deepEqual('state' in decode(24, `${header(24, 1)}.${core(1, 1, 1, 1, 1, 1, 2, 1, 0)}`), true)
    deepEqual('state' in decode(24, `${header(25)}.${core(1, 1, 1, 1, 1, 1, 2, 1, 0)}`), true)
  })

  for (const [what, text] of [
    ['an unknown version', 'xlgWEYCZAA'],
    ['cut short', 'BAAA'],
    ['data after the last field', 'BAAAAABAAB'],
    ['two GPC segments', 'BAAAAABA.QA.YA'],
    ['a segment of another type', 'BAAAAABA.gA'],
    ['an empty segment', 'BAAAAABA.'],
  ] as const) {
    test(`California, ${what}: invalid`, () => {
      equal('state' in decode(8, text), true)
    })
  }
})

function meaning(id: number, fields: UsFields, gpc?: boolean): UsMeaning {
  const found = meaningOf({ spec: usSectionSpec(id)!, version: 1, fields, gpc })
  if (found.state !== 'valid') throw new Error(found.state)
  return found.value
}

describe('what a US section means', () => {
  const ADS = SALE | SHARING | TARGETED_ADVERTISING
  const rows: readonly (readonly [string, number, UsFields, Partial<UsMeaning>])[] = [
    ['opted out of sale', 7, { SaleOptOut: 1, SaleOptOutNotice: 1 }, { optedOut: SALE, contradicted: 0 }],
    ['did not opt out, after notice', 7, { SaleOptOut: 2, SaleOptOutNotice: 1 }, { optedOut: 0, contradicted: 0 }],
    ['did not opt out, though no notice applies', 7, { SaleOptOut: 2, SaleOptOutNotice: 0 }, { contradicted: SALE }],
    ['notice not given', 7, { SaleOptOut: 0, SaleOptOutNotice: 2 }, { contradicted: SALE }],
    ['notice given, and the opt-out does not apply', 7, { SaleOptOut: 0, SaleOptOutNotice: 1 }, { contradicted: SALE }],
    ['nothing applies', 7, { SaleOptOut: 0, SaleOptOutNotice: 0 }, { optedOut: 0, contradicted: 0, restricted: 0 }],
    [
      'California: sharing is targeted advertising',
      8,
      { SharingOptOut: 1, SharingOptOutNotice: 1 },
      { optedOut: SHARING | TARGETED_ADVERTISING },
    ],
    ['no notice of processing', 16, { ProcessingNotice: 2 }, { contradicted: ADS }],
    ['service provider mode', 9, { MspaServiceProviderMode: 1 }, { restricted: ADS }],
    ['Maryland: service provider mode is 2', 24, { MspaMode: 2 }, { restricted: ADS }],
    ['Maryland: opt-out option mode is 1', 24, { MspaMode: 1 }, { restricted: 0 }],
    [
      'Oregon: precise location is the eleventh item',
      15,
      { SensitiveDataProcessing: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
      { optedOut: PRECISE_LOCATION, sensitiveRefused: false },
    ],
    [
      'California: it is the third',
      8,
      { SensitiveDataProcessing: [0, 0, 1, 0, 0, 0, 0, 0, 0] },
      { optedOut: PRECISE_LOCATION, sensitiveRefused: false },
    ],
    [
      'Colorado has no such item',
      10,
      { SensitiveDataProcessing: [0, 0, 0, 0, 0, 0, 1] },
      { optedOut: 0, sensitiveRefused: true },
    ],
    [
      'another sensitive item refused',
      7,
      { SensitiveDataProcessing: [0, 0, 1] },
      { optedOut: 0, sensitiveRefused: true },
    ],
    [
      'consent to precise location without a notice',
      7,
      { SensitiveDataProcessing: [0, 0, 0, 0, 0, 0, 0, 2], SensitiveDataLimitUseNotice: 0 },
      { contradicted: PRECISE_LOCATION },
    ],
    [
      'US National: the first child item is 13 to 15, refused',
      7,
      { KnownChildSensitiveDataConsents: [1, 0] },
      { band: '13_15', restricted: ADS, lifted: 0 },
    ],
    [
      'the same, consented',
      7,
      { KnownChildSensitiveDataConsents: [2, 0] },
      { band: '13_15', restricted: 0, lifted: ADS },
    ],
    [
      'US National: the second is under 13, whatever was consented',
      7,
      { KnownChildSensitiveDataConsents: [0, 2] },
      { band: 'under_13' },
    ],
    [
      'Connecticut: consent to sale, none to targeted advertising',
      12,
      { KnownChildSensitiveDataConsents: [0, 2, 1] },
      { band: '13_15', lifted: SALE | SHARING, restricted: TARGETED_ADVERTISING },
    ],
    ['Delaware: 16 and 17', 17, { KnownChildSensitiveDataConsents: [0, 0, 0, 2, 2] }, { band: '16_17', lifted: ADS }],
    ['Virginia: a known child', 9, { KnownChildSensitiveDataConsents: 1 }, { band: 'under_13' }],
    [
      'two bands: the younger counts, and its consent alone',
      7,
      { KnownChildSensitiveDataConsents: [2, 1, 2] },
      { band: 'under_13', lifted: 0 },
    ],
    [
      'consent to other uses is consent',
      7,
      { PersonalDataConsents: 2 },
      { optedOut: 0, restricted: 0, contradicted: 0 },
    ],
  ]
  for (const [what, id, fields, expected] of rows) {
    test(what, () => {
      const found = meaning(id, fields)
      deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, found[key as keyof UsMeaning]])), expected)
    })
  }

  test('3 means nothing, in any field or item', () => {
    for (const fields of [{ SaleOptOut: 3 }, { SensitiveDataProcessing: [0, 3] }, { MspaCoveredTransaction: 3 }]) {
      equal(meaningOf({ spec: usSectionSpec(7)!, version: 1, fields, gpc: undefined }).state, 'invalid')
    }
  })
  test('GPC counts only where its segment says so', () => {
    deepEqual([meaning(7, {}, true).gpc, meaning(7, {}, false).gpc, meaning(7, {}).gpc], [true, false, false])
  })
})

describe('the Canadian section', () => {
  // Published by IABTechLab/iabgpp-es: defaults, nothing consented.
  test('a published string is read', () => {
    const parsed = parseTcfCanada('BPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAA')
    if (parsed.state !== 'valid') throw new Error(JSON.stringify(parsed))
    deepEqual(
      [parsed.value.purposesConsent, parsed.value.vendorConsents.ids(), parsed.value.segmentTypes],
      [0, [], [0, 3]],
    )
  })
  test('a European string there is malformed', () => {
    equal(parseTcfCanada('CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA').state, 'invalid')
  })
})

test('a string of many sections is put together and read', () => {
  const parsed = parseGpp(
    writeGpp([
      [2, 'a'],
      [7, 'b'],
      [27, 'c'],
    ]),
  )
  deepEqual(parsed.state === 'valid' ? [...parsed.value.sections] : parsed, [
    [2, 'a'],
    [7, 'b'],
    [27, 'c'],
  ])
})
