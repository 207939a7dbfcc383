import { equal } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  hashedDate,
  hashedDigits,
  hashedExact,
  hashedGender,
  hashedPlace,
  hashedPlusDigits,
  hashedText,
} from './hashes.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('partners: hashes', () => {
  const rows: [string, string | undefined, string | undefined][] = [
    ['an e-mail, trimmed and in lower case', hashedText('  Anna@Mail.example\n'), sha256('anna@mail.example')],
    ['an id whose letters’ case counts', hashedExact(' User-42 '), sha256('User-42')],
    ['a phone’s digits without leading zeros', hashedDigits('0049 (30) 555-0132'), sha256('49305550132')],
    ['a phone with its country code', hashedPlusDigits('+49 (30) 555-0132'), sha256('+49305550132')],
    ['a phone’s extension', hashedPlusDigits('1-650-555   - 1212 x450'), sha256('+16505551212')],
    ['a phone’s digits without its extension', hashedDigits('1-650-555-1212 x450'), sha256('16505551212')],
    ['an extension spelled out', hashedPlusDigits('+1 650 555 1212 Ext. 450'), sha256('+16505551212')],
    ['a city of two words', hashedPlace('São  Paulo-Centro'), sha256('sãopaulocentro')],
    ['a city in another script', hashedPlace('東京'), sha256('東京')],
    ['female', hashedGender(' Female'), sha256('f')],
    ['male', hashedGender('m'), sha256('m')],
    ['any other gender', hashedGender('non-binary'), sha256('n')],
    ['a date with hyphens', hashedDate('1990-05-06T00:00:00Z'), sha256('19900506')],
    ['a date without', hashedDate('19900506'), sha256('19900506')],
    ['a day that is no date', hashedDate('6 May 1990'), undefined],
    ['too many digits for a date', hashedDate('199005061'), undefined],
    ['what is a SHA-256 already', hashedText(sha256('x').toUpperCase()), sha256('x')],
    ['what only looks long', hashedText('z'.repeat(64)), sha256('z'.repeat(64))],
    ['nothing', hashedText(undefined), undefined],
    ['blanks', hashedText('  '), undefined],
    ['a phone without digits', hashedDigits('unknown'), undefined],
    ['an extension alone', hashedPlusDigits('x450'), undefined],
    ['a city without letters', hashedPlace('--'), undefined],
    ['no gender', hashedGender(''), undefined],
  ]
  for (const [what, found, expected] of rows) test(what, () => equal(found, expected))
})
