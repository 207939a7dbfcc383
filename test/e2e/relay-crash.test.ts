/** A gateway that is killed while a relayed request is at the partner: the record was there first, and stays open. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { request } from 'undici'
import { startGatewayProcess } from '../faults/gateway-process.ts'
import { createConfigFolder, type TestFolder, WRITE_KEY } from '../support/config-folder.ts'
import { startPartner } from '../support/partner.ts'
import { bidderContract, bidRequest } from '../support/relay.ts'
import { until } from '../support/until.ts'

async function recordsOf(control: string, folder: TestFolder): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  const { body } = await request(`${control}/api/v1/disclosures/export`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const lines = (await body.text()).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

describe('relay: killed while a request is at the partner', () => {
  test('its intent is on record, and the next start says that it must be assumed disclosed', async (t) => {
    const partner = await startPartner()
    const folder = await createConfigFolder({ contracts: [bidderContract('acme', partner.origin)] })
    const first = startGatewayProcess(folder.config)
    t.after(async () => {
      first.kill('SIGKILL')
      await first.ended
      partner.hold(false)
      await partner.goDown()
      await folder.remove()
    })
    partner.hold(true)
    const { data } = await first.ready
    const asked = request(`${data}/v1/relay/acme/bid`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-sluice-write-key': WRITE_KEY },
      body: JSON.stringify(bidRequest()),
    }).catch(() => 'broke off')
    await until('the request to be at the partner', () => partner.received.length === 1)
    first.kill('SIGKILL')
    await first.ended
    equal(await asked, 'broke off')

    const second = startGatewayProcess(folder.config)
    t.after(async () => {
      second.kill('SIGKILL')
      await second.ended
    })
    const { control } = await second.ready
    const records = await recordsOf(control, folder)
    const intents = records.filter(({ kind, partner: name }) => kind === 'intent' && name === 'acme')
    equal(intents.length, 1, JSON.stringify(records))
    equal(intents[0]?.event, 'bid')
    ok(JSON.stringify(records).includes('unresolved'), JSON.stringify(records))
    deepEqual(partner.received.length, 1)
  })
})
