/**
 * A user known to seven partner types opts out and is erased: each partner is told by its own documented call, reads it by its own
 * documentation, and finds nothing in its log that ties two of the user's identifiers to each other.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase } from '../support/house.ts'
import { ADJUST } from '../support/notice-partners/adjust.ts'
import { APPSFLYER } from '../support/notice-partners/appsflyer.ts'
import { BRANCH } from '../support/notice-partners/branch.ts'
import { createRecipient, recipientAsVendor } from '../support/notice-partners/dsrdelete.ts'
import { KOCHAVA } from '../support/notice-partners/kochava.ts'
import { tiesIn } from '../support/notice-partners/linking.ts'
import { OPENDSR_2, PROCESSOR_DOMAIN, SINGULAR, signatureOf } from '../support/notice-partners/opendsr.ts'
import { type RecordingPartner, recordPartner } from '../support/notice-partners/recorder.ts'
import type { Vendor } from '../support/notice-partners/vendor.ts'
import { GOOD } from '../support/processor-certificates.ts'
import { until } from '../support/until.ts'
import { type Person, startWithUsers } from '../support/users.ts'
import { appWithUsers } from './telling.ts'

const OURS = 'publisher.example'
const BIDDER = createRecipient('bidder.example', [
  ['idfa', 'plaintext'],
  ['ppuid', 'sha256'],
])

/** Two people, so that what stands in one person's notices alone can be told from what stands in everybody's. */
const ANN = {
  user: 'ann-0001',
  // printf ann-0001 | sha256sum
  hashed: 'dc1d6d5a85750bff1985a47e8834e04eb256e1dccfab793871a4859e0d4aa482',
  idfa: '4D92078A-8246-4BA4-AE5B-76104861E7DC',
  idfv: '5E92078A-8246-4BA4-AE5B-76104861E7DD',
  adid: '18546f6171f67e29d1cb983322ad1329',
  appsflyer: '1665148898336-5539842602053895577',
}
const BEN = {
  user: 'ben-0002',
  // printf ben-0002 | sha256sum
  hashed: '6ea99ddb37d026440441f99f6c2d0f23dacc6c1ee00ed7b5ddb3d36a4f16f687',
  idfa: '7A10F6C2-91D4-4E38-8C57-0B2E6D9F4A11',
  idfv: '8B10F6C2-91D4-4E38-8C57-0B2E6D9F4A12',
  adid: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  appsflyer: '1700000000001-1234567890123456789',
}
type Known = typeof ANN
const PEOPLE = [ANN, BEN]

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
const PARTNERS: Readonly<Record<string, Told>> = {
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
const NAMES = Object.keys(PARTNERS)

interface Started {
  readonly house: House
  readonly person: Person
  readonly recording: Readonly<Record<string, RecordingPartner>>
}

async function start(t: TestContext): Promise<Started> {
  const recording: Record<string, RecordingPartner> = {}
  for (const name of NAMES) recording[name] = await recordPartner(PARTNERS[name]!.vendor)
  t.after(() => Promise.all(Object.values(recording).map((one) => one.close())))
  const gateway = {
    notices: { within_minutes: 0, retry_seconds: 1, callback_url: 'https://gateway.example' },
    deletion_requests: { domain: OURS, endpoint: `https://${OURS}/v1/deletion-requests` },
  }
  const { house, person } = await startWithUsers(t, { gateway })
  const secret = join(house.folder.root, 'secret')
  await writeFile(secret, 'a-secret-of-the-test')
  const contracts = NAMES.map((name) => {
    const { type, share, connection, notify, as = 'purchase' } = PARTNERS[name]!
    return webhookContract(name, '', {
      type,
      share,
      events: { 'Order Completed': { as, properties: {} } },
      when_restricted: { send: 'nothing' },
      connection: connection(recording[name]!.origin, { file: secret }),
      limits: { per_second: 1_000, concurrency: 4, timeout_ms: 5_000 },
      notify,
    })
  })
  const app = { ...appWithUsers(join(house.folder.root, 'jwks.json')), bundle: 'com.example.messenger' }
  await house.folder.write({ gateway, contracts, apps: [app] })
  await house.publishFiles()
  const { body: file } = await house.call('GET', '/dsrdelete.json')
  BIDDER.trust({ keys: file.publicKey })
  equal((await house.send(PEOPLE.map(eventOf))).status, 200)
  await house.settled()
  for (const name of NAMES) equal(recording[name]!.events.length, PEOPLE.length, `events at ${name}`)
  return { house, person, recording }
}

const personOf = (identifier: string): string =>
  PEOPLE.find((one) => Object.values(one).some((value) => value.toLowerCase() === identifier.toLowerCase()))?.user ?? ''

const toldOf = ({ told }: RecordingPartner, call: string): readonly string[] =>
  told.filter((one) => one.call === call).flatMap(({ identifiers }) => identifiers)

describe('partners that are told in their own words', () => {
  test('an opt-out and an erasure reach seven types by their documented calls, and tie nothing to anything', async (t) => {
    const { house, person, recording } = await start(t)
    for (const { user } of PEOPLE) {
      const said = await house.call('PUT', '/v1/me/choices', { opt_out: true }, await person.token(user))
      equal(said.status, 200)
    }
    const adjust = recording.adjust!
    await until('the opt-outs', () => toldOf(adjust, 'opt_out').length >= 6)
    deepEqual(
      toldOf(adjust, 'opt_out').toSorted(),
      PEOPLE.flatMap(({ idfa, idfv, adid }) => [idfa, idfv, adid]).toSorted(),
    )
    for (const name of NAMES.filter((one) => one !== 'adjust')) deepEqual(recording[name]!.told, [], name)

    for (const { user } of PEOPLE)
      equal((await house.call('POST', '/v1/me/erasure', { confirm: 'erase' }, await person.token(user))).status, 200)
    for (const name of NAMES) {
      const { erased } = PARTNERS[name]!
      const due = PEOPLE.flatMap((one) => erased.map((key) => one[key]))
      await until(`the deletions at ${name}`, () => toldOf(recording[name]!, 'erase').length >= due.length)
      deepEqual(toldOf(recording[name]!, 'erase').toSorted(), due.toSorted(), name)
    }
    // Callbacks end what their processor reports; whoever reports nothing is asked after, later.
    const processor = recording.processor!
    for (const { id } of processor.told.filter(({ call }) => call === 'erase')) {
      const report = JSON.stringify({ subject_request_id: id, request_status: 'completed' })
      const url = `${house.gateway.dataUrl}/v1/notices/processor`
      for (let times = 0; times < 2; times++) {
        const answered = await fetch(url, { method: 'POST', body: report, headers: signatureOf(report) })
        equal(answered.status, 202)
        await answered.body?.cancel()
      }
    }
    const states = await until('every notice that is not asked after to have ended', async () => {
      const { body } = await house.staff('GET', '/api/v1/notices/counts')
      const counts = body.items as { partner: string; verb: string; state: string; count: number }[]
      return !counts.some(({ state }) => state === 'waiting' || state === 'trying') && counts
    })
    deepEqual(states.map(({ partner, verb, state, count }) => `${partner} ${verb} ${state} ${count}`).toSorted(), [
      'adjust erase confirmed 6',
      'adjust opt_out confirmed 6',
      'appsflyer erase polling 8',
      'bidder erase accepted 4',
      'branch erase accepted 6',
      'kochava erase accepted 2',
      'processor erase confirmed 4',
      'singular erase polling 6',
    ])
    for (const name of NAMES) {
      const { told } = recording[name]!
      deepEqual(
        told.flatMap(({ problems }) => problems),
        [],
        `${name} reads each call as documented`,
      )
      deepEqual(tiesIn(told, personOf), [], `${name} finds nothing that ties two identifiers`)
      ok(told.every(({ identifiers }) => identifiers.length <= 1))
    }
  })
})
