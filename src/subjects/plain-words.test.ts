import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FIELD_CLASSES } from '../model/field-class.ts'
import { NOTICE_STATES, UNTOLD_REASONS } from '../notices/ports.ts'
import { fieldInWords as inWords, outcomeInWords, type SentAs, treatmentsToSay } from './plain-words.ts'
import { ENGLISH } from './words/en.ts'
import { SPANISH } from './words/es.ts'

const fieldInWords = (field: string, treatment: string, sentAs: SentAs): string =>
  inWords(ENGLISH, field, treatment, sentAs)

describe('what left, in plain words', () => {
  test('every field class and every treatment has words, and no code is left in them', () => {
    ok(treatmentsToSay().length > 10)
    for (const words of [ENGLISH, SPANISH]) {
      for (const treatment of treatmentsToSay()) equal(Object.hasOwn(words.treatments, treatment), true, treatment)
      for (const field of FIELD_CLASSES) ok(!inWords(words, field, 'pass', undefined).includes('_'), field)
    }
  })

  test('no phrase of one language is the other’s', () => {
    for (const part of ['fields', 'treatments', 'outcomes', 'reasons'] as const) {
      const spanish: Readonly<Record<string, string>> = SPANISH[part]
      deepEqual(Object.keys(spanish).sort(), Object.keys(ENGLISH[part]).sort())
      for (const [name, words] of Object.entries(ENGLISH[part])) ok(spanish[name] !== words, `${part}.${name}`)
    }
  })

  test('every word of a notice is said in both languages, each in its own', () => {
    for (const part of ['verbs', 'states', 'untold'] as const) {
      const spanish: Readonly<Record<string, string>> = SPANISH.notices[part]
      deepEqual(Object.keys(spanish).sort(), Object.keys(ENGLISH.notices[part]).sort())
      for (const [name, words] of Object.entries(ENGLISH.notices[part])) ok(spanish[name] !== words, `${part}.${name}`)
    }
    for (const state of NOTICE_STATES) ok(Object.hasOwn(ENGLISH.notices.states, state), state)
    for (const why of UNTOLD_REASONS) ok(Object.hasOwn(ENGLISH.notices.untold, why), why)
  })

  test('an address says how much of it was kept', () => {
    match(fieldInWords('ip', '24/48', 'plain'), /first 24 of 32 bits \(48 of 128/u)
    match(fieldInWords('ip', 'pass', 'plain'), /as it was/u)
  })

  test('what passed whole is said as the recipient got it: as it was, or as a hash', () => {
    match(fieldInWords('advertising_id', 'pass', 'plain'), /, as it was$/u)
    match(fieldInWords('email', 'pass', 'hashed'), /, as a code made from it \(a hash\)/u)
    match(fieldInWords('place', 'city', 'hashed'), /country, region and city, as a code made from it/u)
    match(fieldInWords('place', 'city', 'plain'), /country, region and city$/u)
    // Where the contract or its type is gone nobody can say any more.
    match(fieldInWords('email', 'pass', undefined), /as it was, or hashed/u)
  })

  test('a disclosure whose end nobody knows counts as made', () => {
    match(outcomeInWords(ENGLISH, undefined), /may have been/u)
    match(outcomeInWords(ENGLISH, 'unresolved_assume_disclosed'), /count it as sent/u)
  })
})
