/** A thread that needs more memory than it may have ends: whoever waits for it is refused, and it is noticed. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { createFreshness } from '../../src/choices/freshness.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { createLog, type Log } from '../../src/observe/log.ts'
import { startChoices } from '../../src/threads/choices-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'
import { createConfigFolder, webhookContract } from '../support/config-folder.ts'
import { houseOf, purchase } from '../support/house.ts'
import { startPartner } from '../support/partner.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

/** A thread starts with it, and does little more. */
const LITTLE = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 }
const BATCHES_AT_ONCE = 48
const EVENTS_A_BATCH = 300

describe('a thread that is out of memory', () => {
  test('intake: the gateway stops by itself, says so, and all that was acknowledged is there at the next start', async (t) => {
    const before = process.exitCode
    t.after(() => {
      process.exitCode = before
    })
    const partner = await startPartner()
    const folder = await createConfigFolder({ contracts: [webhookContract('acme', partner.origin)] })
    let next: Gateway | undefined
    t.after(async () => {
      await next?.stop()
      await partner.goDown()
      await folder.remove()
    })
    const said: unknown[] = []
    const log: Log = { ...createLog('silent'), error: (facts: unknown) => void said.push(facts) }
    const gateway = await startGateway({ configFolder: folder.config, intakeLimits: LITTLE, log })
    const house = houseOf(gateway, folder)
    let stopped = false
    void gateway.stopped.then(() => {
      stopped = true
    })
    let acknowledged = 0
    await until(
      'the gateway to stop',
      async () => {
        const batches = Array.from({ length: BATCHES_AT_ONCE }, () =>
          // A connection that is kept keeps the stop waiting.
          house.send(
            Array.from({ length: EVENTS_A_BATCH }, () => purchase({ properties: { note: 'x'.repeat(900) } })),
            {
              connection: 'close',
            },
          ),
        )
        for (const answer of await Promise.allSettled(batches)) {
          if (answer.status === 'rejected') continue
          if (answer.value.status === 200) acknowledged += EVENTS_A_BATCH
          // More than is got through in time is asked to wait.
          else ok([429, 503].includes(answer.value.status), String(answer.value.status))
        }
        return stopped
      },
      60_000,
    )
    equal(process.exitCode, 1)
    deepEqual(
      said.filter((facts) => (facts as { readonly store?: string }).store === 'intake').length,
      1,
      JSON.stringify(said),
    )
    ok(JSON.stringify(said).includes('ERR_WORKER_OUT_OF_MEMORY'))
    next = await startGateway({ configFolder: folder.config, log })
    const { accepted } = await next.totals().then(({ events }) => events)
    ok(accepted >= acknowledged, `${accepted} of ${acknowledged}`)
  })

  test('choices: nothing more is acknowledged, and the supervisor is told', async (t) => {
    const dataFolder = await temporaryFolder(t)
    const lost: Error[] = []
    const choices = await startChoices({
      dataFolder,
      indexKey: createSecretKey(Buffer.alloc(32, 1)),
      freshness: createFreshness(1),
      now: () => 1,
      randomBytes,
      limits: LITTLE,
      onLost: (error) => lost.push(error),
    })
    t.after(() => choices.close())
    const statement = { denies: 7, permits: 0, child: false, channel: 'app', saidBy: 'test', at: 1 } as const
    const optOuts = Array.from({ length: 40_000 }, (_, n) =>
      choices.put([choices.keyOf({ kind: 'user', value: `user-${n}-${'x'.repeat(200)}` })!], statement),
    )
    const answers = await Promise.allSettled(optOuts)
    ok(answers.some(({ status }) => status === 'rejected'))
    equal(lost.length, 1)
    equal(choices.health().writable, false)
    await rejects(choices.put([choices.keyOf({ kind: 'user', value: 'one more' })!], statement), {
      code: 'ERR_CHOICES_UNAVAILABLE',
    })
  })

  test('the ledger’s sealer: whoever asks is refused until it has been started again', async (t) => {
    const dataFolder = await temporaryFolder(t)
    const failures: unknown[] = []
    const limits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 6 }
    const archive = startLedgerSealer({
      dataFolder,
      size: () => 0,
      failed: (error) => failures.push(error),
      lookMs: 5,
      restMs: 5,
      limits,
    })
    t.after(() => archive.close())
    await until('it to end', () => failures.length > 0)
    await rejects(archive.serve('checkpoint'), { code: 'ERR_LEDGER_UNAVAILABLE' })
    await until('it to have been started again', () => failures.length > 1)
  })
})
