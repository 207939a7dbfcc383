import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { request } from 'undici'
import { type Meddler, runCampaign, type Verdict } from './campaign.ts'
import type { Blow } from './plan.ts'
import { summaryOf } from './summary.ts'

async function campaign(
  t: TestContext,
  cycles: number,
  more: { blow?: Blow; meddler?: Meddler } = {},
): Promise<Verdict> {
  const say = (line: string): void => t.diagnostic(line)
  const verdict = await runCampaign({ cycles, seed: 'npm test', cutsEach: 24, say, signal: t.signal, ...more })
  t.after(() => verdict.remove())
  return verdict
}

const kinds = ({ findings }: Verdict): readonly string[] => [...new Set(findings.map(({ kind }) => kind))]

test('a ledger that meets each fault once loses nothing, leaves nothing unlogged and hides nothing', {
  timeout: 600_000,
}, async (t) => {
  const verdict = await campaign(t, 11)
  deepEqual(verdict.findings, [])
  equal(summaryOf(11, verdict).lines.at(-1), '11 cycles: 0 lost, 0 unlogged, 0 undetected')
  const { acknowledged, arrived, cuts, detectedCuts } = verdict.coverage
  ok(acknowledged > 100 && arrived > 20 && cuts > 0 && detectedCuts > 0, 'a verdict about nothing')
})

describe('the judge is judged', () => {
  test('a record that was acknowledged and then deleted is lost', { timeout: 600_000 }, async (t) => {
    const verdict = await campaign(t, 1, {
      meddler: { beforeJudging: async (dataFolder) => deleteSomeRecord(dataFolder) },
    })
    ok(kinds(verdict).includes('lost'))
    ok(verdict.findings.some(({ says }) => /fsck: leaf_missing/.test(says)))
    ok(verdict.findings.some(({ says }) => /^cycle 1: (INTENT|OUTCOME) 4 of event \d+ is gone$/.test(says)))
    equal(summaryOf(1, verdict).isClean, false)
  })

  test('an item that nobody announced is unlogged', { timeout: 600_000 }, async (t) => {
    const verdict = await campaign(t, 1, {
      meddler: { beforeJudging: (_, partner) => tell(partner, '{"value":77}') },
    })
    deepEqual(verdict.findings, [{ kind: 'unlogged', says: 'cycle 1: no INTENT announces the bytes of event 77' }])
    equal(summaryOf(1, verdict).lines.at(-1), '1 cycles: 0 lost, 1 unlogged, 0 undetected')
  })

  test('the bytes of an event that was announced with other bytes are unlogged', { timeout: 600_000 }, async (t) => {
    const verdict = await campaign(t, 1, {
      meddler: { beforeJudging: (_, partner) => tell(partner, '{"value":1000001}') },
    })
    deepEqual(kinds(verdict), ['unlogged'])
  })

  test('what is cut off behind the back of an auditor who remembers nothing is undetected', {
    timeout: 600_000,
  }, async (t) => {
    // What lies in the log is gone, and the newest checkpoint is the one of the segment that was full before.
    const inCopy = async (ledger: string): Promise<void> => {
      for (const name of readdirSync(ledger)) if (/-(wal|shm)$/.test(name)) await rm(join(ledger, name))
      const db = new DatabaseSync(join(ledger, 'segment-000000000000.db'), { readOnly: true })
      const note = db.prepare('SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1').get()?.note as string
      db.close()
      writeFileSync(join(ledger, 'checkpoint'), note)
    }
    const verdict = await campaign(t, 1, { blow: { kind: 'cut' }, meddler: { auditorIsBlind: true, inCopy } })
    deepEqual(kinds(verdict), ['undetected'])
    ok(verdict.findings.some(({ says }) => /is gone and the auditor finds nothing$/.test(says)))
  })
})

function deleteSomeRecord(dataFolder: string): void {
  const db = new DatabaseSync(join(dataFolder, 'ledger', 'segment-000000000000.db'))
  db.exec('DELETE FROM leaves WHERE seq = 4')
  db.close()
}

/** The partner drops some connections without an answer: the bytes reached it all the same. */
async function tell(partner: string, body: string): Promise<void> {
  const answered = await request(`${partner}/hooks`, { method: 'POST', body }).catch(() => undefined)
  await answered?.body.dump()
}
