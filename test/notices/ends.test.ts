/** Every end that telling a partner may have, through a whole gateway, by the answers that partners document. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { House } from '../support/house.ts'
import { signatureOf } from '../support/notice-partners/opendsr.ts'
import type { RecordingPartner } from '../support/notice-partners/recorder.ts'
import { until } from '../support/until.ts'
import { ANN, BEN, type Known, type Started, startSeven, toldOf } from './seven-types.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

interface Listed {
  readonly id: string
  readonly partner: string
  readonly verb: string
  readonly state: string
  readonly requests: number
  readonly why?: string
  readonly task?: true
}

/** Notices about whom they are told of here: without those that move the clock. */
async function listed({ house }: Started, query = ''): Promise<readonly Listed[]> {
  const items = await itemsAt<Listed>(house, `/api/v1/notices?limit=100${query}`)
  return items.filter(({ partner }) => partner !== 'acme')
}

async function itemsAt<Item>(house: House, path: string): Promise<readonly Item[]> {
  return (await house.staff('GET', path)).body.items
}

/** How many there are in each state, once every one of them is in one of these. */
function statesOf(started: Started, count: number, among: readonly string[]): Promise<readonly string[]> {
  return until(`${count} notices in ${among}`, async () => {
    const all = await listed(started)
    if (all.length < count || !all.every(({ state }) => among.includes(state))) return false
    const groups = Map.groupBy(all, ({ partner, verb, state }) => `${partner} ${verb} ${state}`)
    return [...groups].map(([name, of]) => `${name} ${of.length}`).toSorted()
  })
}
/** So that a request of each was begun. */
function tried(started: Started, count: number): Promise<unknown> {
  return until('each to be tried', async () => {
    const all = await listed(started)
    return (
      all.length >= count &&
      all.every(({ requests, state, why }) => (requests > 0 && state !== 'trying') || why !== undefined)
    )
  })
}
const ENDED = ['confirmed', 'accepted', 'refused', 'no_match', 'cannot_be_told', 'expired', 'unresolved']

async function erase({ house, person }: Started, { user }: Known): Promise<void> {
  const asked = await house.call(
    'POST',
    '/v1/me/erasure',
    { confirm: 'erase' },
    await person.token(user, { expiresIn: '400d' }),
  )
  equal(asked.status, 200)
}

/** States of ends on record, of the ledger itself. */
async function onRecord({ house }: Started, count: number): Promise<readonly string[]> {
  return until(`${count} ends on record`, async () => {
    const path = '/api/v1/disclosures?kind=notice_end&limit=500'
    const facts = (await itemsAt<{ facts: Record<string, string> }>(house, path)).map((row) => row.facts)
    const own = facts.filter(({ partner }) => partner !== 'acme')
    return own.length >= count && own.map(({ partner, verb, state }) => `${partner} ${verb} ${state}`).toSorted()
  })
}

const calls = ({ told }: RecordingPartner, call: string): number => told.filter((one) => one.call === call).length

