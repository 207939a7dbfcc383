/** `npm run test:race -- [--opt-outs N] [--seed TEXT]`: opt-outs that race with sends. Exit 0 where none was ignored, 1 otherwise. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runRace } from './campaign.ts'
import { isClean, linesOf } from './judge.ts'

const MOST = 1_000_000
const { values } = parseArgs({
  options: {
    'opt-outs': { type: 'string', default: '10000' },
    /** Default: a new one. Who does what follows from it; the machine's own timing does not. */
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
})
const optOuts = Number(values['opt-outs'])
if (!Number.isInteger(optOuts) || optOuts < 1 || optOuts > MOST) {
  console.error(`--opt-outs must be a whole number from 1 to ${MOST.toLocaleString('en')}`)
  process.exit(1)
}
const aborting = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => aborting.abort())

console.log(`seed ${values.seed}`)
const verdict = await runRace({
  optOuts,
  seed: values.seed,
  say: (line) => console.log(line),
  signal: aborting.signal,
})
for (const line of linesOf(verdict)) console.log(line)
if (!isClean(verdict)) process.exitCode = 1
