/** A gateway whose partners are of the seven types that can be told in words of their own, each a server that reads and answers by its documentation. */
import { equal } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase } from '../support/house.ts'
import { ADJUST } from '../support/notice-partners/adjust.ts'
import { APPSFLYER } from '../support/notice-partners/appsflyer.ts'
import { BRANCH } from '../support/notice-partners/branch.ts'
import { createRecipient, recipientAsVendor } from '../support/notice-partners/dsrdelete.ts'
import { KOCHAVA } from '../support/notice-partners/kochava.ts'
import { OPENDSR_2, PROCESSOR_DOMAIN, SINGULAR } from '../support/notice-partners/opendsr.ts'
import { type RecordingPartner, recordPartner } from '../support/notice-partners/recorder.ts'
import type { Vendor } from '../support/notice-partners/vendor.ts'
import { GOOD } from '../support/processor-certificates.ts'
import { until } from '../support/until.ts'
import { type Person, startWithUsers } from '../support/users.ts'
import { appWithUsers, tellingContract } from './telling.ts'

const OURS = 'publisher.example'
const BIDDER = createRecipient('bidder.example', [
  ['idfa', 'plaintext'],
  ['ppuid', 'sha256'],
])

/** Two people, so that what stands in one person's notices alone can be told from what stands in everybody's. */
export const ANN = {
  user: 'ann-0001',
  // printf ann-0001 | sha256sum
  hashed: 'dc1d6d5a85750bff1985a47e8834e04eb256e1dccfab793871a4859e0d4aa482',
  idfa: '4D92078A-8246-4BA4-AE5B-76104861E7DC',
  idfv: '5E92078A-8246-4BA4-AE5B-76104861E7DD',
  adid: '18546f6171f67e29d1cb983322ad1329',
  appsflyer: '1665148898336-5539842602053895577',
}
export const BEN = {
  user: 'ben-0002',
  // printf ben-0002 | sha256sum
  hashed: '6ea99ddb37d026440441f99f6c2d0f23dacc6c1ee00ed7b5ddb3d36a4f16f687',
  idfa: '7A10F6C2-91D4-4E38-8C57-0B2E6D9F4A11',
  idfv: '8B10F6C2-91D4-4E38-8C57-0B2E6D9F4A12',
  adid: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  appsflyer: '1700000000001-1234567890123456789',
}
export type Known = typeof ANN
export const PEOPLE = [ANN, BEN]

const eventOf = ({ user, idfa, idfv, adid, appsflyer }: Known) =>
  purchase(
    { userId: user, properties: { revenue: 6.5, adid, appsflyer_id: appsflyer } },
    {
      device: { type: 'ios', id: idfv, advertisingId: idfa, adTrackingEnabled: true, attTrackingStatus: 3 },
      adid,
      appsflyer_id: appsflyer,
    },
  )

interface Told {
  readonly vendor: Vendor
  readonly type: string
  readonly share: object
  readonly connection: (origin: string, key: { readonly file: string }) => object
  readonly notify: object
  /** What it is told by of an erasure. */
  readonly erased: readonly (keyof Known)[]
  readonly as?: string
}

const ID_AND_OS = { advertising_id: 'pass', os: 'pass' }
export const PARTNERS: Readonly<Record<string, Told>> = {
  adjust: {
    vendor: ADJUST,
    type: 'adjust',
    as: 'f0ob4r',
    share: { ...ID_AND_OS, vendor_id: 'pass', partner_id: 'pass' },
    connection: (origin) => ({ app_token: 'abc123abc123', origin }),
    notify: { opt_out: { irrevocable: true }, deletion: 'on' },
    erased: ['idfa', 'idfv', 'adid'],
  },
  appsflyer: {
    vendor: APPSFLYER,
    type: 'appsflyer',
    share: { ...ID_AND_OS, vendor_id: 'pass', user_id: 'pass', partner_id: 'pass' },
    connection: (origin, key) => ({ app_id: 'id123456789', key, origin, notices: { token: key, origin } }),
    notify: { deletion: 'on' },
    erased: ['idfa', 'idfv', 'user', 'appsflyer'],
  },
  branch: {
    vendor: BRANCH,
    type: 'branch',
    share: { ...ID_AND_OS, vendor_id: 'pass', user_id: 'pass' },
    connection: (origin, key) => ({ key, origin, notices: { app_id: '123456789012345678', token: key } }),
    notify: { deletion: 'on' },
    erased: ['idfa', 'idfv', 'user'],
  },
  kochava: {
    vendor: KOCHAVA,
    type: 'kochava',
    share: ID_AND_OS,
    connection: (origin, key) => ({ app_guid: 'koexample', origin, notices: { account: 1234, app: 567, key, origin } }),
    notify: { deletion: 'on' },
    erased: ['idfa'],
  },
  singular: {
    vendor: SINGULAR,
    type: 'singular',
    share: { ...ID_AND_OS, vendor_id: 'pass', user_id: 'pass' },
    connection: (origin, key) => ({
      ...{ key, origin, sessions: ['launch'] },
      notices: { property_id: 'iOS:com.example.messenger', key, origin },
    }),
    notify: { deletion: 'on', confirmed: 'tried with their support, ticket 7' },
    erased: ['idfa', 'idfv', 'user'],
  },
  bidder: {
    vendor: recipientAsVendor(BIDDER, OURS),
    type: 'openrtb26',
    share: { ...ID_AND_OS, message_id: 'pass', user_id: 'pass' },
    connection: (origin) => ({
      url: `${origin}/bid`,
      imp: [{ id: '1', banner: { w: 320, h: 50 } }],
      dsrdelete: {
        ...{ domain: BIDDER.domain, endpoint: `${origin}/api/delete/`, keys: BIDDER.publicKey },
        identifiers: { idfa: 'plaintext', ppuid: 'sha256' },
      },
    }),
    notify: { deletion: 'on' },
    erased: ['idfa', 'hashed'],
  },
  processor: {
    vendor: OPENDSR_2,
    type: 'webhook',
    share: { ...ID_AND_OS, user_id: 'pass' },
    connection: (origin, key) => ({
      url: `${origin}/hooks`,
      opendsr: {
        url: `${origin}/v2`,
        identities: { ios_advertising_id: 'raw', controller_customer_id: 'raw' },
        headers: { Authorization: { prefix: 'Bearer ', ...key } },
        processor: { domain: PROCESSOR_DOMAIN, certificates: [GOOD] },
      },
    }),
    notify: { deletion: 'on' },
    erased: ['idfa', 'user'],
  },
}
export const NAMES: readonly string[] = Object.keys(PARTNERS)

