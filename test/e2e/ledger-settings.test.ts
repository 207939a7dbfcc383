/** The ledger's settings in a whole gateway: name, segments, counts, anchors; and a change of its signing key. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startGateway } from '../../src/gateway/gateway.ts'
import { openCheckpoint, parseTrust } from '../../src/ledger/verify/note.ts'
import { webhookContract } from '../support/config-folder.ts'
import { houseOf, purchase, startHouse } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

const read = (folder: string, name: string): Promise<string> => readFile(join(folder, 'ledger', name), 'utf8')

describe('settings of the ledger', () => {
  test('its name, small segments and an anchor that works beside one that does not, while sends go on', async (t) => {
    const outside = await temporaryFolder(t)
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
      gateway: {
        ledger: {
          origin: 'sluice.example.com/ledger',
          segment_leaves: 256,
          anchors: { every_seconds: 1, folder: outside, webhook: { url: 'http://127.0.0.1:1/checkpoints' } },
        },
      },
    }))
    await house.send(Array.from({ length: 300 }, () => purchase()))
    await house.settled()
    equal(partners[0]!.items().length, 300)
    const dropped = await until('a checkpoint of all records outside', async () => {
      const newest = (await readdir(outside))
        .filter((name) => name.endsWith('.txt'))
        .sort()
        .at(-1)
      return newest !== undefined && newest >= 'checkpoint-000000000601.txt' ? newest : undefined
    })
    const note = await readFile(join(outside, dropped), 'utf8')
    match(note, /^sluice\.example\.com\/ledger\n/u)
    equal(openCheckpoint(note, parseTrust(await read(house.folder.data, 'trust'))).state, 'valid')
    await until('a segment to be sealed', async () =>
      (await readdir(join(house.folder.data, 'ledger'))).includes('index-000000000000.db'),
    )
    const metrics = await (await fetch(`${house.gateway.controlUrl}/metrics`)).text()
    match(metrics, /sluice_ledger_anchored_records\{anchor="folder"\} \d{3}/u)
    match(metrics, /sluice_ledger_anchor_failures_total\{anchor="webhook"\} [1-9]/u)
    equal((await fetch(`${house.gateway.controlUrl}/readyz`)).status, 200)
    const { body } = await house.staff('GET', '/api/v1/aggregates?by=partner')
    deepEqual(body.groups, [{ partner: 'acme', count: 300 }])
  })

  test('withheld pairs as one count a minute; a stop records what was counted', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
      gateway: { ledger: { withheld: 'per_minute' } },
    }))
    await house.send(Array.from({ length: 30 }, () => purchase({}, { location: { country: 'DE' } })))
    await house.settled()
    equal((await house.staff('GET', '/api/v1/accounting')).body.pairs.acme.settled.withheld, 30)
    await house.gateway.stop()
    const again = houseOf(await startGateway({ configFolder: house.folder.config }), house.folder)
    try {
      const { body } = await again.staff('GET', '/api/v1/aggregates?kind=withheld&by=partner,reason')
      deepEqual(body.groups, [{ partner: 'acme', reason: 'consent_missing', count: 30 }])
      const { items } = (await again.staff('GET', '/api/v1/disclosures?kind=withheld')).body
      ok(items.length <= 2 && items.every(({ count }: { count: number }) => count > 0))
    } finally {
      await again.gateway.stop()
    }
  })

  test('a new signing key is announced under the old one, and old checkpoints stay good', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    await house.send([purchase()])
    await house.settled()
    const next = join(house.folder.root, 'next.key')
    await writeFile(next, `${randomBytes(32).toString('hex')}\n`)
    const announce = () => sluice(['ledger', 'rotate-key', house.folder.config, '--next', next, '--json'])
    equal((await announce()).code, 1, 'a folder in use is not touched')
    await house.gateway.stop()
    const { data } = house.folder
    const announced = JSON.parse((await announce()).out)
    const [oldKey = '', ...none] = (await read(data, 'trust')).trim().split('\n')
    deepEqual([announced.now, none], [oldKey, []])
    const before = await read(data, 'checkpoint')
    deepEqual(openCheckpoint(before, parseTrust(oldKey)).state, 'valid')

    await writeFile(join(data, 'keys', 'signing.key'), await readFile(next))
    const again = houseOf(await startGateway({ configFolder: house.folder.config }), house.folder)
    try {
      deepEqual((await read(data, 'trust')).trim().split('\n'), [oldKey, announced.next])
      const after = await until('a checkpoint under the new key', async () => {
        const newest = await read(data, 'checkpoint')
        return newest === before ? undefined : newest
      })
      deepEqual(
        [oldKey, announced.next].map((key) => openCheckpoint(after, parseTrust(key)).state),
        ['unknown_key', 'valid'],
      )
      const { body } = await again.staff('GET', `/api/v1/ledger/records/${announced.record}`)
      deepEqual([body.action, body.facts], ['signing_key_announced', { from: oldKey, to: announced.next }])
      // The old key's last word covers the announcement.
      ok(Number(before.split('\n')[1]) > announced.record)
    } finally {
      await again.gateway.stop()
    }
    const sure = await sluice(['ledger', 'fsck', '--data', data])
    equal(sure.code, 0, sure.out)
  })
})
