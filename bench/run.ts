/**
 * `npm run bench -- [name…] [--quick] [--records N]`: one benchmark a question; without a name, all of them in turn. Fails
 * only on wrong results.
 */
import { parseArgs } from 'node:util'
import { type Benchmark, formatReport } from './support/report.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  pipeline: () => import('./pipeline.ts'),
  decision: () => import('./decision.ts'),
  encode: () => import('./encode.ts'),
  signals: () => import('./signals.ts'),
  choices: () => import('./choices.ts'),
  ledger: () => import('./ledger.ts'),
  intake: () => import('./intake.ts'),
  relay: () => import('./relay.ts'),
}

const { positionals: asked, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, records: { type: 'string' } },
})
const records = values.records === undefined ? undefined : Number(values.records)
if (records !== undefined && !(Number.isSafeInteger(records) && records >= 1_000)) {
  console.error('--records is a whole number from 1000')
  process.exit(1)
}
const options = { ...(values.quick === true ? { quick: true } : {}), ...(records === undefined ? {} : { records }) }
const unknown = asked.filter((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(1)
}
for (const name of asked.length > 0 ? asked : Object.keys(BENCHMARKS)) {
  const { run } = await BENCHMARKS[name]!()
  const at = new Date()
  console.log(formatReport(await run(options), at))
}
