import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StandingChoice } from '../model/choice.ts'
import { SALE, SHARING } from '../model/signal.ts'
import { widens } from './authority.ts'

const standing = (said: Partial<StandingChoice>): StandingChoice => ({
  kind: 'choice',
  denies: 0,
  permits: 0,
  child: false,
  channel: 'app',
  saidBy: 'app',
  at: 1,
  ...said,
})

describe('widens', () => {
  const rows: [string, Partial<StandingChoice>[], Partial<StandingChoice>, boolean][] = [
    ['an opt-out where nothing stands', [], { denies: SALE }, false],
    ['an opt-out beside another', [{ denies: SHARING }], { denies: SALE }, false],
    ['taking everything back where nothing stands', [], {}, false],
    ['taking back an opt-out', [{ denies: SALE }], {}, true],
    ['taking back a child statement', [{ child: true }], {}, true],
    ['taking back where only a signal restricts', [{ kind: 'gpc', denies: SALE }], {}, false],
    ['an opt-in where nothing stands', [], { permits: SALE }, true],
    ['an opt-in that stands already', [{ permits: SALE }], { permits: SALE }, false],
    ['an opt-in that a denial holds back', [{ permits: SALE }, { denies: SALE }], { permits: SALE }, true],
    ['an opt-in to what the same statement denies', [], { permits: SALE, denies: SALE }, false],
    ['one denial with another opt-in', [], { denies: SALE, permits: SHARING }, true],
    ['saying child', [{ denies: SALE }], { child: true }, false],
  ]
  for (const [what, current, statement, expected] of rows) {
    test(`${what}: ${expected ? 'yes' : 'no'}`, () => {
      equal(widens(current.map(standing), standing(statement)), expected)
    })
  }
})
