/** What staff is told of the ledger: its segments, how long they stay, where checkpoints lie, and a check of all of it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { startLedgerCheck } from '../../src/threads/ledger-check-client.ts'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

async function houseWith(t: TestContext, ledger: object) {
  const { house } = await startHouse(t, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin)],
    gateway: { ledger },
  }))
  await house.send(Array.from({ length: 300 }, () => purchase()))
  await house.settled()
  return house
}

describe('segments and retention', () => {
  test('each says until when it is kept, which holds name it, and what goes next', async (t) => {
    const house = await houseWith(t, { segment_leaves: 256, retention_months: 13 })
    const segments = async () => (await house.staff('GET', '/api/v1/ledger/segments')).body.items
    const [first, second, ...rest] = await until('a full segment and a growing one', async () => {
      const items = await segments()
      return items.length > 2 && items[1].sealed_at !== undefined && items
    })
    deepEqual([first.first, first.end === second.first, first.bytes > 0, first.holds], [0, true, true, []])
    const [sealed, until13] = [new Date(first.sealed_at), new Date(first.kept_until)]
    equal((until13.getUTCFullYear() - sealed.getUTCFullYear()) * 12 + until13.getUTCMonth() - sealed.getUTCMonth(), 13)
    equal(rest.at(-1).kept_until, undefined)
    const { id } = (await house.staff('POST', '/api/v1/ledger/holds', { reason: 'case 17', first: 0 })).body
    const retention = (await house.staff('GET', '/api/v1/ledger/retention')).body
    deepEqual([retention.months, retention.pruned, retention.next.first, retention.next.holds], [13, 0, 0, [id]])
    ok(retention.records >= 600 && retention.bytes > 0)
    deepEqual((await segments()).map(({ holds }: { holds: string[] }) => holds.length).slice(0, 2), [1, 0])
  })
})

describe('anchors', () => {
  test('say what they lack, why the last attempt failed, and where they are without the secret part', async (t) => {
    const outside = await temporaryFolder(t)
    const house = await houseWith(t, {
      anchors: { every_seconds: 1, folder: outside, webhook: { url: 'http://127.0.0.1:1/secret-mailbox' } },
    })
    const anchors = await until('the folder to have them', async () => {
      const { items } = (await house.staff('GET', '/api/v1/ledger/anchors')).body
      return items[0].records >= 600 && items[1].state === 'failing' && items
    })
    const [folder, webhook] = anchors
    deepEqual([folder.name, folder.where, folder.failure], ['folder', outside, undefined])
    ok(['current', 'behind'].includes(folder.state) && Date.parse(folder.reached_at) > 0)
    deepEqual([webhook.where, webhook.records, webhook.lacks >= 600], ['http://127.0.0.1:1', undefined, true])
    match(webhook.failure, /ECONNREFUSED/)
    ok(!JSON.stringify(webhook).includes('secret-mailbox'))
  })

  test('there are none unless the configuration names one', async (t) => {
    const house = await houseWith(t, {})
    deepEqual((await house.staff('GET', '/api/v1/ledger/anchors')).body, { items: [] })
  })
})

describe('a check of the whole ledger', () => {
  test('is asked for once, says how far it is and then what it found, and is on record by name', async (t) => {
    const house = await houseWith(t, {})
    equal((await house.staff('GET', '/api/v1/ledger/check')).body.state, 'never')
    const begun = await house.staff('POST', '/api/v1/ledger/check')
    deepEqual([begun.status, begun.body.state, begun.body.of >= 600], [202, 'running', true])
    const { report } = await until('its end', async () => {
      const { body } = await house.staff('GET', '/api/v1/ledger/check')
      return body.state === 'done' && body
    })
    deepEqual([report.verified, report.problem_count, report.lowest], [true, 0, 0])
    ok(report.records >= 600 && report.signed <= report.records)
    const { items } = (await house.staff('GET', '/api/v1/disclosures?kind=control&order=newest&limit=50')).body
    ok(
      items.some(
        ({ facts }: { facts: { call?: string; actor?: string } }) => facts.call === 'checkLedger' && facts.actor,
      ),
    )
  })

  test('finds a record that was changed on disk', async (t) => {
    const house = await houseWith(t, {})
    const data = house.folder.data
    await house.gateway.stop()
    const segment = new DatabaseSync(join(data, 'ledger', 'segment-000000000000.db'))
    const { changes } = segment
      .prepare("UPDATE leaves SET leaf = CAST(substr(leaf, 1, length(leaf) - 1) || x'ff' AS BLOB) WHERE seq = 40")
      .run()
    segment.close()
    equal(changes, 1)
    const failures: unknown[] = []
    const check = startLedgerCheck({ dataFolder: data, size: () => 0, now: Date.now, failed: (e) => failures.push(e) })
    t.after(() => check.close())
    equal(check.start(), true)
    equal(check.start(), false, 'one at a time')
    const done = await until('its end', () => {
      const latest = check.latest()
      return latest.state === 'done' && latest
    })
    deepEqual([done.report.verified, done.report.problems[0]?.seq, failures], [false, 40, []])
    equal(check.start(), true, 'the next may begin')
  })

  test('that is cut off has failed, and says nothing about the ledger', async (t) => {
    const house = await houseWith(t, {})
    const data = house.folder.data
    const check = startLedgerCheck({ dataFolder: data, size: () => 0, now: Date.now, failed: () => undefined })
    check.start()
    await check.close()
    const { state } = await until('its end', () => check.latest().state !== 'running' && check.latest())
    equal(state, 'failed')
    equal((await house.staff('GET', '/api/v1/ledger/check')).body.state, 'never')
  })
})
