/** Partners that are told of an opt-out: by what they have, each identifier alone, and of nothing else. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { purchase } from '../support/house.ts'
import type { TestPartner } from '../support/partner.ts'
import { until } from '../support/until.ts'
import { allEnded, noticesAt, signatureOf, startTelling, toldAt } from './telling.ts'

const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const IDFV = '5E92078A-8246-4BA4-AE5B-76104861E7DD'

const ofAnn = (device: object = {}) =>
  purchase(
    { userId: 'ann' },
    {
      device: { type: 'ios', id: IDFV, advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3, ...device },
    },
  )

/** What the partner was told the user is, with the events of one device. */
function userOf(partner: TestPartner, vendorId: string): string {
  const items = partner.items() as readonly { device?: { vendor_id?: string }; user?: { id?: string } }[]
  return items.find(({ device }) => device?.vendor_id === vendorId)?.user?.id ?? ''
}

describe('an opt-out', () => {
  test('by the write key reaches every partner by each identifier it received, signed, alone', async (t) => {
    const { house, partners } = await startTelling(t)
    await house.send([ofAnn(), purchase({ userId: 'ben' })])
    await house.settled()
    const { status } = await house.call('PUT', '/v1/me/choices', {
      identities: { advertising_id: IDFA },
      opt_out: true,
    })
    equal(status, 200)
    for (const partner of partners) {
      await until('three notices', () => noticesAt(partner).length >= 3)
      const told = toldAt(partner)
      deepEqual(
        told.map(({ verb, identifier: { type, value, pseudonym } }) => [verb, type, value, pseudonym]).sort(),
        [
          ['opt_out', 'advertising_id', IDFA, false],
          ['opt_out', 'user_id', userOf(partner, IDFV), true],
          ['opt_out', 'vendor_id', IDFV, false],
        ].sort(),
      )
      equal(new Set(told.map(({ notice }) => notice)).size, 3)
      for (const { headers, body } of noticesAt(partner)) {
        equal(headers['x-signature'], signatureOf(body))
        equal(headers['webhook-id'], (JSON.parse(body) as { notice: string }).notice)
        equal(headers['sec-gpc'], undefined)
      }
    }
    deepEqual(
      (await allEnded(house)).map(({ partner, verb, state, count }) => [partner, verb, state, count]),
      [
        ['acme', 'opt_out', 'accepted', 3],
        ['bolt', 'opt_out', 'accepted', 3],
      ],
    )
  })

  test('that is said again tells nobody again; its lifting by the user tells them once', async (t) => {
    const { house, partners, person } = await startTelling(t, { contracts: [{}] })
    await house.send([ofAnn()])
    await house.settled()
    const ann = await person.token('ann')
    const say = async (choice: object) => equal((await house.call('PUT', '/v1/me/choices', choice, ann)).status, 200)
    await say({ opt_out: true })
    await allEnded(house)
    await say({ opt_out: true })
    await say({ opt_out: false })
    await allEnded(house)
    await say({ opt_out: false })
    await allEnded(house)
    const verbs = toldAt(partners[0]!).map(({ verb, identifier }) => `${verb} ${identifier.type}`)
    deepEqual(verbs.toSorted(), [
      'opt_in advertising_id',
      'opt_in user_id',
      'opt_in vendor_id',
      'opt_out advertising_id',
      'opt_out user_id',
      'opt_out vendor_id',
    ])
  })

  test('by Global Privacy Control on a later event does too; a device’s own limit does not', async (t) => {
    const { house, partners } = await startTelling(t, { contracts: [{}] })
    await house.send([ofAnn()])
    await house.settled()
    await house.send([ofAnn({ adTrackingEnabled: false })])
    await house.settled()
    equal((await allEnded(house)).length, 0)
    await house.send([ofAnn()], { 'sec-gpc': '1' })
    await until('three notices', () => noticesAt(partners[0]!).length >= 3)
    ok(toldAt(partners[0]!).every(({ verb }) => verb === 'opt_out'))
  })

  test('tells nobody whose contract does not say so, and keeps nothing', async (t) => {
    const { house, partners } = await startTelling(t, { contracts: [{ notify: 'off' }] })
    await house.send([ofAnn()])
    await house.settled()
    await house.call('PUT', '/v1/me/choices', { identities: { advertising_id: IDFA }, opt_out: true })
    equal((await allEnded(house)).length, 0)
    equal(noticesAt(partners[0]!).length, 0)
  })

  test('of somebody whose identifiers were not kept is told by what the request named, or is on record as not told', async (t) => {
    const { house, partners, publish } = await startTelling(t, { contracts: [{ notify: 'off' }] })
    await house.send([ofAnn(), purchase({ userId: 'ben' })])
    await house.settled()
    await publish([{}])
    await house.call('PUT', '/v1/me/choices', { identities: { advertising_id: IDFA }, opt_out: true })
    await house.call('PUT', '/v1/me/choices', { identities: { user: 'ben' }, opt_out: true })
    await until('a notice', () => noticesAt(partners[0]!).length >= 1)
    deepEqual(
      (await allEnded(house)).map(({ state, count }) => [state, count]),
      [
        ['accepted', 1],
        ['cannot_be_told', 1],
      ],
    )
    equal(toldAt(partners[0]!)[0]!.identifier.value, IDFA)
    // Named beside one that the partner has: of another class that it has of that person, and of one that it has of nobody.
    const beside = { advertising_id: IDFA, vendor_id: '7F92078A-8246-4BA4-AE5B-76104861E7DF', user: 'somebody-else' }
    equal((await house.call('PUT', '/v1/me/choices', { identities: beside, opt_out: true })).status, 200)
    for (const user of ['made-up-1', 'made-up-2'])
      await house.call('PUT', '/v1/me/choices', { identities: { advertising_id: IDFA, user }, opt_out: true })
    await house.call('PUT', '/v1/me/choices', { identities: { user: 'ben' }, opt_out: true })
    const ended = (await allEnded(house)).map(({ state, count }) => [state, count])
    deepEqual(ended, [
      ['accepted', 1],
      ['cannot_be_told', 1],
    ])
    // Nor is it told again, whoever is named beside it.
    deepEqual(
      toldAt(partners[0]!).map(({ identifier }) => identifier.value),
      [IDFA],
    )
    const { body } = await house.staff('GET', '/api/v1/notices?state=cannot_be_told')
    equal(body.items[0].why, 'identifier_not_kept')
  })
})

