/**
 * What is hashed, before it is hashed: by what partners publish and what their SDKs and forwarders test
 * (facebook-python-business-sdk, `serverside/normalize.py`; Snapchat, "How to normalize identifiers"; the conversions API of
 * Reddit and TikTok as Segment and RudderStack call them; Google, "Normalize and hash", for the form of an address).
 */
import { equal } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type Hash,
  hashedBareEmail,
  hashedCity,
  hashedCountry,
  hashedDate,
  hashedDigits,
  hashedEmail,
  hashedExact,
  hashedGender,
  hashedGenderOfThree,
  hashedName,
  hashedPlusDigits,
  hashedPostal,
  hashedRegion,
  hashedText,
} from './hashes.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
type Rows = readonly (readonly [string, string | undefined])[]
function table(what: string, hash: Hash, rows: Rows): void {
  describe(what, () => {
    for (const [text, normal] of rows) {
      test(`${JSON.stringify(text)} is ${normal === undefined ? 'none' : JSON.stringify(normal)}`, () => {
        equal(hash(text), normal === undefined ? undefined : sha256(normal))
      })
    }
  })
}

table('e-mail', hashedEmail, [
  ['  Anna@Mail.example\n', 'anna@mail.example'],
  ['    aBc@gmail.com   ', 'abc@gmail.com'],
  ['first.last+tag@mail.example.co.uk', 'first.last+tag@mail.example.co.uk'],
  ["o'brien_x-1@mail.example", "o'brien_x-1@mail.example"],
  ['müller@bücher.example', 'müller@bücher.example'],
  ['\u200banna@mail.example\u200e', 'anna@mail.example'],
  ['ａｎｎａ@mail.example', 'anna@mail.example'],
  ...[
    'null',
    'undefined',
    'n/a',
    'unknown',
    'None',
    '',
    ' ',
    'a',
    '@',
    'a@',
    '@b.example',
    'a@b',
    'a@b.c',
    'a@localhost',
  ]
    .concat([
      'a@b@c.example',
      'a b@c.example',
      'a@b..example',
      'a@-b.example',
      'a@10.0.0.1',
      '{{email}}',
      '[object Object]',
    ])
    .concat([
      'Anna <anna@mail.example>',
      'anna@mail.example, ben@mail.example',
      'anna(at)mail.example',
      'd41d8cd98f00b204e9800998ecf8427e',
    ])
    .map((text) => [text, undefined] as const),
])
table('e-mail as Reddit hashes it', hashedBareEmail, [
  ['First.Last+tag@Mail.example', 'firstlast@mail.example'],
  ['test@test.com', 'test@test.com'],
  ['+tag@mail.example', undefined],
  ['a@b', undefined],
])

