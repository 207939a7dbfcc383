/** What every implementation of the `Ledger` port must do. */
import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Ledger, PairHistory } from '../../src/ledger/ports.ts'
import type { LedgerRecord, Outcome } from '../../src/model/disclosure.ts'
import { disclosureId, eventRef, intent, outcome, TIME, withheld } from '../ledger/fixtures.ts'

/** One place where a ledger is kept. */
export interface LedgerHome {
  start(): Promise<Ledger>
  /** Every record there is, in order, read without the running ledger's help. */
  records(): readonly LedgerRecord[]
  /** What the verifier has to say: nothing, or names of problems. */
  problems(): Promise<readonly string[]>
}

const REFUSED: Outcome = { kind: 'refused', status: 503, retry: true, retryAfterMs: 2_000 }
const UNRESOLVED: Outcome = { kind: 'unresolved_assume_disclosed' }

export function describeLedger(name: string, home: (t: TestContext) => Promise<LedgerHome>): void {
  describe(`the ledger port: ${name}`, () => {
    test('an append resolves to the size after it, and by then the records can be read', async (t) => {
      const { start, records } = await home(t)
      const ledger = await start()
      strictEqual(ledger.size(), 0)
      strictEqual(await ledger.append([intent(1), withheld(2)]), 2)
      deepStrictEqual(records(), [intent(1), withheld(2)])
      strictEqual(await ledger.append([outcome(1)]), 3)
      strictEqual(ledger.size(), 3)
      deepStrictEqual(records(), [intent(1), withheld(2), outcome(1)])
      await ledger.close()
    })

    test('records of every kind come back as they were', async (t) => {
      const { start, records } = await home(t)
      const ledger = await start()
      const all: LedgerRecord[] = [
        intent(1),
        outcome(1, REFUSED),
        withheld(2, 'guard'),
        {
          kind: 'control',
          time: TIME,
          nonce: '5a'.repeat(16),
          action: 'revision_published',
          facts: { number: 4, digest: 'ab12' },
        },
        {
          kind: 'request',
          time: TIME,
          nonce: 'a5'.repeat(16),
          action: 'opt_out',
          facts: { dimensions: 7, channel: 'app' },
        },
      ]
      await ledger.append(all)
      await ledger.close()
      deepStrictEqual(records(), all)
    })

    test('a CONTROL or REQUEST without a nonce gets one of its own, so that no hash can be guessed', async (t) => {
      const { start, records } = await home(t)
      const ledger = await start()
      const said = { kind: 'control', time: TIME, action: 'started', facts: {} } as const
      await ledger.append([said, said, { ...said, kind: 'request' }])
      await ledger.close()
      const nonces = records().map((record) => ('nonce' in record ? record.nonce : ''))
      strictEqual(new Set([...nonces, '0'.repeat(32)]).size, 4)
      for (const nonce of nonces) ok(/^[0-9a-f]{32}$/u.test(nonce))
    })

    test('appends of one turn and of many keep the order in which they were made', async (t) => {
      const { start, records, problems } = await home(t)
      const ledger = await start()
      const written = Array.from({ length: 3_000 }, (_, n) => withheld(n))
      const sizes: Promise<number>[] = []
      for (const [n, record] of written.entries()) {
        sizes.push(ledger.append([record]))
        if (n % 100 === 0) await new Promise(setImmediate)
      }
      deepStrictEqual(
        await Promise.all(sizes),
        written.map((_, n) => n + 1),
      )
      await ledger.close()
      deepStrictEqual(records(), written)
      deepStrictEqual(await problems(), [])
    })

    test('an append of no record resolves to the size', async (t) => {
      const { start } = await home(t)
      const ledger = await start()
      await ledger.append([withheld(1)])
      strictEqual(await ledger.append([]), 1)
      await ledger.close()
    })

    test('an append with a record that cannot be kept is refused whole, and others go on', async (t) => {
      const { start, records } = await home(t)
      const ledger = await start()
      const before = ledger.append([withheld(1)])
      const bad = ledger.append([withheld(2), { ...withheld(3), event: 'x'.repeat(1_025) }])
      const after = ledger.append([withheld(4)])
      await rejects(bad, { code: 'ERR_LEDGER_UNAVAILABLE', details: { why: 'too_long', field: 'event' } })
      deepStrictEqual(await Promise.all([before, after]), [1, 2])
      deepStrictEqual(records(), [withheld(1), withheld(4)])
      await ledger.close()
    })

    test('after close an append rejects and health says so', async (t) => {
      const { start } = await home(t)
      const ledger = await start()
      deepStrictEqual({ ...ledger.health(), lastCommitMs: 0 }, { writable: true, why: 'ok', lastCommitMs: 0 })
      await ledger.close()
      await rejects(ledger.append([withheld(1)]), { code: 'ERR_LEDGER_UNAVAILABLE' })
      deepStrictEqual([ledger.health().writable, ledger.health().why], [false, 'closed'])
      await ledger.close()
    })

    test('appends made just before close are kept', async (t) => {
      const { start, records } = await home(t)
      const ledger = await start()
      const append = ledger.append([withheld(1)])
      await ledger.close()
      strictEqual(await append, 1)
      deepStrictEqual(records(), [withheld(1)])
    })

    test('a start goes on where the last one ended', async (t) => {
      const { start, records, problems } = await home(t)
      const first = await start()
      await first.append([withheld(1)])
      await first.close()
      const second = await start()
      strictEqual(second.size(), 1)
      strictEqual(await second.append([withheld(2)]), 2)
      await second.close()
      deepStrictEqual(records(), [withheld(1), withheld(2)])
      deepStrictEqual(await problems(), [])
    })

    test('a start gives every INTENT left open an OUTCOME that assumes disclosure, once', async (t) => {
      const { start, records, problems } = await home(t)
      const first = await start()
      await first.append([intent(1), intent(2), intent(3)])
      await first.append([outcome(2), intent(4)])
      await first.close()
      deepStrictEqual(await problems(), ['intent_open', 'intent_open', 'intent_open'])
      const second = await start()
      strictEqual(second.size(), 8)
      await second.close()
      await (await start()).close()
      const added = records().slice(5)
      deepStrictEqual(
        added.map((record) => ({ ...record, time: TIME })),
        [1, 3, 4].map((n) => ({ ...outcome(n, UNRESOLVED), time: TIME, bytes: 0, latency: 0 })),
      )
      deepStrictEqual(await problems(), [])
    })

    describe('histories', () => {
      const cases: [string, LedgerRecord[], number, Omit<PairHistory, 'eventRef' | 'partner'>[]][] = [
        [
          'a delivered pair',
          [intent(1), outcome(1)],
          0,
          [{ attempt: 1, outcome: outcome(1).outcome, withheld: undefined }],
        ],
        ['a withheld pair', [withheld(1)], 0, [{ attempt: 0, outcome: undefined, withheld: 'choice' }]],
        [
          'a retried pair',
          [intent(1), outcome(1, REFUSED), intent(1, 2), outcome(1, { kind: 'delivered', status: 202 }, 2)],
          0,
          [{ attempt: 2, outcome: { kind: 'delivered', status: 202 }, withheld: undefined }],
        ],
        [
          'a pair refused, then opted out',
          [intent(1), outcome(1, REFUSED), withheld(1, 'gpc')],
          0,
          [{ attempt: 1, outcome: REFUSED, withheld: 'gpc' }],
        ],
        [
          'a pair withheld, then replayed',
          [withheld(1), intent(1), outcome(1)],
          0,
          [{ attempt: 1, outcome: outcome(1).outcome, withheld: undefined }],
        ],
        [
          'a pair whose INTENT lies before',
          [intent(1, 4), withheld(2), outcome(1, REFUSED, 4)],
          2,
          [{ attempt: 4, outcome: REFUSED, withheld: undefined }],
        ],
        [
          'only pairs with a record from there on',
          [intent(1), outcome(1), withheld(2)],
          2,
          [{ attempt: 0, outcome: undefined, withheld: 'choice' }],
        ],
        ['nothing from the end on', [withheld(1)], 1, []],
        [
          'nothing of records about no pair',
          [{ kind: 'control', time: TIME, nonce: '5a'.repeat(16), action: 'started', facts: {} }],
          0,
          [],
        ],
      ]
      for (const [what, written, from, expected] of cases) {
        test(what, async (t) => {
          const { start } = await home(t)
          const ledger = await start()
          await ledger.append(written)
          const histories = await ledger.histories(from)
          deepStrictEqual(
            histories.map(({ attempt, outcome, withheld }) => ({ attempt, outcome, withheld })),
            expected,
          )
          await ledger.close()
        })
      }

      test('the same event at two partners is two pairs', async (t) => {
        const { start } = await home(t)
        const ledger = await start()
        await ledger.append([intent(1, 1, 'meta'), withheld(1, 'choice', 'appsflyer'), outcome(1, REFUSED, 1, 'meta')])
        const histories = await ledger.histories(0)
        deepStrictEqual(
          histories.map(({ partner }) => partner),
          ['meta', 'appsflyer'],
        )
        ok(histories.every((pair) => pair.eventRef === eventRef(1)))
        await ledger.close()
      })

      test('an intent that a crash left open shows as unresolved', async (t) => {
        const { start } = await home(t)
        const first = await start()
        await first.append([intent(1)])
        await first.close()
        const second = await start()
        const [pair] = await second.histories(0)
        deepStrictEqual(pair, {
          eventRef: eventRef(1),
          partner: 'meta',
          attempt: 1,
          outcome: UNRESOLVED,
          withheld: undefined,
        })
        strictEqual(disclosureId(1), intent(1).id)
        await second.close()
      })

      test('ten thousand pairs over many pages are all there', async (t) => {
        const { start } = await home(t)
        const ledger = await start()
        const written = Array.from({ length: 10_000 }, (_, n) => [intent(n), outcome(n)]).flat()
        await ledger.append(written)
        const histories = await ledger.histories(5_001)
        strictEqual(histories.length, 7_500)
        ok(histories.every(({ attempt, outcome }) => attempt === 1 && outcome?.kind === 'delivered'))
        await ledger.close()
      })
    })
  })
}