test('a partner that reports how it goes is believed where it signs as we sign', async (t) => {
  const { house, partners } = await startTelling(t, {
    contracts: [{ share: { advertising_id: 'pass' } }],
    gateway: { notices: { within_minutes: 0, retry_seconds: 1, callback_url: 'https://gateway.example' } },
  })
  const partner = partners[0]!
  partner.answerTo = ({ path }) => ({
    status: 200,
    body: path.startsWith('/privacy') ? '{"state":"in_progress"}' : 'OK',
  })
  await house.send([ofAnn()])
  await house.settled()
  await house.call('PUT', '/v1/me/choices', { identities: { advertising_id: IDFA }, opt_out: true })
  await until('a notice', () => noticesAt(partner).length >= 1)
  const body = { notice: toldAt(partner)[0]!.notice, state: 'confirmed' }
  equal((await house.call('POST', '/v1/notices/acme', body, { 'x-signature': 'forged' })).status, 401)
  equal((await house.call('POST', '/v1/notices/nobody', body)).status, 404)
  const signed = { 'x-signature': signatureOf(JSON.stringify(body)) }
  await until(
    'the report to be taken',
    async () => (await house.call('POST', '/v1/notices/acme', body, signed)).status === 202,
  )
  deepEqual(
    (await allEnded(house)).map(({ state, count }) => [state, count]),
    [['confirmed', 1]],
  )
})
