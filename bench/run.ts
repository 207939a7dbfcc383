/** `npm run bench -- [name…]`: one benchmark a question; without a name, all of them in turn. Fails only on wrong results. */
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

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(1)
}
for (const name of asked.length > 0 ? asked : Object.keys(BENCHMARKS)) {
  const { run } = await BENCHMARKS[name]!()
  const at = new Date()
  console.log(formatReport(await run(), at))
}