/** Digits, as Meta, Snapchat and Pinterest hash them. */
table('phone', hashedDigits, [
  ['+49 (30) 555-0132', '49305550132'],
  ['0049 (30) 555-0132', '49305550132'],
  ['+44 844 412 4653', '448444124653'],
  ['0044 844 412 4653', '448444124653'],
  ['+44 (0)20 7946 0958', '442079460958'],
  ['+44 (0) 20 7946 0958 ext. 12', '442079460958'],
  ['+49 0151 23456789', '4915123456789'],
  ['0049 0151 23456789', '4915123456789'],
  ['+0049 151 23456789', '4915123456789'],
  ['+39 06 698 12345', '390669812345'],
  ['+225 07 08 09 10 11', '2250708091011'],
  ['1-650-555-1212', '16505551212'],
  ['1-650-555   - 1212 x450', '16505551212'],
  ['1-(650)-555   - 1212 ExT 450', '16505551212'],
  ['1.650.555.1212 #450', '16505551212'],
  ['+1 (650)555-1212', '16505551212'],
  ['+1 650 555 1212,,450', '16505551212'],
  ['tel:+1-650-555-1212;ext=450', '16505551212'],
  ['+91-9831311135', '919831311135'],
  ['919831311135', '919831311135'],
  ['4915123456789', '4915123456789'],
  ['+91 2111111 ', '912111111'],
  ['+1234589947', '1234589947'],
  ['+3712345678', '3712345678'],
  ['\u202a+49 151 23456789\u202c', '4915123456789'],
  ['＋４９ １５１ ２３４５６７８９', '4915123456789'],
  ['+٤٩١٥١٢٣٤٥٦٧٨٩', '4915123456789'],
  ['+49–151–2345–6789', '4915123456789'],
  ...[
    '0151 23456789',
    '(0151) 23456789',
    '015123456789',
    '15123456789',
    '151 23456789',
    '06 12 34 56 78',
    '020 7946 0958',
  ]
    // Without a country: North American as people write it, a Chinese and a Brazilian mobile number.
    .concat(['(650) 555-1212', '6505551212', '13812345678', '16505551212', '31987654321', '9000000000', '1234567890'])
    // A code that is said twice, or none.
    .concat([
      '+49 49 151 23456789',
      '+49 +49 151 23456789',
      '+44 44 20 7946 0958',
      '+1 1 650 555 1212',
      '+7 8 916 123 45 67',
    ])
    .concat([
      '+0151 23456789',
      '+0000000000',
      '0000000000',
      '+1111111111',
      '+49',
      '+49 12',
      '0011 44 20 7946 0958',
      '011 44 20 7946 0958',
    ])
    .concat(['+49 00 151 23456789', '+1 050 555 1212', '+491512345678901234', '+49 151 234567 / +49 30 555 0132'])
    .concat([
      'unknown',
      'null',
      'x450',
      '',
      '-',
      '1-800-FLOWERS',
      '+49 151 CALL-ME',
      'anna@mail.example',
      'd41d8cd98f00b204e9800998ecf8427e',
    ])
    .map((text) => [text, undefined] as const),
])
table('phone behind a plus, as TikTok, Reddit and AppsFlyer hash it', hashedPlusDigits, [
  ['+49 (0)151 23456789', '+4915123456789'],
  ['1-650-555-1212', '+16505551212'],
  ['+919912345678', '+919912345678'],
  ['+371234567890123', '+371234567890123'],
  ['+1555-555-5555', '+15555555555'],
  ['0151 23456789', undefined],
])

table('gender', hashedGender, [
  ...['Female', ' f', 'WOMAN', 'w', 'Frau', 'mujer', 'femme', 'женский', '女性'].map((text) => [text, 'f'] as const),
  ...['m', 'Male', 'man', 'hombre', 'mężczyzna', '男'].map((text) => [text, 'm'] as const),
  ...[
    'unknown',
    'prefer not to say',
    '2',
    '',
    'none',
    'non-binary',
    'n',
    'x',
    'divers',
    'fiú',
    'misc',
    'fluid',
    'm/f',
    'Mrs',
  ].map((text) => [text, undefined] as const),
])
table('gender as Pinterest hashes it', hashedGenderOfThree, [
  ['Female', 'f'],
  ['male', 'm'],
  ['non-binary', 'n'],
  ['Nonbinary', 'n'],
  ['unknown', undefined],
  ['prefer not to say', undefined],
])

table('name', hashedName, [
  [' Anna ', 'anna'],
  ['Mary Ann', 'mary ann'],
  ['Jose\u0301', 'josé'],
  ["O'Brien", "o'brien"],
  ['陽子', '陽子'],
  ...['null', 'undefined', 'N/A', 'unknown', '{{first_name}}', '[object Object]', '-'].map(
    (text) => [text, undefined] as const,
  ),
])
table('city', hashedCity, [
  ['São  Paulo-Centro', 'sãopaulocentro'],
  ['St. John’s', 'stjohns'],
  ['Paris 12', 'paris'],
  ['東京', '東京'],
  ['--', undefined],
  ['unknown', undefined],
])
table('country', hashedCountry, [
  ['US', 'us'],
  ['de', 'de'],
  ['USA', undefined],
  ['Germany', undefined],
])
const inUs =
  (hash: (text: string | undefined, country: string | undefined) => string | undefined): Hash =>
  (text) =>
    hash(text, 'US')
