/** Appends to a ledger until it is killed. Prints every sequence number that was acknowledged as durable. */
import { readFileSync, writeSync } from 'node:fs'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { intent, ORIGIN, outcome } from './fixtures.ts'

const [dataFolder = '', keyFile = '', first = '0'] = process.argv.slice(2)
const ledger = await startLedger({
  dataFolder,
  signingKey: readFileSync(keyFile, 'utf8'),
  origin: ORIGIN,
  limits: { segmentLeaves: 700, checkpointMs: 20 },
})
writeSync(1, `started ${ledger.size()} ${ledger.unresolvedAtStart}\n`)

async function disclose(n: number): Promise<void> {
  writeSync(1, `intent ${n} ${await ledger.append([intent(n)])}\n`)
  writeSync(1, `outcome ${n} ${await ledger.append([outcome(n)])}\n`)
}
for (let n = Number(first); ; n += 8) {
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((i) => disclose(n + i)))
}
