/**
 * A process that discloses until it is killed: the gateway's own story (`flow/disclose.ts`) over its own recorder, ledger
 * thread and HTTP client, one event after another. Prints a line for everything that was acknowledged as durable.
 * Arguments: data folder, file with the signing key, the partner's address, first event number, number of lanes.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { resolveBySystem } from '../../src/delivery/egress.ts'
import { createHttpWire } from '../../src/delivery/http-wire.ts'
import { createRecorder } from '../../src/delivery/recorder.ts'
import { disclose } from '../../src/flow/disclose.ts'
import { createDisclosureIds } from '../../src/flow/disclosure-id.ts'
import type { Ledger } from '../../src/ledger/ports.ts'
import type { EventRef, Revision } from '../../src/model/brand.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'
import { contract, PARTNER } from '../support/builders.ts'
import { runCore } from '../support/gateway-core.ts'
import { COMMITMENT_KEY, eventRefOf, LIMITS, LOST_ITS_LEDGER, ORIGIN } from './terms.ts'

const [dataFolder = '', keyFile = '', partnerUrl = '', first = '0', lanes = '1'] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

const ledger = await startLedger({
  dataFolder,
  signingKey: readFileSync(keyFile, 'utf8'),
  origin: ORIGIN,
  commitmentKey: COMMITMENT_KEY,
  limits: LIMITS,
})
// What the gateway does too: after a failed sync nothing on the handle can be believed, and a new start reads it again.
ledger.onLost(() => process.exit(LOST_ITS_LEDGER))
// Indexes full segments beside the writer, as in the gateway; what it cannot do on a bad disk it tries again.
startLedgerSealer({ dataFolder, size: () => ledger.size(), failed: () => undefined, lookMs: 20 })
say(`serving ${ledger.size()} ${ledger.unresolvedAtStart}`)

let stopping = false
let next = Number(first)
const terms = contract({
  connection: { url: `${partnerUrl}/hooks`, batch: false, idempotent: false },
  events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'value' } } },
  limits: { perSecond: 10_000, concurrency: Number(lanes), timeoutMs: 300, batch: 1, lingerMs: 0, attempts: 1 },
})
const append: Ledger['append'] = async (entries) => {
  const size = await ledger.append(entries).catch((error: unknown) => {
    say(`refused ${ledger.health().why}`)
    throw error
  })
  for (const [i, entry] of entries.entries())
    if ('eventRef' in entry) say(`${entry.kind} ${entry.eventRef} ${size - entries.length + i}`)
  return size
}
const deps = {
  recorder: createRecorder(
    { append },
    () => stopping,
    () => performance.now(),
    () => undefined,
  ),
  wire: createHttpWire({
    contractOf: () => terms,
    secretsOf: () => [],
    readSecret: () => '',
    resolve: resolveBySystem,
    now: Date.now,
  }),
  gate: { admit: () => ({ isValid: () => true, ended: () => undefined, unused: () => undefined }) },
  now: Date.now,
  newId: createDisclosureIds(randomBytes),
}

async function discloseOne(n: number): Promise<void> {
  const event = {
    type: 'track',
    event: 'Order Completed',
    messageId: `m-${n}`,
    userId: `u-${n}`,
    properties: { revenue: n },
  }
  const core = runCore({ contracts: [terms], event, signals: { country: ['US'] } })
  const prepared = core.prepared.get(PARTNER)
  if (prepared?.kind !== 'item') throw new Error('the event was not prepared for the partner')
  const candidate = {
    event: { ...core.event, eventRef: eventRefOf(n) as EventRef },
    attempt: 1,
    prepared,
    revision: { number: 1 as Revision, digest: '0'.repeat(64) },
    isCurrent: () => true,
    again: () => prepared,
  }
  await disclose([candidate], deps)
}

async function lane(): Promise<void> {
  while (!stopping) {
    try {
      await discloseOne(next++)
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'ERR_LEDGER_UNAVAILABLE') throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** `still`: no more events; every record there is has been signed when the size is printed. */
process.stdin.once('data', () => {
  stopping = true
})
await Promise.all(Array.from({ length: Number(lanes) }, lane))
say(`still ${ledger.size()}`)
setInterval(() => undefined, 1_000)
