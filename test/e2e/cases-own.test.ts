/** Cases that people open themselves on their page, and children learned late: which words open one, and which are counted. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type House, purchase } from '../support/house.ts'
import { handleOf, officer } from '../support/officers.ts'
import { hidden, visitor } from '../support/pages.ts'
import { startWithUsers } from '../support/users.ts'

const device = (advertisingId: string, part: object = {}) => ({
  device: { type: 'ios', advertisingId, attTrackingStatus: 3 },
  ...part,
})
const IDFA = '5D92078A-8246-4BA4-AE5B-76104861E7DC'
const listed = async (house: House) => (await house.staff('GET', '/api/v1/cases')).body.items

describe('a page of one’s own', () => {
  test('by the account’s token objects: one case however often, in force at once, with a receipt and a day', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const { post } = visitor(house.gateway.dataUrl)
    const page = await post('/me', { token: (await person.token('ann')).authorization.slice('Bearer '.length) })
    match(page.text, /action="\/me\/object"/)
    const mark = hidden(page.text, 'mark')
    const done = await post('/me/object', { mark })
    equal(done.status, 200, done.text)
    const [opened, ...more] = await listed(house)
    deepEqual([opened.kind, opened.by, opened.through, more.length], ['objection', 'person', 'account', 0])
    ok(done.text.includes(`as case ${opened.case} and answer by`), done.text)
    match(done.text, /name="receipt"/)
    await house.send([purchase({ userId: 'ann' })])
    await house.settled()
    equal(partner.items().length, 0)
    await post('/me/object', { mark })
    equal((await listed(house)).length, 1)
    equal((await post('/me/object', { mark: 'made up' })).status, 403)
  })

  test('objects in full, though staff opened a case about less; and for each of those who share a device', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const staff = await officer(house, 'ann-of-staff')
    const handle = await handleOf(staff, { user: 'ann', advertising_id: IDFA })
    const narrow = { handle, kind: 'objection', purposes: ['fraud_prevention'] }
    equal((await staff('POST', 'cases', narrow)).status, 201)
    const shared = await handleOf(staff, { user: 'ben', advertising_id: IDFA })
    const link = await staff('POST', `subjects/${shared}/links`, { purpose: 'choices' })
    const sent = async (userId: string): Promise<number> => {
      await house.send([purchase({ userId })])
      await house.settled()
      return partner.items().length
    }
    equal(await sent('ann'), 1)
    equal(await sent('ben'), 2)
    const ann = visitor(house.gateway.dataUrl)
    const page = await ann.post('/me', { token: (await person.token('ann')).authorization.slice('Bearer '.length) })
    equal((await ann.post('/me/object', { mark: hidden(page.text, 'mark') })).status, 200)
    equal(await sent('ann'), 2)
    const ben = visitor(house.gateway.dataUrl)
    await ben.post('/me/link', { token: link.body.path.slice('/me/link/'.length) })
    equal((await ben.post('/me/object', { mark: hidden((await ben.get('/me')).text, 'mark') })).status, 200)
    equal(await sent('ben'), 2)
  })

  test('by a link for choices objects too, by a link for anything else not', async (t) => {
    const { house } = await startWithUsers(t)
    const staff = await officer(house, 'ann-of-staff')
    for (const [purpose, status] of [
      ['choices', 200],
      ['access', 403],
    ] as const) {
      const made = await staff('POST', `subjects/${await handleOf(staff, { user: 'ann' })}/links`, { purpose })
      const { get, post } = visitor(house.gateway.dataUrl)
      await post('/me/link', { token: made.body.path.slice('/me/link/'.length) })
      const mark = hidden((await get('/me')).text, 'mark')
      equal((await post('/me/object', { mark })).status, status, purpose)
    }
    deepEqual(
      (await listed(house)).map(({ through }: { through: string }) => through),
      ['link'],
    )
  })

  test('where a hold keeps records a deletion is left to staff, as a case with the law’s clock', async (t) => {
    const { house, person } = await startWithUsers(t)
    await house.send([purchase({ userId: 'ann' })])
    await house.settled()
    const hold = { reason: 'case 17', from: '2020-01-01T00:00:00Z', to: '2099-12-31T00:00:00Z' }
    equal((await house.staff('POST', '/api/v1/ledger/holds', hold)).status, 201)
    const { post } = visitor(house.gateway.dataUrl)
    const page = await post('/me', { token: (await person.token('ann')).authorization.slice('Bearer '.length) })
    const asked = await post('/me/delete', { mark: hidden(page.text, 'mark'), confirm: 'erase' })
    const [opened] = await listed(house)
    deepEqual([asked.status, opened.kind, opened.state], [200, 'deletion', 'open'])
    match(asked.text, /Nothing was deleted yet/)
    ok(asked.text.includes(opened.case))
  })
})

describe('a child learned late', () => {
  test('by the person’s own token: nothing leaves, and one case names every recipient so far', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    await house.send([purchase({ userId: 'kid' })])
    await house.settled()
    const kid = await person.token('kid')
    for (let i = 0; i < 2; i++) equal((await house.call('PUT', '/v1/me/choices', { child: true }, kid)).status, 200)
    const cases = await listed(house)
    deepEqual(
      cases.map(({ kind, through }: { kind: string; through: string }) => [kind, through]),
      [['child', 'account']],
    )
    const { body } = await house.staff('GET', `/api/v1/cases/${cases[0].case}`)
    deepEqual(
      body.recipients.map(({ partner: id, disclosures }: { partner: string; disclosures: number }) => [
        id,
        disclosures,
      ]),
      [['acme', 1]],
    )
    await house.send([purchase({ userId: 'kid' })])
    await house.settled()
    equal(partner.items().length, 1)
  })

  test('by staff, with a receipt for the person', async (t) => {
    const { house } = await startWithUsers(t)
    const staff = await officer(house, 'ann-of-staff')
    const { body } = await staff('PUT', `subjects/${await handleOf(staff, { user: 'kid' })}/choices`, { child: true })
    const [opened] = await listed(house)
    deepEqual([body.case, opened?.kind, opened?.through], [opened?.case, 'child', 'staff'])
    match(body.receipt.promise, /\nverb child\n/)
  })

  test('by the write key or an event’s signal: nothing leaves, each is counted once a day and app, and no case is opened', async (t) => {
    const { house, partner } = await startWithUsers(t)
    await house.send([purchase({ userId: 'kid-1' }, device(IDFA)), purchase({ userId: 'kid-2' })])
    await house.settled()
    const said = { identities: { user: 'kid-1' }, child: true }
    for (let i = 0; i < 2; i++) equal((await house.call('PUT', '/v1/me/choices', said)).status, 200)
    // Who was never seen was not learned late.
    await house.call('PUT', '/v1/me/choices', { identities: { user: 'never-seen' }, child: true })
    for (let i = 0; i < 2; i++) await house.send([purchase({ userId: 'kid-2' }, { traits: { age: 9 }, age: 9 })])
    await house.settled()
    const sent = partner.items().length
    await house.send([purchase({ userId: 'kid-1' }, device(IDFA))])
    await house.settled()
    equal(partner.items().length, sent, 'nothing about the first leaves')
    const { body } = await house.staff('GET', '/api/v1/children')
    const today = new Date().toISOString().slice(0, 10)
    deepEqual(body.items, [{ day: today, app: 'messenger-ios', people: 2 }])
    deepEqual(await listed(house), [])
  })
})
