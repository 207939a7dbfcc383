/** From the moment of a choice to its effect: whoever received something in between is on record, and told. */
import { deepEqual, equal } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { request } from 'undici'
import { type House, purchase } from '../support/house.ts'
import { allEnded, startTelling, toldAt } from './telling.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

async function importOptOut({ gateway, folder }: House, user: string, at: number): Promise<void> {
  const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  const answered = await request(`${gateway.controlUrl}/api/v1/choices/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify({ kind: 'user', value: user, at: new Date(at).toISOString() })}\n`,
  })
  equal(answered.statusCode, 200, await answered.body.text())
}

interface Row {
  readonly time: number
  readonly action: string
  readonly facts: Readonly<Record<string, string>>
}

test('a choice by mail that takes effect later: every third party that received something since it was made is on record, by name and class of count', async (t) => {
  const helper = { role: 'service_provider', agreement: { ref: 'A-1', until: '2099-12-31' }, purposes: ['analytics'] }
  const { house, partners } = await startTelling(t, { contracts: [{}, { ...helper, notify: 'off' }] })
  const idfa = (digit: number) => `4D92078A-8246-4BA4-AE5B-76104861E7D${digit}`
  const device = (digit: number) => ({
    device: { type: 'ios', advertisingId: idfa(digit), adTrackingEnabled: true, attTrackingStatus: 3 },
  })
  const started = Date.now()
  for (const [digit, user] of ['ann', 'ben'].entries())
    await house.send([purchase({ userId: user }, device(digit)), purchase({ userId: user }, device(digit))])
  await house.settled()
  const windows = async (): Promise<readonly Row[]> => {
    const { body } = await house.staff('GET', '/api/v1/disclosures?kind=request&limit=500')
    return (body.items as readonly Row[]).filter(({ action }) => action === 'opt_out_window')
  }

  // After the last that was sent: nothing lies between.
  await importOptOut(house, 'ben', Date.now())
  await allEnded(house)
  deepEqual(await windows(), [])
  await importOptOut(house, 'ann', started - HOUR_MS)
  await allEnded(house)
  const [one, ...more] = await windows()
  deepEqual([one?.facts, more], [{ partner: 'acme', disclosures: '2-9' }, []])
  equal(one!.time % DAY_MS, 0, 'it is of a day')
  deepEqual(
    [...new Set(toldAt(partners[0]!).map(({ identifier }) => identifier.value))].filter((value) => value === idfa(0)),
    [idfa(0)],
  )
  equal(toldAt(partners[1]!).length, 0)
})
