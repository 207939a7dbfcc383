/**
 * A user known to seven partner types opts out and is erased: each partner is told by its own documented call, reads it by its own
 * documentation, and finds nothing in its log that ties two of the user's identifiers to each other.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tiesIn } from '../support/notice-partners/linking.ts'
import { signatureOf } from '../support/notice-partners/opendsr.ts'
import { until } from '../support/until.ts'
import { NAMES, PARTNERS, PEOPLE, personOf, startSeven, toldOf } from './seven-types.ts'

describe('partners that are told in their own words', () => {
  test('an opt-out and an erasure reach seven types by their documented calls, and tie nothing to anything', async (t) => {
    const { house, person, recording } = await startSeven(t)
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
