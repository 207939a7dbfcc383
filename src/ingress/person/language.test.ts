import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { SIGNAL_NAMES } from '../../model/signal.ts'
import { dayIn, fill, LANGUAGES, PSEUDO } from './language.ts'
import { ENGLISH } from './texts/en.ts'

/** Every text by its path. */
function textsIn(texts: object, path = ''): readonly (readonly [string, string])[] {
  return Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${path}${name}`, value] as const] : textsIn(value, `${path}${name}.`),
  )
}
const placesIn = (text: string): readonly string[] => [...text.matchAll(/\{\w+\}/gu)].map(([place]) => place).sort()
const english = new Map(textsIn(ENGLISH))

describe('the pages’ languages', () => {
  for (const { code, texts } of [...LANGUAGES, PSEUDO].slice(1))
    test(`${code} has every text, in other words and with the same places`, () => {
      const own = new Map(textsIn(texts))
      deepEqual([...own.keys()].sort(), [...english.keys()].sort())
      for (const [name, text] of own) {
        deepEqual(placesIn(text), placesIn(english.get(name)!), name)
        ok(text !== english.get(name), `${name} is English`)
      }
    })

  test('every signal and every field class has words in every language', () => {
    for (const { texts, partner, statement } of LANGUAGES) {
      deepEqual(Object.keys(texts.kinds).sort(), [...SIGNAL_NAMES].sort())
      for (const name of FIELD_CLASSES) ok(partner.classes[name].length > 3 && statement.fields[name].length > 3)
    }
  })

  test('a place without a value is a bug, and a day is said as the language says it', () => {
    equal(fill('{a} and {b}', { a: '1', b: '$&' }), '1 and $&')
    throws(() => fill('{a}', {}))
    const [en, es] = LANGUAGES
    equal(dayIn(en!, '2018-05-22'), '22 May 2018')
    equal(dayIn(es!, '2018-05-22'), '22 de mayo de 2018')
    equal(dayIn(en!, 'soon'), 'soon')
  })

  test('the pseudo language writes its words from right to left, and values as they are', () => {
    match(PSEUDO.texts.policy, /^\u202ePrivacy policy of \u202c\{date\}$/)
  })
})