table('state in the United States', inUs(hashedRegion), [
  ['California', 'ca'],
  ['CALIFORNIA', 'ca'],
  ['CA', 'ca'],
  ['ca', 'ca'],
  ['US-CA', 'ca'],
  ['District of Columbia', 'dc'],
  ['Calif.', undefined],
  ['Bavaria', undefined],
  ['unknown', undefined],
])
table('state elsewhere', (text) => hashedRegion(text, 'DE'), [
  ['Bayern', 'bayern'],
  ['DE-BY', 'by'],
  ['Baden-Württemberg', 'badenwürttemberg'],
])
table('state in Georgia', (text) => hashedRegion(text, 'GE'), [['Georgia', 'georgia']])
table('state of nobody knows where', (text) => hashedRegion(text, undefined), [
  ['ca', 'ca'],
  ['California', undefined],
  ['Bayern', 'bayern'],
])
table('postal code in the United States', inUs(hashedPostal), [
  ['94025-1234', '94025'],
  ['94025', '94025'],
  [' 94025 1234', '94025'],
  ['940251234', '94025'],
  ['9402', undefined],
  ['SW1A 1AA', undefined],
])
table('postal code elsewhere', (text) => hashedPostal(text, 'GB'), [
  ['SW1A 1AA', 'sw1a1aa'],
  ['sw1a-1aa', 'sw1a1aa'],
])
table('postal code in Portugal, Japan and Brazil', (text) => hashedPostal(text, 'PT'), [
  ['1000-205', '1000205'],
  ['100-0001', '1000001'],
  ['01310-100', '01310100'],
])
table('postal code of nobody knows where', (text) => hashedPostal(text, undefined), [
  ['94025-1234', '94025'],
  ['700114', '700114'],
  ['EC3M', 'ec3m'],
])
table('date', hashedDate, [
  ['1990-05-06T00:00:00Z', '19900506'],
  [' 1990-05-06', '19900506'],
  ['19900506', '19900506'],
  ...['6 May 1990', '199005061', '1990-13-06', '0000-00-00', '1990-05-32', '05/06/1990'].map(
    (text) => [text, undefined] as const,
  ),
])
table('id', hashedExact, [[' User-42 ', 'User-42']])
table('text', hashedText, [
  [' User-42 ', 'user-42'],
  ['z'.repeat(64), 'z'.repeat(64)],
])

describe('what is hashed already', () => {
  const hashes: Readonly<Record<string, Hash>> = {
    hashedBareEmail,
    hashedCity,
    hashedCountry,
    hashedDate,
    hashedDigits,
    hashedEmail,
    hashedExact,
    hashedGender,
    hashedGenderOfThree,
    hashedName,
    hashedPlusDigits,
    hashedText,
    hashedPostal: (text) => hashedPostal(text, 'US'),
    hashedRegion: (text) => hashedRegion(text, 'US'),
  }
  const digest = sha256('x')
  for (const [name, hash] of Object.entries(hashes)) {
    test(`${name}: stays, trimmed and in small letters`, () => {
      for (const text of [digest, digest.toUpperCase(), ` ${digest}`, `${digest}\n`, `\t${digest.toUpperCase()} `])
        equal(hash(text), digest)
      equal(hash(undefined), undefined)
      equal(hash('   '), undefined)
    })
  }
  test('to hash a hash changes nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(hashes)), fc.string(), (hash, text) => {
        const once = hash(text)
        if (once !== undefined) equal(hash(` ${once} `), once)
      }),
    )
  })
})
