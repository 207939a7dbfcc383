import { deepEqual, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { transparencyOf, transparencyPage } from './transparency.ts'

const tables = {
  months: async () => ['2026-11'],
  table: async (month: string) => ({
    month,
    released: '2026-12-02',
    minimum: 100,
    cells: [{ partner: 'acme', app: 'messenger', law: 'us', people: 150, disclosures: 300 }],
    report: { opt_outs: 120, erasures: 'fewer than the minimum' as const, notices: 'none' as const },
  }),
}

test('the transparency report has the counts of each released month, and no cell of its table', async () => {
  const report = await transparencyOf(tables, [], 100)
  deepEqual(report, {
    minimum: 100,
    months: [{ month: '2026-11', counts: { opt_outs: 120, erasures: 'fewer than the minimum', notices: 'none' } }],
  })
  const page = transparencyPage(report)
  match(page, /Opt-outs<\/th><td>120</)
  match(page, /Erasures<\/th><td>fewer than 100</)
  ok(!page.includes('acme'))
})

test('how fast opt-outs take effect is shown once there are a hundred', async () => {
  const seconds = Array.from({ length: 100 }, (_, n) => (n + 1) / 1_000)
  deepEqual((await transparencyOf(tables, seconds, 100)).time_to_effect_ms, { p50: 50, p99: 99 })
  ok(!('time_to_effect_ms' in (await transparencyOf(tables, seconds.slice(1), 100))))
})
