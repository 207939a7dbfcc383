/** What a partner's answer leaves in the app, a deletion request that never arrived, and a vague word in a statement. */
import { equal, match, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { ONE_LAW } from '../../support/relay.ts'
import { IFA, relayedContract, startBidder } from '../harness/bidder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

async function forget(
  world: World,
  form: string,
): Promise<{ readonly status: number; readonly asked: readonly string[] }> {
  const partner = await world.partner()
  const contract = relayedContract('adj', 'adjust', {
    events: { '@forget': {} },
    share: { advertising_id: 'pass', partner_id: 'pass', vendor_id: 'pass' },
    when_restricted: { send: 'nothing' },
    connection: { app_token: 'abc123def456', origin: partner.origin },
  })
  const gateway = await world.gateway({ contracts: [contract], shippedPolicy: true })
  const { status } = await gateway.call('/v1/relay/adj/gdpr_forget_device', {
    method: 'POST',
    headers: FORM,
    body: form,
  })
  return { status, asked: partner.received.map(({ path, body }) => path + body) }
}
async function isForgotten(world: World, form: string, id: string): Promise<void> {
  const { status, asked } = await forget(world, form)
  equal(status, 200)
  ok(asked.length === 1 && asked[0]!.includes(id), asked.join())
}

/** In words, what a person's statement says of an advertising id that a partner of this kind got. */
async function statedId(world: World, contract: (origin: string) => object): Promise<string> {
  const partner = await world.partner()
  const gateway = await world.folder({ contracts: [contract(partner.origin) as never], policy: ONE_LAW })
  await gateway.start({ env: { TOK: 'a-token' } })
  const event = {
    type: 'track',
    event: 'Order Completed',
    userId: 'u-1',
    messageId: 'm-1',
    context: {
      device: { type: 'ios', advertisingId: IFA, attTrackingStatus: 3 },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US' },
    },
  }
  equal((await gateway.send([event])).status, 200)
  await gateway.settled()
  equal(partner.received.length, 1)
  const found = await gateway.staff('/api/v1/subjects/lookup', { body: { identities: { user: 'u-1' } } })
  const statement = await gateway.staff(`/api/v1/subjects/${found.body.handle}/disclosures`)
  const fields = statement.body.disclosures[0].fields as readonly { field: string; in_words: string }[]
  return fields.find(({ field }) => field === 'advertising_id')?.in_words ?? ''
}
const pixel = (origin: string) => ({
  ...webhookContract('northwind', origin, { share: { advertising_id: 'pass' }, when_restricted: { send: 'nothing' } }),
  type: 'pixel',
  connection: { url: `${origin}/p?i={idfa}` },
  limits: { per_second: 1_000, concurrency: 4, timeout_ms: 5_000 },
})

export const world: WorldCase = {
  source:
    'Adjust, data erasure API; GDPR Art. 12(1) and 15; RFC 6265 §5.3: an answer’s cookie goes into the caller’s jar',
  faults: {
    'F15-forget': (world) => isForgotten(world, `idfa=${IFA}&att_status=3&os_version=17.5&environment=production`, IFA),
    'F15-forget-alone': (world) => isForgotten(world, `idfa=${IFA}`, IFA),
    'F15-set-cookie': async (world) => {
      const { bid, partner } = await startBidder(world)
      partner.answer = {
        status: 200,
        body: '{}',
        headers: { 'content-type': 'application/json', 'set-cookie': 'id=1' },
      }
      const { status, headers } = await bid()
      equal(status, 200)
      equal(headers['set-cookie'], undefined)
    },
    'F14-id': async (world) => match(await statedId(world, pixel), /, as it was$/),
  },
  neighbours: {
    'by Adjust’s own id': (world) =>
      isForgotten(world, 'adid=18546f6171f67e29d1cb983322ad1329', '18546f6171f67e29d1cb983322ad1329'),
    'an answer’s own headers come back': async (world) => {
      const { bid, partner } = await startBidder(world)
      partner.answer = { status: 200, body: '{}', headers: { 'content-type': 'application/json', etag: '"x"' } }
      const { headers } = await bid()
      equal(headers['content-type'], 'application/json')
      equal(headers.etag, '"x"')
    },
  },
}
