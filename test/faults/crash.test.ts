import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from './campaign.ts'
import { summaryOf } from './summary.ts'

test('two kills in full traffic lose nothing, leave nothing unlogged and let nothing forbidden out', {
  timeout: 600_000,
}, async (t) => {
  const verdict = await runCampaign({
    cycles: 2,
    seed: 'npm test',
    say: (line) => t.diagnostic(line),
    signal: t.signal,
  })
  t.after(() => verdict.remove())
  const { lines, isClean } = summaryOf(2, verdict)
  for (const line of lines) t.diagnostic(line)
  deepEqual(verdict.findings, [])
  equal(isClean, true)
  equal(lines.at(-1), `2 cycles: ${verdict.accepted} accepted, 0 lost, 0 unlogged, 0 forbidden`)
  const { items, optOuts, ends } = verdict.coverage
  ok(verdict.accepted > 0 && items > 0 && optOuts > 0 && (ends.delivered ?? 0) > 0, 'a verdict about nothing')
})

test('the last line counts what was found, and what was found stands above it', () => {
  const coverage = {
    items: 1,
    restrictedItems: 0,
    optOuts: 0,
    unresolvedIntents: 0,
    cancelled: 0,
    retries: 0,
    duplicates: 0,
    ends: {},
    answers: {},
    complaints: {},
  }
  const { lines, isClean } = summaryOf(20, {
    accepted: 7,
    findings: [
      { kind: 'forbidden', says: 'one thing' },
      { kind: 'lost', says: 'another' },
      { kind: 'forbidden', says: 'a third' },
    ],
    coverage,
    dataFolder: '/somewhere',
  })
  equal(isClean, false)
  deepEqual(lines.slice(1), [
    'lost: another',
    'forbidden: one thing',
    'forbidden: a third',
    'data folder: /somewhere',
    '20 cycles: 7 accepted, 1 lost, 0 unlogged, 2 forbidden',
  ])
})
