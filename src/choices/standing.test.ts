import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Finding, SALE, SHARING, TARGETED_ADVERTISING } from '../model/signal.ts'
import { listStatements, mergeStanding } from './standing.ts'

const NEUTRAL: Finding = {
  signal: 'choice',
  denies: 0,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: false,
  why: 'agreed',
}
const kept = (id: number, finding: Partial<Finding>, direct: boolean, at = id) => ({
  id,
  finding: { ...NEUTRAL, ...finding },
  direct,
  at,
  channel: 'staff' as const,
  saidBy: 'staff',
  cover: false,
})

describe('standing', () => {
  test('of nobody known is empty', () => {
    deepEqual(mergeStanding([]), { findings: [] })
  })

  test('names each restricting finding once, however many identities it stands on', () => {
    const denial = { ...NEUTRAL, denies: SALE }
    deepEqual(
      mergeStanding([
        { finding: denial, direct: true },
        { finding: denial, direct: false },
      ]),
      { findings: [denial] },
    )
  })

  test('an opt-in said of the identity itself counts', () => {
    equal(mergeStanding([kept(1, { permits: SALE | SHARING }, true)]).findings[0]?.permits, SALE | SHARING)
  })

  test('an opt-in that came along a link does not', () => {
    deepEqual(mergeStanding([kept(1, { permits: SALE }, false)]).findings, [])
  })

  test('a denial on any identity takes its dimensions from every opt-in, newer or older', () => {
    const { findings } = mergeStanding([
      kept(9, { permits: SALE | SHARING }, true),
      kept(1, { denies: SALE | TARGETED_ADVERTISING }, false),
    ])
    equal(
      findings.reduce((bits, { permits }) => bits | permits, 0),
      SHARING,
    )
    equal(
      findings.reduce((bits, { denies }) => bits | denies, 0),
      SALE | TARGETED_ADVERTISING,
    )
  })

  test('what neither restricts nor permits is left out', () => {
    deepEqual(mergeStanding([kept(1, {}, true)]).findings, [])
  })
})

describe('the list of choices', () => {
  test('is newest first, each statement once, without opt-ins that came along a link', () => {
    const rows = [
      kept(1, { permits: SALE }, false, 10),
      kept(2, { denies: SALE }, false, 30),
      kept(2, { denies: SALE }, true, 30),
      kept(3, { permits: SHARING }, true, 20),
    ]
    deepEqual(
      listStatements(rows).map(({ at, denies, permits }) => [at, denies, permits]),
      [
        [30, SALE, 0],
        [20, 0, SHARING],
        [10, 0, 0],
      ],
    )
  })
})
