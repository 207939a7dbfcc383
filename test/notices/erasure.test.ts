/** An erasure has partners told of it, and leaves nothing behind that says whom they were told about. */
import { deepEqual, equal } from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { purchase } from '../support/house.ts'
import { formsOf, tracesIn } from '../support/traces.ts'
import { allEnded, startTelling, toldAt } from './telling.ts'

const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const IDFV = '5E92078A-8246-4BA4-AE5B-76104861E7DD'
const USER = 'account-of-ann-0815'
const DEVICE = { type: 'ios', id: IDFV, advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3 }

describe('an erasure', () => {
  test('is told by each identifier; its answer says how that went; then no identifier, key or address is left', async (t) => {
    const { house, partners, person } = await startTelling(t, { contracts: [{}] })
    await house.send([purchase({ userId: USER }, { device: DEVICE })])
    await house.settled()
    const ann = await person.token(USER)
    const { status, body } = await house.call('POST', '/v1/me/erasure', {}, ann)
    equal(status, 200)
    equal(body.recipients[0].told.length, 3)
    const counts = await allEnded(house)
    deepEqual(
      counts.map(({ verb, state, count }) => [verb, state, count]),
      [['erase', 'accepted', 3]],
    )
    deepEqual(
      toldAt(partners[0]!)
        .map(({ verb, identifier }) => `${verb} ${identifier.type}`)
        .toSorted(),
      ['erase advertising_id', 'erase user_id', 'erase vendor_id'],
    )
    // As it knew them: the account by a pseudonym.
    const ids = new Set([USER, IDFA, IDFV, ...toldAt(partners[0]!).map(({ identifier }) => identifier.value)])
    equal(ids.size, 4)
    const again = await house.call('POST', '/v1/me/erasure/answer', { code: body.code })
    deepEqual(
      again.body.recipients[0].told.map(({ state }: { state: string }) => state),
      ['accepted', 'accepted', 'accepted'],
    )
    const db = new DatabaseSync(join(house.folder.data, 'notices.db'), { readOnly: true })
    const { addresses } = db.prepare('SELECT count(*) AS addresses FROM addresses').get() as { addresses: number }
    const tied = db.prepare('SELECT count(*) AS n FROM notices WHERE sealed IS NOT NULL OR subject IS NOT NULL').get()
    db.close()
    deepEqual([addresses, tied?.n], [0, 0])
    const keys = new DatabaseSync(join(house.folder.data, 'keys', 'notices.db'), { readOnly: true })
    equal(keys.prepare('SELECT count(*) AS n FROM notice_keys').get()?.n, 0)
    keys.close()
    const forms = new Map(
      [...ids].flatMap((id, at) => [...formsOf(id)].map(([how, form]) => [`identifier ${at}, ${how}`, form] as const)),
    )
    equal(forms.size, 4 * 11 * ids.size)
    deepEqual(tracesIn(house.folder.data, forms), [])
  })
})
