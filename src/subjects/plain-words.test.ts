import { equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FIELD_CLASSES } from '../model/field-class.ts'
import { fieldInWords, hasWords, outcomeInWords, treatmentsToSay } from './plain-words.ts'

describe('what left, in plain words', () => {
  test('every field class and every treatment has words, and no code is left in them', () => {
    ok(treatmentsToSay().length > 10)
    for (const treatment of treatmentsToSay()) equal(hasWords(treatment), true, treatment)
    for (const field of FIELD_CLASSES) ok(!fieldInWords(field, 'pass').includes('_'), field)
  })

  test('an address says how much of it was kept', () => {
    match(fieldInWords('ip', '24/48'), /first 24 of 32 bits \(48 of 128/u)
    match(fieldInWords('ip', 'pass'), /as it was/u)
  })

  test('a disclosure whose end nobody knows counts as made', () => {
    match(outcomeInWords(undefined), /may have been/u)
    match(outcomeInWords('unresolved_assume_disclosed'), /count it as sent/u)
  })
})