export interface Started {
  readonly house: House
  readonly person: Person
  readonly recording: Readonly<Record<string, RecordingPartner>>
  /** Moves the gateway's clock (nothing is tried again or asked about by itself within half an hour), and has the sender look at it: someone opts out, and the partner that rings is told. Thirty times at most. */
  later(ms: number): Promise<void>
  /** Publishes the partners' contracts with other words of who is told what. */
  notify(words: Readonly<Record<string, object | 'off'>>): Promise<void>
}

const BELLS = Array.from({ length: 30 }, (_, n) => `BE11${String(n).padStart(4, '0')}-0000-4000-8000-000000000001`)
const bellEvent = (idfa: string) => {
  const device = { type: 'ios', advertisingId: idfa, adTrackingEnabled: true, attTrackingStatus: 3 }
  return purchase({ event: 'Rung' }, { device })
}

export async function startSeven(t: TestContext, names: readonly string[] = NAMES): Promise<Started> {
  let aheadMs = 0
  const recording: Record<string, RecordingPartner> = {}
  for (const name of names) recording[name] = await recordPartner(PARTNERS[name]!.vendor)
  t.after(() => Promise.all(Object.values(recording).map((one) => one.close())))
  const gateway = {
    // A test asks the control plane until something is so.
    control: { host: '127.0.0.1', port: 0, limits: { actor_per_minute: 100_000, address_per_minute: 100_000 } },
    notices: { within_minutes: 0, retry_seconds: 3_600, callback_url: 'https://gateway.example' },
    deletion_requests: { domain: OURS, endpoint: `https://${OURS}/v1/deletion-requests` },
  }
  const now = (): number => Date.now() + aheadMs
  const { house, person, partner: bell } = await startWithUsers(t, { gateway }, 1, { now })
  const secret = join(house.folder.root, 'secret')
  await writeFile(secret, 'a-secret-of-the-test')
  const app = { ...appWithUsers(join(house.folder.root, 'jwks.json')), bundle: 'com.example.messenger' }
  const notify = async (words: Readonly<Record<string, object | 'off'>>): Promise<void> => {
    const contracts = names.map((name) => {
      const { type, share, connection, as = 'purchase' } = PARTNERS[name]!
      return webhookContract(name, '', {
        type,
        share,
        events: { 'Order Completed': { as, properties: {} } },
        when_restricted: { send: 'nothing' },
        connection: connection(recording[name]!.origin, { file: secret }),
        limits: { per_second: 1_000, concurrency: 4, timeout_ms: 5_000 },
        notify: words[name] ?? PARTNERS[name]!.notify,
      })
    })
    const ringing = {
      events: { Rung: { as: 'purchase', properties: {} } },
      share: { advertising_id: 'pass' },
      notify: { opt_out: 'on' },
    }
    contracts.push(tellingContract(0, bell.origin, secret, ringing))
    await house.folder.write({ gateway, contracts, apps: [app] })
    await house.publishFiles()
  }
  await notify({})
  const { body: file } = await house.call('GET', '/dsrdelete.json')
  BIDDER.trust({ keys: file.publicKey })
  const events = [...PEOPLE.map(eventOf), ...BELLS.map(bellEvent)]
  equal((await house.send(events)).status, 200)
  await house.settled()
  for (const name of names) equal(recording[name]!.events.length, PEOPLE.length, `events at ${name}`)
  let rung = 0
  const later = async (ms: number): Promise<void> => {
    aheadMs += ms
    const choice = { identities: { advertising_id: BELLS[rung++] }, opt_out: true }
    equal((await house.call('PUT', '/v1/me/choices', choice)).status, 200)
    // Told, or expired: the store's thread, which dates what is queued, has the system's clock.
    await until('the bell', async () => {
      const { status, body } = await house.staff('GET', '/api/v1/notices?partner=acme&limit=100')
      const ended = status === 200 && body.items.filter((one: { ended?: string }) => one.ended !== undefined)
      return ended !== false && ended.length === rung
    })
  }
  return { house, person, recording, later, notify }
}

export const personOf = (identifier: string): string =>
  PEOPLE.find((one) => Object.values(one).some((value) => value.toLowerCase() === identifier.toLowerCase()))?.user ?? ''

export const toldOf = ({ told }: RecordingPartner, call: string): readonly string[] =>
  told.filter((one) => one.call === call).flatMap(({ identifiers }) => identifiers)
