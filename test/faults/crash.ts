/** `npm run test:crash -- [--cycles N] [--seed TEXT]`: the crash campaign. Exit 0 where nothing was found, 1 otherwise. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.ts'
import { summaryOf } from './summary.ts'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '20' },
    /** Default: a new one. The moments of the kills follow from it, and the traffic; the machine's own timing does not. */
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
})
const cycles = Number(values.cycles)
if (!Number.isInteger(cycles) || cycles < 1 || cycles > 10_000) {
  console.error('--cycles must be a whole number from 1 to 10,000')
  process.exit(1)
}
const aborting = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => aborting.abort())

console.log(`seed ${values.seed}`)
const verdict = await runCampaign({
  cycles,
  seed: values.seed,
  say: (line) => console.log(line),
  signal: aborting.signal,
})
const { lines, isClean } = summaryOf(cycles, verdict)
for (const line of lines) console.log(line)
if (isClean) await verdict.remove()
else process.exitCode = 1
