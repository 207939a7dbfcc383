/** What people ask staff for, over a whole gateway: clocks, four eyes, what is in force at once, and what an erasure leaves. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createIdentityKeys } from '../../src/choices/identity.ts'
import { startGateway } from '../../src/gateway/gateway.ts'
import type { Identity } from '../../src/model/event.ts'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { type House, houseOf, purchase } from '../support/house.ts'
import { handleOf, officer } from '../support/officers.ts'
import { sluice } from '../support/sluice.ts'
import { formsOf, formsOfBytes, tracesIn } from '../support/traces.ts'
import { ISSUER, startWithUsers } from '../support/users.ts'

const USER = 'ann-4711-in-clear'
const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const NOTE = 'Letter of Ms Zaphod, archive 2026/17'
const ofAnn = () => purchase({ userId: USER }, { device: { type: 'ios', advertisingId: IDFA, attTrackingStatus: 3 } })
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

function pseudonym(house: House, identity: Identity): string {
  const index = Buffer.from(readFileSync(join(house.folder.data, 'keys', 'index.key'), 'utf8').trim(), 'hex')
  return createIdentityKeys(createSecretKey(index)).keyOf(identity)
}

async function casesOnRecord(house: House): Promise<readonly { action: string; time: number; facts: object }[]> {
  const { body } = await house.staff('GET', '/api/v1/disclosures?kind=case&limit=1000')
  return body.items
}

describe('an objection', () => {
  test('stops a service provider too, at once; no switch of an app lifts it, and staff does once the person was told', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const ann = await officer(house, 'ann-of-staff')
    const apps = [
      {
        id: 'messenger-ios',
        name: 'Messenger',
        platform: 'ios',
        write_keys: [WRITE_KEY],
        users: { jwks: join(house.folder.root, 'jwks.json'), issuer: ISSUER, audience: 'sluice', claim: 'sub' },
      },
    ]
    const provider = {
      role: 'service_provider',
      purposes: ['analytics'],
      agreement: { ref: 'A-1', until: '2099-12-31' },
      share: { os: 'pass' },
    }
    const contracts = [webhookContract('acme', partner.origin, { ...provider, when_restricted: { send: 'nothing' } })]
    await house.folder.write({ contracts, apps })
    await house.publishFiles()
    const received = async (): Promise<number> => {
      await house.send([ofAnn()])
      await house.settled()
      return partner.items().length
    }
    const token = await person.token(USER)
    await house.call('PUT', '/v1/me/choices', { opt_out: true }, token)
    equal(await received(), 1, 'an opt-out alone does not reach a service provider')

    const handle = await handleOf(ann, { user: USER })
    const opened = await ann('POST', 'cases', { handle, kind: 'objection', law: 'eea' })
    equal(opened.status, 201, JSON.stringify(opened.body))
    deepEqual(opened.body.purposes, ['advertising', 'measurement', 'analytics'])
    match(opened.body.receipt.promise, /\nverb opt_out\n/)
    equal(await received(), 1, 'from then on nothing reaches it')
    const withheld = (await house.staff('GET', '/api/v1/disclosures?kind=withheld')).body.items
    equal(withheld.at(-1).why, 'choice')

    await house.call('PUT', '/v1/me/choices', { opt_out: false }, token)
    equal(await received(), 1, 'the switch in the app took back what it had said, and no more')
    const stands = (await ann('GET', `subjects/${await handleOf(ann, { user: USER })}/choices`)).body
    ok(
      stands.statements.some(
        ({ said_by: by, purposes }: { said_by: string; purposes?: string[] }) =>
          by === 'case' && purposes?.join() === 'advertising,measurement,analytics',
      ),
      'what stands names the purposes',
    )

    const closed = await ann('POST', `cases/${opened.body.case}/close`, { lift: 'person_informed' })
    deepEqual([closed.status, closed.body.state], [200, 'closed'])
    equal(await received(), 2)
    equal((await ann('POST', `cases/${opened.body.case}/note`, { text: 'late' })).body.code, 'ERR_CASE_ENDED')
  })

  test('of a restriction nothing at all is left to anybody, and closing the case lifts nothing by itself', async (t) => {
    const { house, partners } = await startWithUsers(t, {}, 2)
    const ann = await officer(house, 'ann-of-staff')
    const { body } = await ann('POST', 'cases', { handle: await handleOf(ann, { user: USER }), kind: 'restriction' })
    await ann('POST', `cases/${body.case}/close`, {})
    await house.send([ofAnn()])
    await house.settled()
    deepEqual(
      partners.map((partner) => partner.items().length),
      [0, 0],
    )
  })
})

describe('a deletion', () => {
  test('takes two people who say the same, and leaves of the case what names nobody, in every file and in an older copy', async (t) => {
    const { house } = await startWithUsers(t, {}, 2)
    const [ann, ben] = [await officer(house, 'ann-of-staff'), await officer(house, 'ben-of-staff')]
    await house.send([ofAnn()])
    await house.settled()
    const handle = await handleOf(ann, { user: USER, advertising_id: IDFA })
    const asked = { handle, kind: 'deletion', law: 'california', by: 'agent', text: NOTE }
    const { case: id, recipients, confirm_by: confirmBy } = (await ann('POST', 'cases', asked)).body
    ok(confirmBy > daysAgo(0))
    deepEqual(
      recipients.map(({ partner }: { partner: string }) => partner),
      ['acme', 'bolt'],
    )
    const access = (await ann('POST', 'cases', { handle, kind: 'access', law: 'eea', text: NOTE })).body.case
    await ann('POST', `cases/${id}/note`, { text: `${NOTE}, mandate seen`, evidence: 'mandate' })
    await ann('POST', `cases/${id}/confirm`, {})
    const copy = join(house.folder.root, 'copy-of-cases')
    cpSync(join(house.folder.data, 'cases'), copy, { recursive: true })

    const first = await ann('POST', `cases/${id}/run`, {})
    deepEqual([first.status, first.body.state], [202, 'open'])
    const same = await ann('POST', `cases/${id}/run`, {})
    deepEqual([same.status, same.body.code], [403, 'ERR_FOUR_EYES'])
    const another = await ben('POST', `cases/${id}/run`, { with_shared_devices: true })
    deepEqual([another.status, another.body.asked_by], [202, another.body.steps.at(-1).by], 'other words ask anew')
    equal((await ben('POST', `cases/${id}/run`, { with_shared_devices: true })).body.code, 'ERR_FOUR_EYES')
    const done = await ann('POST', `cases/${id}/run`, { with_shared_devices: true })
    deepEqual([done.status, done.body.state, done.body.ended.how, done.body.openable], [200, 'closed', 'done', false])
    ok(done.body.erased.keys_destroyed > 0)
    deepEqual(
      done.body.recipients.map(({ partner }: { partner: string }) => partner),
      ['acme', 'bolt'],
      'whom to notify is still known',
    )

    const other = (await ann('GET', `cases/${access}`)).body
    deepEqual([other.ended.how, other.openable, other.handle], ['erased', false, undefined])
    const gone = new Map(
      [
        ...[USER, IDFA, NOTE].map(formsOf),
        formsOfBytes(Buffer.from(pseudonym(house, { kind: 'user', value: USER }), 'hex')),
        formsOfBytes(Buffer.from(pseudonym(house, { kind: 'advertising_id', value: IDFA }), 'hex')),
      ].flatMap((forms, i) => [...forms].map(([how, form]) => [`${i} ${how}`, form] as const)),
    )
    deepEqual(tracesIn(join(house.folder.data, 'cases'), gone), [])
    deepEqual(readdirSync(join(house.folder.data, 'keys', 'cases')), [])
    const moments = (await casesOnRecord(house)).flatMap(({ time, facts }) =>
      [time, ...Object.values(facts)].filter((value) => typeof value === 'number' && value % 86_400_000 !== 0),
    )
    deepEqual(moments, [], 'what is on record says days')

    // The copy from before is put back: nobody opens it any more.
    await house.gateway.stop()
    rmSync(join(house.folder.data, 'cases'), { recursive: true })
    cpSync(copy, join(house.folder.data, 'cases'), { recursive: true })
    const gateway = await startGateway({ configFolder: house.folder.config })
    try {
      const { body: again } = await houseOf(gateway, house.folder).staff('GET', `/api/v1/cases/${id}`)
      deepEqual([again.openable, again.handle], [false, undefined])
      ok(again.steps.every(({ text }: { text?: string }) => text === undefined))
    } finally {
      await gateway.stop()
    }
  })

  test('by the person’s own token ends whatever else they had asked for', async (t) => {
    const { house, person } = await startWithUsers(t)
    const ann = await officer(house, 'ann-of-staff')
    await house.send([ofAnn()])
    await house.settled()
    const opened = await ann('POST', 'cases', {
      handle: await handleOf(ann, { user: USER }),
      kind: 'correction',
      text: NOTE,
    })
    equal((await house.call('POST', '/v1/me/erasure', undefined, await person.token(USER))).status, 200)
    const { body } = await ann('GET', `cases/${opened.body.case}`)
    deepEqual([body.ended.how, body.openable], ['erased', false])
    const actions = (await casesOnRecord(house)).map(({ action }) => action)
    deepEqual(actions, ['opened', 'erased'])
  })
})

describe('the clock', () => {
  test('runs from the receipt; what is overdue is listed first, and cannot be extended any more', async (t) => {
    const { house } = await startWithUsers(t)
    const ann = await officer(house, 'ann-of-staff')
    const handle = await handleOf(ann, { user: USER })
    const open = async (part: object) => (await ann('POST', 'cases', { handle, kind: 'access', ...part })).body
    const fresh = await open({ law: 'eea' })
    const late = await open({ law: 'california', received: daysAgo(46) })
    const listed = await ann('GET', 'cases')
    deepEqual(
      listed.body.items.map(({ case: id, overdue }: { case: string; overdue: boolean }) => [id, overdue]),
      [
        [late.case, true],
        [fresh.case, false],
      ],
    )
    deepEqual(listed.body.totals, { open: 2, overdue: 1, unconfirmed: 1 })
    equal(listed.body.items[0].days_left, -1)
    deepEqual((await ann('GET', 'cases?state=overdue')).body.items.length, 1)
    ok(!JSON.stringify(listed.body).includes('handle'), 'a list leads to nobody')
    const refused = await ann('POST', `cases/${late.case}/extend`, { text: 'told by mail' })
    deepEqual([refused.status, refused.body.code, refused.body.why], [409, 'ERR_CASE_STEP', 'its time is over'])
    const extended = (await ann('POST', `cases/${fresh.case}/extend`, { text: 'told by mail: a great number' })).body
    deepEqual([extended.due, extended.extended], [fresh.extendable_to, true])
    equal((await ann('POST', `cases/${fresh.case}/extend`, { text: 'again' })).status, 409)
    const future = await ann('POST', 'cases', { handle, kind: 'access', received: daysAgo(-2) })
    equal(future.body.code, 'ERR_REQUEST_INVALID')

    const said = await ann('POST', `cases/${late.case}/refuse`, { refusal: 'not_identified', text: NOTE })
    deepEqual([said.body.ended.how, said.body.ended.refusal], ['refused', 'not_identified'])
    ok(said.body.contact.length > 0)
    const records = JSON.stringify(await casesOnRecord(house))
    ok(records.includes('not_identified') && !records.includes('Zaphod'), 'the reason is on record, the text is not')
  })

  test('is that of the law under which the person’s data left, where nobody says another', async (t) => {
    const { house } = await startWithUsers(t, {
      policy: {
        default_regime: 'eea',
        regimes: {
          california: { law: 'l', law_date: '2020-01-01', sure: 's', consent_required: false, rules: OPT_OUT },
          eea: { law: 'l', law_date: '2020-01-01', sure: 's', consent_required: true, rules: OPT_IN },
        },
        places: { US: 'california', DE: 'eea' },
      },
    })
    const ann = await officer(house, 'ann-of-staff')
    await house.send([ofAnn()])
    await house.settled()
    const known = await ann('POST', 'cases', { handle: await handleOf(ann, { user: USER }), kind: 'access' })
    equal(known.body.law, 'california')
    const unknown = await ann('POST', 'cases', { handle: await handleOf(ann, { user: 'nobody-yet' }), kind: 'access' })
    equal(unknown.body.law, 'strictest')
  })
})

describe('a backup', () => {
  test('brings cases back, whole with the keys, as what names nobody without them', async (t) => {
    const { house } = await startWithUsers(t)
    const ann = await officer(house, 'ann-of-staff')
    const { body } = await ann('POST', 'cases', {
      handle: await handleOf(ann, { user: USER }),
      kind: 'access',
      text: NOTE,
    })
    const [copy, keys] = ['backup', 'keys-backup'].map((name) => join(house.folder.root, name))
    const { data } = house.folder
    equal((await sluice(['backup', copy!, '--data', data, '--keys', keys!])).code, 0)
    await house.gateway.stop()
    const cases = join(data, 'cases')
    const file = join(cases, `${body.case}.json`)
    const before = readFileSync(file, 'utf8')
    rmSync(cases, { recursive: true })
    equal((await sluice(['restore', copy!, '--data', data, '--keys', keys!])).code, 0)
    equal(readFileSync(file, 'utf8'), before)
    const gateway = await startGateway({ configFolder: house.folder.config })
    try {
      const { body: again } = await houseOf(gateway, house.folder).staff('GET', `/api/v1/cases/${body.case}`)
      deepEqual([again.openable, again.steps[0].text], [true, NOTE])
    } finally {
      await gateway.stop()
    }
    deepEqual(tracesIn(copy!, formsOf(NOTE)), [], 'the copy without keys shows nothing')
  })
})

describe('access', () => {
  test('is answered with a link that opens the person’s page once; the reading of a case is in their own statement', async (t) => {
    const { house, person } = await startWithUsers(t)
    const ann = await officer(house, 'ann-of-staff')
    await house.send([ofAnn()])
    await house.settled()
    const { body } = await ann('POST', 'cases', { handle: await handleOf(ann, { user: USER }), kind: 'access' })
    const ran = await ann('POST', `cases/${body.case}/run`, {})
    match(ran.body.link.path, /^\/me\/link\/[\w-]{32}$/)
    await ann('GET', `cases/${body.case}`)
    const { body: told } = await house.call('GET', '/v1/me/disclosures', undefined, await person.token(USER))
    ok(told.staff_reads?.some(({ call }: { call: string }) => call === 'readCase'))
    ok(existsSync(join(house.folder.data, 'cases', `${body.case}.json`)))
    const auditor = await officer(house, 'cleo', ['auditor'])
    equal((await auditor('GET', 'cases')).status, 200)
    equal((await auditor('GET', `cases/${body.case}`)).status, 403)
  })
})

const DIMENSIONS = ['sale', 'sharing', 'targeted_advertising', 'precise_location']
const OPT_OUT = {
  ...Object.fromEntries(DIMENSIONS.map((name) => [name, 'unless_opted_out'])),
  precise_location: 'only_if_opted_in',
}
const OPT_IN = Object.fromEntries(DIMENSIONS.map((name) => [name, 'only_if_opted_in']))
