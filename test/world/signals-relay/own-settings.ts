/** An SDK that is set up rightly names the very app that the contract names: that was taken for a person's id. */
import { equal, match, ok } from 'node:assert/strict'
import type { TestContract } from '../../support/config-folder.ts'
import { ONE_LAW } from '../../support/relay.ts'
import { IFA, relayedContract } from '../harness/bidder.ts'
import type { Answer, Call, Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const SHARE = { advertising_id: 'pass', message_id: 'pass', time: 'pass' }
const SOURCE = '7000000000000000000'
const GUID = 'koexample-app-ios-k3x9d2f7'
const env = { TOK: 'a-token' }

interface Partner {
  readonly gateway: Served
  /** What the partner got of the request: exactly one. */
  sent(path: string, call: Call): Promise<{ readonly path: string; readonly body: string; readonly answer: Answer }>
}

async function partnerOf(world: World, contract: (origin: string) => TestContract): Promise<Partner> {
  const partner = await world.partner()
  const gateway = await world.folder({ contracts: [contract(partner.origin)], policy: ONE_LAW })
  await gateway.start({ env })
  return {
    gateway,
    sent: async (path, call) => {
      const before = partner.received.length
      const answer = await gateway.call(`/v1/relay/${path}`, {
        ...call,
        headers: { 'x-forwarded-for': '149.101.100.1', ...call.headers },
      })
      equal(partner.received.length, before + 1, `not sent: ${answer.headers['x-sluice']} ${answer.text}`)
      return { ...partner.received.at(-1)!, answer }
    },
  }
}

const now = (): number => Math.floor(Date.now() / 1_000)
const tikTok = (origin: string) =>
  relayedContract('tik', 'tiktok_events', {
    tcf_vendor: 52,
    share: SHARE,
    when_restricted: { send: 'limited', share: { message_id: 'pass', time: 'pass' } },
    connection: { event_source_id: SOURCE, token: { env: 'TOK' }, origin },
  })
const tikTokBody = (event_source_id: string, user: object = { att_status: 'AUTHORIZED' }) => ({
  event_source: 'app',
  event_source_id,
  data: [{ event: 'Purchase', event_id: 'e1', event_time: now(), user: { idfa: IFA, country: 'US', ...user } }],
})
const TIKTOK = 'tik/open_api/v1.3/event/track/'
const adjust = (origin: string) =>
  relayedContract('adj', 'adjust', {
    tcf_vendor: 52,
    share: { advertising_id: 'pass', time: 'pass' },
    when_restricted: { send: 'limited', share: { time: 'pass' } },
    connection: { app_token: 'abc123def456', origin },
  })
const adjustForm = (app_token: string): string =>
  `app_token=${app_token}&event_token=f0ob4r&idfa=${IFA}&s2s=1&att_status=3&country=US&os_version=17.5&created_at_unix=${now()}`
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const kochava = (origin: string) =>
  relayedContract('koc', 'kochava', {
    tcf_vendor: 52,
    share: { advertising_id: 'pass', time: 'pass', partner_id: 'pass' },
    when_restricted: { send: 'limited', share: { time: 'pass', partner_id: 'pass' } },
    connection: { app_guid: GUID, origin },
  })
const kochavaBody = (kochava_app_id: string, att = true, event_name = 'Purchase') => ({
  action: 'event',
  kochava_app_id,
  kochava_device_id: 'KD1',
  data: { event_name, device_ids: { idfa: IFA }, app_tracking_transparency: { att }, usertime: now() },
})

export const world: WorldCase = {
  source: 'TikTok Events API, request sample; Adjust, server-to-server events; Kochava, post-install events',
  faults: {
    'relay-A1': async (world) => {
      const { sent } = await partnerOf(world, tikTok)
      match((await sent(TIKTOK, { body: tikTokBody(SOURCE) })).body, new RegExp(`"event_source_id":"${SOURCE}"`))
      ok(!(await sent(TIKTOK, { body: tikTokBody(SOURCE, { att_status: 'DENIED' }) })).body.includes(IFA))
    },
    'relay-A2': async (world) => {
      const { sent } = await partnerOf(world, adjust)
      const posted = await sent('adj/event', { method: 'POST', headers: FORM, body: adjustForm('abc123def456') })
      match(posted.path + posted.body, /app_token=abc123def456/)
      const asked = await sent(`adj/event?${adjustForm('abc123def456')}`, {})
      match(asked.path, /app_token=abc123def456/)
    },
    'relay-A5': async (world) => {
      const { sent } = await partnerOf(world, kochava)
      match((await sent('koc/track/json', { body: kochavaBody(GUID) })).body, new RegExp(`"kochava_app_id":"${GUID}"`))
      ok(!(await sent('koc/track/json', { body: kochavaBody(GUID, false) })).body.includes(IFA))
    },
  },
  neighbours: {
    'another app, or none, is replaced by the contract’s': async (world) => {
      const { sent } = await partnerOf(world, tikTok)
      const { body } = await sent(TIKTOK, { body: tikTokBody('zzz') })
      ok(body.includes(`"event_source_id":"${SOURCE}"`) && !body.includes('zzz'))
    },
    'another token is replaced too': async (world) => {
      const { sent } = await partnerOf(world, adjust)
      const { path, body } = await sent('adj/event', { method: 'POST', headers: FORM, body: adjustForm('zzz') })
      ok((path + body).includes('abc123def456') && !(path + body).includes('zzz'))
    },
    'an id that a plain place repeats does not leave': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [kochava(partner.origin)], policy: ONE_LAW })
      const headers = { 'x-forwarded-for': '149.101.100.1' }
      await gateway.call('/v1/relay/koc/track/json', { body: kochavaBody('zzz', false, IFA), headers })
      ok(!partner.received.some(({ path, body }) => (path + body).includes(IFA)))
    },
  },
}
