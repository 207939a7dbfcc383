import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppId, EventRef, PartnerId, Revision } from '../model/brand.ts'
import type { LedgerEntry, WithheldRecord } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { Ledger } from './ports.ts'
import { countWithheld } from './withheld-counts.ts'

const MINUTE = 60_000
const withheld = (time: number, why: WithheldRecord['why'] = 'choice'): WithheldRecord => ({
  kind: 'withheld',
  time,
  partner: 'acme' as PartnerId,
  app: 'app' as AppId,
  event: 'purchase',
  eventRef: 'ab'.repeat(16) as EventRef,
  revision: 1 as Revision,
  regime: 'us',
  why,
})

function house() {
  const written: LedgerEntry[] = []
  const state = { now: 0, fails: false }
  const ledger: Ledger = {
    append: async (records) => {
      if (state.fails) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
      return written.push(...records)
    },
    size: () => written.length,
    histories: async () => [],
    health: () => ({ writable: true, why: 'ok', lastCommitMs: 0 }),
    close: async () => {},
  }
  const failures: unknown[] = []
  const counting = countWithheld(ledger, {
    now: () => state.now,
    random: (bytes) => new Uint8Array(bytes).fill(7),
    failed: (error) => failures.push(error),
  })
  const counts = (): unknown[] =>
    written.map((one) => (one.kind === 'withheld' ? [one.time, one.why, one.count] : one.kind))
  return { counting, state, written, failures, counts }
}

describe('withheld pairs, counted by the minute', () => {
  test('those decided alike within a minute are one record once it is over, and name no event', async () => {
    const { counting, state, counts, written } = house()
    for (const time of [0, 1, MINUTE - 1]) await counting.append([withheld(time), withheld(time, 'gpc')])
    await counting.append([withheld(MINUTE)])
    await counting.flush()
    deepStrictEqual(counts(), [])
    state.now = MINUTE
    await counting.flush()
    deepStrictEqual(counts(), [
      [0, 'choice', 3],
      [0, 'gpc', 3],
    ])
    strictEqual((written[0] as WithheldRecord).eventRef, '07'.repeat(16))
    await counting.close()
    deepStrictEqual(counts().at(-1), [MINUTE, 'choice', 1])
  })

  test('everything else goes through at once', async () => {
    const { counting, counts } = house()
    const control = { kind: 'control', time: 0, action: 'x', facts: {} } as const
    strictEqual(await counting.append([withheld(0), control]), 1)
    deepStrictEqual(counts(), ['control'])
  })

  test('counts that could not be recorded are kept, and added to', async () => {
    const { counting, state, counts, failures } = house()
    await counting.append([withheld(0)])
    state.now = MINUTE
    state.fails = true
    await counting.flush()
    strictEqual(failures.length, 1)
    await counting.append([withheld(1)])
    state.fails = false
    await counting.flush()
    deepStrictEqual(counts(), [[0, 'choice', 2]])
  })
})
