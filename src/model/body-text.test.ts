import { equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeBody } from './body-text.ts'

const NAME = 'Jörg Ä€'
const utf16 = (text: string, bigEndian: boolean): Buffer => {
  const bytes = Buffer.from(text, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}
const bytes = (...values: readonly number[]): Buffer => Buffer.from(values)

describe('the bytes of a body as text', () => {
  const read: [Buffer, string | undefined, string, string][] = [
    [Buffer.from(NAME), undefined, NAME, 'UTF-8 that says nothing'],
    [Buffer.from(NAME), 'application/json', NAME, 'UTF-8 without a charset'],
    [Buffer.from(NAME), 'application/json; charset=utf-8', NAME, 'UTF-8 that says so'],
    [Buffer.from(NAME), 'text/plain;CharSet="UTF8"', NAME, 'another spelling of it'],
    [Buffer.from(NAME), 'application/json;', NAME, 'an empty parameter'],
    [bytes(0xef, 0xbb, 0xbf, 0x7b), 'application/json; charset=iso-8859-1', '{', 'a byte order mark, which decides'],
    [bytes(0x4a, 0xf6), undefined, 'J\uFFFD', 'bytes that are no UTF-8: what they stood for is lost, and visibly so'],
    [bytes(0x4a, 0xf6), 'application/json; charset=iso-8859-1', 'Jö', 'Latin-1'],
    [bytes(0x4a, 0x80), 'application/json; charset=windows-1252', 'J€', 'windows-1252'],
    [bytes(0xca, 0xee), 'application/json; charset=windows-1251', 'Ко', 'Cyrillic'],
    [bytes(0x8a, 0xbf), 'application/json; charset=Shift_JIS', '漢', 'Shift_JIS'],
    [Buffer.from('{"a":1}'), 'application/json; charset=us-ascii', '{"a":1}', 'ASCII'],
    [Buffer.from('{"a":1}'), 'application/json; charset=iso-8859-15', '{"a":1}', 'ASCII in any other'],
    [Buffer.from('{"a":1}'), 'application/json; charset=nonsense', '{"a":1}', 'ASCII in what is none'],
    [Buffer.from('{"a":1}'), 'application/json; charset=unicode', '{"a":1}', 'ASCII in what would be UTF-16'],
    [Buffer.from(NAME), "application/json; charset='utf-8'", NAME, 'single quotation marks'],
    [
      Buffer.from('\x1b$B4A;z\x1b(B'),
      'application/json; charset=iso-2022-jp',
      '漢字',
      'ASCII that stands for something else',
    ],
    [utf16(NAME, false), 'application/json; charset=utf-16', NAME, 'UTF-16, little-endian'],
    [utf16(NAME, true), 'application/json; charset=utf-16be', NAME, 'UTF-16, big-endian'],
    [utf16(`\uFEFF${NAME}`, false), 'application/json', NAME, 'UTF-16 by its mark'],
    [utf16(`\uFEFF${NAME}`, true), undefined, NAME, 'UTF-16 by its mark, big-endian'],
  ]
  for (const [body, type, text, what] of read) test(`reads ${what}`, () => equal(decodeBody(body, type), text))

  const refused: [Buffer, string, string][] = [
    [Buffer.from('{}'), 'application/json; charset=utf-7', 'a charset that nobody should read'],
    [Buffer.from('{"a":"ö"}'), 'application/json; charset=nonsense', 'more than ASCII in a charset that is none'],
    [
      Buffer.from('Jörg'),
      'application/json; charset=iso-8859-1',
      'UTF-8 that says it is Latin-1: one of the two is wrong',
    ],
    [bytes(0x4a, 0xf6), 'application/json; charset=us-ascii', 'more than ASCII that says it is ASCII'],
    [bytes(0x8a, 0x20), 'application/json; charset=Shift_JIS', 'half a character'],
    [bytes(0x4a, 0x00, 0xf6), 'application/json; charset=utf-16', 'half a code unit'],
    [bytes(0x4a, 0x00, 0x3d, 0xd8), 'application/json; charset=utf-16', 'half a surrogate pair'],
  ]
  for (const [body, type, what] of refused)
    test(`refuses ${what}`, () => throws(() => decodeBody(body, type), { code: 'ERR_BODY_CHARSET' }))
})
