/** `npm run test:notices -- [--kills N] [--seed TEXT]`: partners are told while the gateway is killed. Exit 0 where nothing was found. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runKills } from './kill-campaign.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    /** Default: a new one. The moments of the kills and the partners' answers follow from it; the machine's timing does not. */
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
})
const kills = Number(values.kills)
if (!Number.isInteger(kills) || kills < 1 || kills > 10_000) {
  console.error('--kills must be a whole number from 1 to 10,000')
  process.exit(1)
}
const aborting = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => aborting.abort())

console.log(`seed ${values.seed}`)
const verdict = await runKills({
  kills,
  seed: values.seed,
  say: (line) => console.log(line),
  signal: aborting.signal,
})
for (const [end, count] of Object.entries(verdict.ends).toSorted()) console.log(`${end}: ${count}`)
for (const finding of verdict.findings) console.log(`found: ${finding}`)
console.log(
  `${kills} kills: ${verdict.notices} notices, ${verdict.requests} requests (${verdict.repeats} again), ${verdict.findings.length} findings`,
)
if (verdict.findings.length > 0) process.exitCode = 1
