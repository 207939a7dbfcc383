import { deepEqual, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { LANGUAGES } from '../person/language.ts'
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
  const { markup } = transparencyPage(LANGUAGES[0]!, report).body
  match(markup, /<h2 id="m2026-11">November 2026<\/h2>/)
  match(markup, /Opt-outs<\/dt><dd>120</)
  match(markup, /Deletions<\/dt><dd>fewer than 100</)
  match(markup, /repeats included<\/dt><dd>none</)
  ok(!markup.includes('acme'))
})

test('it says the same in Spanish, with months, numbers and all', async () => {
  const seconds = Array.from({ length: 100 }, () => 12.345)
  const report = await transparencyOf(tables, seconds, 100)
  const { title, body } = transparencyPage(LANGUAGES[1]!, report)
  match(title, /Informe de transparencia/)
  match(body.markup, /la mitad surtió efecto en 12\.345 ms/)
  match(body.markup, /<h2 id="m2026-11">noviembre de 2026<\/h2>/)
  match(body.markup, /Oposiciones<\/dt><dd>120</)
  match(body.markup, /Eliminaciones de datos<\/dt><dd>menos de 100</)
})

test('how fast opt-outs take effect is shown once there are a hundred', async () => {
  const seconds = Array.from({ length: 100 }, (_, n) => (n + 1) / 1_000)
  deepEqual((await transparencyOf(tables, seconds, 100)).time_to_effect_ms, { p50: 50, p99: 99 })
  ok(!('time_to_effect_ms' in (await transparencyOf(tables, seconds.slice(1), 100))))
})