describe('a notice ends', () => {
  test('as confirmed, refused or found of nobody, by what its partner answers in its own words; as accepted where that says no more', async (t) => {
    const started = await startSeven(t, ['adjust', 'appsflyer', 'bidder', 'branch', 'kochava'])
    const { adjust, appsflyer, branch } = started.recording
    // e411: the app "is incorrect or does not belong to your account".
    appsflyer!.situation = 'refused'
    await erase(started, ANN)
    deepEqual(await statesOf(started, 13, ENDED), [
      'adjust erase confirmed 3',
      'appsflyer erase refused 4',
      'bidder erase accepted 2',
      'branch erase accepted 3',
      'kochava erase accepted 1',
    ])
    adjust!.situation = { status: 400, body: '{"error":"Event request failed (Device not found)"}' }
    branch!.situation = 'refused'
    // e321: "LAT users are not supported via API".
    appsflyer!.situation = 'not_found'
    await erase(started, BEN)
    const both = [
      'adjust erase confirmed 3',
      'adjust erase no_match 3',
      'appsflyer erase refused 8',
      'bidder erase accepted 4',
      'branch erase accepted 3',
      'branch erase refused 3',
      'kochava erase accepted 2',
    ]
    deepEqual(await statesOf(started, 26, ENDED), both)
    const groups = Map.groupBy(await onRecord(started, 26), (end) => end)
    deepEqual([...groups].map(([end, of]) => `${end} ${of.length}`).toSorted(), both)
    for (const partner of Object.values(started.recording)) {
      deepEqual(
        partner.told.flatMap(({ problems }) => problems),
        [],
        partner.vendor.name,
      )
      ok(partner.told.every(({ identifiers }) => identifiers.length <= 1))
    }
  })

  test('as confirmed once a status call says so, and is not told again meanwhile', async (t) => {
    const started = await startSeven(t, ['appsflyer', 'singular'])
    const { appsflyer, singular } = started.recording
    await erase(started, ANN)
    deepEqual(await statesOf(started, 7, ['polling']), ['appsflyer erase polling 4', 'singular erase polling 3'])
    const asked = (): number => calls(appsflyer!, 'status') + calls(singular!, 'status')
    // By both: pending, in progress, completed. What is answered after the clock has moved waits for the next time.
    for (let before = 0; (await listed(started)).some(({ state }) => state === 'polling'); before = asked()) {
      await started.later(25 * HOUR_MS)
      await until('a status call', () => asked() > before || before === 21)
    }
    deepEqual([calls(appsflyer!, 'status'), calls(singular!, 'status')], [12, 9])
    deepEqual(await statesOf(started, 7, ENDED), ['appsflyer erase confirmed 4', 'singular erase confirmed 3'])
    deepEqual([calls(appsflyer!, 'erase'), calls(singular!, 'erase')], [4, 3])
    for (const { told } of [appsflyer!, singular!]) {
      deepEqual(
        told.flatMap(({ problems }) => problems),
        [],
      )
      const ids = (call: string) => [...new Set(told.flatMap((one) => (one.call === call ? [one.id] : [])))].toSorted()
      deepEqual(ids('status'), ids('erase'))
    }
  })

  test('by a callback that the processor signed: as done, as found of nobody, as cancelled; a forged one changes nothing', async (t) => {
    const started = await startSeven(t, ['processor'])
    const { house, recording } = started
    for (const one of [ANN, BEN]) await erase(started, one)
    deepEqual(await statesOf(started, 4, ['polling']), ['processor erase polling 4'])
    const report = async (said: object, signedAs: object = said): Promise<number> => {
      const { status } = await house.call('POST', '/v1/notices/processor', said, signatureOf(JSON.stringify(signedAs)))
      return status
    }
    const [done, nobody, cancelled, open] = recording.processor!.told.map(
      ({ id: subject_request_id }) => subject_request_id,
    )
    const completed = (id: string | undefined) => ({ subject_request_id: id, request_status: 'completed' })
    for (const id of [done, nobody, cancelled, open]) {
      // The signature of another processor's text, and of the same words about somebody else.
      equal(await report(completed(id), { subject_request_id: id, request_status: 'pending' }), 401)
      equal(await report(completed(id), completed('00000000-0000-4000-8000-000000000000')), 401)
    }
    deepEqual(await statesOf(started, 4, ['polling']), ['processor erase polling 4'])
    equal(await report(completed(done)), 202)
    equal(await report({ ...completed(nobody), results_count: 0 }), 202)
    equal(await report({ subject_request_id: cancelled, request_status: 'cancelled' }), 202)
    equal(await report({ subject_request_id: open, request_status: 'in_progress' }), 202)
    const ends = ['confirmed 1', 'no_match 1', 'polling 1', 'refused 1'].map((end) => `processor erase ${end}`)
    deepEqual(await statesOf(started, 4, [...ENDED, 'polling']), ends)
  })

  test('later than the partner asked for, where it was told too often: not before, and once', async (t) => {
    const started = await startSeven(t, ['kochava'])
    const kochava = started.recording.kochava!
    kochava.situation = { status: 429, headers: { 'Retry-After': '3600' }, body: '' }
    await erase(started, ANN)
    await tried(started, 1)
    kochava.situation = 'good'
    await started.later(HOUR_MS - 10 * MINUTE_MS)
    const [waits] = await listed(started)
    deepEqual([waits?.state, waits?.requests, kochava.told.length], ['waiting', 1, 1])
    await started.later(11 * MINUTE_MS)
    deepEqual(await statesOf(started, 1, ENDED), ['kochava erase accepted 1'])
    deepEqual(toldOf(kochava, 'erase'), [ANN.idfa, ANN.idfa])
  })

  test('as expired where the partner never took it in a month, and as accepted where it took it and said no more', async (t) => {
    const started = await startSeven(t, ['appsflyer', 'singular'])
    const { appsflyer, singular } = started.recording
    appsflyer!.situation = 'down'
    await erase(started, ANN)
    await tried(started, 7)
    deepEqual(await statesOf(started, 7, ['waiting', 'polling']), [
      'appsflyer erase waiting 4',
      'singular erase polling 3',
    ])
    await started.later(32 * DAY_MS)
    deepEqual(await statesOf(started, 7, ENDED), ['appsflyer erase expired 4', 'singular erase accepted 3'])
    equal(calls(singular!, 'status'), 0)
  })

  test('as unresolved, and a task, where nobody knows whether it came and twice is not once: staff settles it, and nothing is sent again', async (t) => {
    const started = await startSeven(t, ['bidder', 'kochava', 'singular'])
    const { house, recording } = started
    const { bidder, kochava, singular } = recording
    kochava!.situation = 'dropped'
    bidder!.situation = 'malformed'
    singular!.situation = 'dropped'
    await erase(started, ANN)
    await tried(started, 6)
    // What may be told twice waits to be.
    deepEqual(await statesOf(started, 6, [...ENDED, 'waiting']), [
      'bidder erase unresolved 2',
      'kochava erase unresolved 1',
      'singular erase waiting 3',
    ])
    for (const partner of [bidder!, kochava!, singular!]) partner.situation = 'good'
    await started.later(13 * HOUR_MS)
    // One of them at least came before: "Subject request already exists."
    deepEqual(await statesOf(started, 6, ['unresolved', 'polling']), [
      'bidder erase unresolved 2',
      'kochava erase unresolved 1',
      'singular erase polling 3',
    ])
    ok(calls(singular!, 'erase') > new Set(toldOf(singular!, 'erase')).size)
    deepEqual([calls(bidder!, 'erase'), calls(kochava!, 'erase')], [2, 1])

    const tasks = await listed(started, '&tasks=true')
    deepEqual(tasks.map(({ partner, task, requests }) => [partner, task, requests]).toSorted(), [
      ['bidder', true, 1],
      ['bidder', true, 1],
      ['kochava', true, 1],
    ])
    await onRecord(started, 3)
    const settle = (id: string, state: string) => house.staff('POST', `/api/v1/notices/${id}/settle`, { state })
    for (const { id, partner } of tasks) {
      const state = partner === 'kochava' ? 'confirmed' : 'no_match'
      equal((await settle(id, 'unresolved')).status, 422)
      deepEqual([(await settle(id, state)).body.state, (await settle(id, 'accepted')).status], [state, 404])
    }
    deepEqual(await listed(started, '&tasks=true'), [])
    const settled = ['bidder erase no_match', 'bidder erase no_match', 'kochava erase confirmed']
    const unresolved = ['bidder erase unresolved', 'bidder erase unresolved', 'kochava erase unresolved']
    const records = await onRecord(started, 6)
    deepEqual(
      records.filter((end) => !end.startsWith('singular')),
      [...settled, ...unresolved].toSorted(),
    )
    deepEqual([calls(bidder!, 'erase'), calls(kochava!, 'erase')], [2, 1])
  })

  test('as one that cannot be told, and why: the person did not ask for what cannot be undone, or the contract tells no more', async (t) => {
    const started = await startSeven(t, ['adjust', 'appsflyer'])
    const { house, recording } = started
    const choice = { identities: { advertising_id: BEN.idfa }, opt_out: true }
    equal((await house.call('PUT', '/v1/me/choices', choice)).status, 200)
    const why = async () =>
      (await listed(started)).map(({ partner, verb, state, why: reason }) => `${partner} ${verb} ${state} ${reason}`)
    await until('three notices', async () => (await why()).length >= 3)
    deepEqual(await why(), Array(3).fill('adjust opt_out cannot_be_told needs_the_person'))
    recording.appsflyer!.situation = 'down'
    await erase(started, ANN)
    await tried(started, 10)
    await started.notify({ appsflyer: 'off' })
    recording.appsflyer!.situation = 'good'
    const before = calls(recording.appsflyer!, 'erase')
    await started.later(DAY_MS)
    await statesOf(started, 10, ENDED)
    deepEqual(
      (await why()).filter((one) => one.startsWith('appsflyer')),
      Array(4).fill('appsflyer erase cannot_be_told contract_ended'),
    )
    equal(calls(recording.appsflyer!, 'erase'), before)
  })
})
