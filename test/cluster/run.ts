/**
 * `npm run test:cluster -- [--rounds N] [--seed TEXT]`: the campaign of cells. Last line: `N rounds: …`. Exit 0 where the
 * judge found nothing, 1 otherwise.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { postgresBinaries } from '../support/postgres.ts'
import { runCampaign } from './campaign.ts'

/** Findings that are printed. */
const MOST_SAID = 20
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    /** Default: a new one. What befalls the cells follows from it; the machine's own timing does not. */
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
  },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 10_000) {
  console.error('--rounds must be a whole number from 1 to 10,000')
  process.exit(1)
}
const binaries = postgresBinaries()
if (binaries === undefined) {
  console.error('PostgreSQL is not installed: on Debian, apt-get install postgresql')
  process.exit(1)
}
console.log(`seed ${values.seed}`)
const verdict = await runCampaign({ binaries, rounds, seed: values.seed, say: (line) => console.log(line) })
const { ignored, sends, acknowledged, refused, acknowledgedInMs, events, items, findings } = verdict
const quantile = (share: number): string =>
  `${Math.round(acknowledgedInMs[Math.floor((acknowledgedInMs.length - 1) * share)] ?? 0)} ms`
const count = (kind: string): number => findings.filter((finding) => finding.kind === kind).length
for (const { kind, says } of findings.slice(0, MOST_SAID)) console.log(`${kind}: ${says}`)
console.log(`${sends} sends, ${acknowledged} opt-outs acknowledged, ${refused} asked again`)
console.log(`acknowledged after ${quantile(0.5)} (p50), ${quantile(0.99)} (p99), ${quantile(1)} at most`)
console.log(`${events} events accepted, ${items} items at the partner`)
console.log(
  `${rounds} rounds: ${count('lost')} lost, ${count('unlogged')} unlogged, ${ignored} ignored, ${count('forked')} forked`,
)
const didWork = acknowledged > 0 && sends > 0 && events > 0 && items > 0
process.exitCode = ignored === 0 && findings.length === 0 && didWork ? 0 : 1
