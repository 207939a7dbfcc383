/** A wish to be forgotten through a whole gateway: it arrives after an opt-out, is on record, and is one itself. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { startHouse } from '../support/house.ts'
import { bidderContract, ONE_LAW, relay } from '../support/relay.ts'
import { sluice } from '../support/sluice.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const EVENTS = { '@relay': { as: 'event' }, '@forget': { as: 'forget' } }

let serial = 0
/** What an iPhone's SDK says of it; every one is another. */
function device(): { readonly adid: string; readonly idfv: string } {
  const mark = String(++serial).padStart(12, '0')
  return { adid: `18546f6171f67e29d1cb${mark}`, idfv: `CCB300A0-DE1B-4D48-BC7E-${mark}` }
}
const query = (fields: object): string => new URLSearchParams(fields as Record<string, string>).toString()

async function withAdjust(t: TestContext, events: object = EVENTS) {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    policy: ONE_LAW,
    apps: [
      { id: 'messenger-ios', name: 'Shop', platform: 'android', write_keys: ['test-write-key'], retired_keys: [] },
    ],
    contracts: [
      bidderContract('adjust', partner!.origin, {
        type: 'adjust',
        events,
        share: { partner_id: 'pass', vendor_id: 'pass', ip: [24, 0] },
        when_restricted: { send: 'nothing' },
        connection: { app_token: 'abc123def456', origin: partner!.origin },
      }),
    ],
  }))
  const partner = partners[0]!
  partner.answer = { status: 200, body: '{"status":"OK"}' }
  const event = (of: object) => relay(house, `adjust/event?${query({ ...of, event_token: 'tok1' })}`, '', FORM)
  const forget = (of: object) => relay(house, 'adjust/gdpr_forget_device', query(of), FORM)
  return { house, partner, event, forget, last: () => partner.received.at(-1) }
}

describe('relay: a wish to be forgotten', () => {
  test('arrives after an opt-out that lets nothing else through, and is on record as any disclosure', async (t) => {
    const { house, partner, event, forget, last } = await withAdjust(t)
    const me = device()
    equal((await event(me)).status, 200)
    equal(
      (await house.call('PUT', '/v1/me/choices', { identities: { vendor_id: me.idfv }, opt_out: true })).status,
      200,
    )
    equal((await event(me)).headers['x-sluice'], 'withheld(choice)')
    const before = partner.received.length
    const answered = await forget({ ...me, ip_address: '203.0.113.77', app_token: 'the-sdk-s-own', device_name: 'x15' })
    deepEqual([answered.status, answered.text], [200, '{"status":"OK"}'])
    equal(partner.received.length, before + 1)
    deepEqual(
      [last()?.method, last()?.path, last()?.body],
      ['POST', '/gdpr_forget_device?s2s=1&app_token=abc123def456&environment=production', `adid=${me.adid}`],
    )
    const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { vendor_id: me.idfv } })
    const told = (await house.staff('GET', `/api/v1/subjects/${body.handle}/disclosures`)).body.recipients
    deepEqual(
      told.map((one: Record<string, unknown>) => [one.partner, one.disclosures]),
      [['adjust', 2]],
    )
    const data = house.gateway.config.dataFolder
    const verified = await sluice(['ledger', 'protocol', data, '--trust', `${data}/ledger/trust`])
    equal(verified.code, 0, verified.out)
  })

  test('is an opt-out itself, of that device and for good', async (t) => {
    const { event, forget, partner } = await withAdjust(t)
    const [me, other] = [device(), device()]
    equal((await forget(me)).status, 200)
    const before = partner.received.length
    equal((await event(me)).headers['x-sluice'], 'withheld(us_privacy)')
    equal((await event(other)).headers['x-sluice'], undefined)
    equal(partner.received.length, before + 1)
    equal((await forget(me)).status, 200)
  })

  test('that does not reach the partner is an error to try again, never a success', async (t) => {
    const { house, partner, forget } = await withAdjust(t)
    const refused = async (of: object) => {
      const { status, headers, text } = await forget(of)
      return [status, headers['x-sluice'], JSON.parse(text).code, headers['retry-after'] !== undefined]
    }
    const says = (why: string) => [503, `withheld(${why})`, 'ERR_FORGET_WITHHELD', true]
    deepEqual(await refused({ idfa: '8C6CBC0D-5F43-4765-A6E6-84DFF3D24707' }), says('type_cannot_carry'))
    const child = device()
    await house.call('PUT', '/v1/me/choices', { identities: { vendor_id: child.idfv }, child: true })
    deepEqual(await refused(child), says('child'))
    await house.staff('PUT', '/api/v1/partners/adjust/stop', { stopped: true })
    deepEqual(await refused(device()), says('stopped'))
    equal(partner.received.length, 0)
  })

  test('is no request at all where the contract does not name it', async (t) => {
    const { forget, partner } = await withAdjust(t, { '@relay': { as: 'event' } })
    const { status, text } = await forget(device())
    deepEqual([status, JSON.parse(text).code, partner.received.length], [404, 'ERR_NOT_FOUND', 0])
  })

  test('may be all that a contract lets through', async (t) => {
    const { event, forget, partner } = await withAdjust(t, { '@forget': { as: 'forget' } })
    equal((await event(device())).headers['x-sluice'], 'withheld(event_not_granted)')
    equal((await forget(device())).status, 200)
    ok(partner.received.every(({ path }) => path.startsWith('/gdpr_forget_device')))
  })
})
