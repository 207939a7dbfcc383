/**
 * `npm run bench -- [name…] [--quick] [--records N] [--against DIR]`: one benchmark a question; without a name, all of them
 * in turn. Fails only on wrong results. `--check` measures a few figures quickly, and fails where one is far off.
 */
import { parseArgs } from 'node:util'
import { judge } from './bounds.ts'
import { measureForCheck } from './check.ts'
import { type Benchmark, formatReport } from './support/report.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  pipeline: () => import('./pipeline.ts'),
  relay: () => import('./relay.ts'),
  budget: () => import('./budget.ts'),
  batches: () => import('./batches.ts'),
  partners: () => import('./partners.ts'),
  threads: () => import('./threads.ts'),
  'opt-outs': () => import('./opt-outs.ts'),
  devices: () => import('./devices.ts'),
  contracts: () => import('./contracts.ts'),
  'cold-start': () => import('./cold-start.ts'),
  decision: () => import('./decision.ts'),
  guard: () => import('./guard.ts'),
  encode: () => import('./encode.ts'),
  signals: () => import('./signals.ts'),
  choices: () => import('./choices.ts'),
  ledger: () => import('./ledger.ts'),
  cluster: () => import('./cluster.ts'),
  intake: () => import('./intake.ts'),
}

const { positionals: asked, values } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean' },
    quick: { type: 'boolean' },
    records: { type: 'string' },
    against: { type: 'string' },
  },
})
const records = values.records === undefined ? undefined : Number(values.records)
if (records !== undefined && !(Number.isSafeInteger(records) && records >= 1_000)) {
  console.error('--records is a whole number from 1000')
  process.exit(1)
}
const options = {
  ...(values.quick === true ? { quick: true } : {}),
  ...(records === undefined ? {} : { records }),
  ...(values.against === undefined ? {} : { against: values.against }),
}
const unknown = asked.filter((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(1)
}
if (values.check === true) {
  const { figures, skipped } = await measureForCheck()
  const { lines, holds } = judge(figures)
  for (const line of [...skipped, ...lines]) console.log(line)
  if (!holds) console.error('bench: far off; run the question itself to see more')
  process.exit(holds ? 0 : 1)
}
for (const name of asked.length > 0 ? asked : Object.keys(BENCHMARKS)) {
  const { run } = await BENCHMARKS[name]!()
  const at = new Date()
  console.log(formatReport(await run(options), at))
}
