/**
 * `npm run test:ledger-faults -- [--cycles N] [--seed TEXT] [--cuts N]`: the ledger's campaign. Exit 0 where nothing was
 * found, 1 otherwise.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.ts'
import { summaryOf } from './summary.ts'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '40' },
    /** Default: a new one. What befalls whom follows from it; the machine's own timing does not. */
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    /** Cuts tried in each cycle that cuts files. Default: every one. */
    cuts: { type: 'string' },
  },
})
const wholeNumber = (name: string, text: string, most: number): number => {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  console.error(`--${name} must be a whole number from 1 to ${most}`)
  process.exit(1)
}
const cycles = wholeNumber('cycles', values.cycles, 100_000)
const cutsEach = values.cuts === undefined ? undefined : wholeNumber('cuts', values.cuts, 1_000_000)
const aborting = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => aborting.abort())

console.log(`seed ${values.seed}`)
const verdict = await runCampaign({
  cycles,
  seed: values.seed,
  ...(cutsEach === undefined ? {} : { cutsEach }),
  say: (line) => console.log(line),
  signal: aborting.signal,
})
const { lines, isClean } = summaryOf(cycles, verdict)
for (const line of lines) console.log(line)
if (isClean) await verdict.remove()
else process.exitCode = 1
