/** The laws' clocks, by dates worked out by hand from the texts. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CaseKind } from './case.ts'
import { deadlinesOf, STRICTEST } from './clocks.ts'

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`)
const shown = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString().slice(0, 10)

describe('deadlines', () => {
  // Law, kind, received, due, latest once extended, receipt confirmed by.
  const rows: readonly (readonly [string, CaseKind, string, string, string | undefined, string | undefined])[] = [
    // EDPB Guidelines 01/2022, examples of 5.3: 5 March to 5 April; the last day of August to the last of September.
    ['eea', 'access', '2026-03-05', '2026-04-05', '2026-06-05', undefined],
    ['eea', 'deletion', '2026-08-31', '2026-09-30', '2026-11-30', undefined],
    ['eea', 'access', '2027-01-30', '2027-02-28', '2027-04-30', undefined],
    ['eea', 'access', '2027-11-30', '2027-12-30', '2028-02-29', undefined],
    ['uk', 'objection', '2026-12-15', '2027-01-15', '2027-03-15', undefined],
    ['california', 'access', '2026-06-01', '2026-07-16', '2026-08-30', '2026-06-15'],
    // A Friday: the first business day after it is Monday.
    ['california', 'deletion', '2026-06-05', '2026-07-20', '2026-09-03', '2026-06-19'],
    ['california', 'objection', '2026-06-05', '2026-06-26', undefined, undefined],
    ['california', 'restriction', '2026-06-06', '2026-06-26', undefined, undefined],
    ['virginia', 'access', '2026-06-01', '2026-07-16', '2026-08-30', undefined],
    ['florida', 'access', '2026-06-01', '2026-07-16', '2026-07-31', undefined],
    ['iowa', 'deletion', '2026-06-01', '2026-08-30', '2026-10-14', undefined],
    ['nevada', 'objection', '2026-06-01', '2026-07-31', '2026-08-30', undefined],
    ['brazil', 'access', '2026-06-01', '2026-06-16', undefined, undefined],
    ['canada', 'access', '2026-06-01', '2026-07-01', '2026-07-31', undefined],
    ['switzerland', 'access', '2026-06-01', '2026-07-01', '2026-07-31', undefined],
    ['a law nobody wrote down', 'access', '2026-06-01', '2026-06-16', undefined, undefined],
  ]
  for (const [law, kind, received, due, extendable, confirmBy] of rows) {
    test(`${law}, ${kind}, received ${received}: due ${due}`, () => {
      const found = deadlinesOf([law], kind, day(received) + 20 * 3_600_000)
      deepEqual([shown(found.due), shown(found.extendable), shown(found.confirmBy)], [due, extendable, confirmBy])
    })
  }

  test('of several laws the one that is due first counts, of none the shortest there is', () => {
    equal(deadlinesOf(['california', 'eea'], 'access', day('2026-06-01')).law, 'eea')
    equal(deadlinesOf(['california', 'eea'], 'objection', day('2026-06-01')).law, 'california')
    equal(deadlinesOf(['eea', 'not there'], 'access', day('2026-06-01')).law, STRICTEST)
    equal(deadlinesOf([], 'access', day('2026-06-01')).law, STRICTEST)
    equal(deadlinesOf(['__proto__'], 'access', day('2026-06-01')).law, STRICTEST)
  })
})
