/** Questions by a device's id, where somebody is logged in on it: answered for the id itself, and open about the account. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { purchase } from '../support/house.ts'
import { startWithUsers } from '../support/users.ts'

const IDFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const bought = (userId: string, advertisingId = IDFA) =>
  purchase({ userId }, { device: { type: 'ios', advertisingId, attTrackingStatus: 3 } })

async function threePurchases(t: TestContext) {
  const { house, partners } = await startWithUsers(t, {}, 2)
  for (let n = 0; n < 3; n++) await house.send([bought('u-1')])
  await house.send([bought('u-2', 'AAAAAAAA-8246-4BA4-AE5B-76104861E7DC')])
  await house.settled()
  const lookUp = async (identities: object) =>
    (await house.staff('POST', '/api/v1/subjects/lookup', { identities })).body
  return { house, partners, lookUp }
}

test('a statement by an advertising id lists what left with it, and says which accounts it does not speak of', async (t) => {
  const { house, lookUp } = await threePurchases(t)
  const { handle, other_accounts: accounts } = await lookUp({ advertising_id: IDFA })
  equal(accounts, 1)
  const { body } = await house.staff('GET', `/api/v1/subjects/${handle}/disclosures`)
  deepEqual(
    body.recipients.map(({ partner, disclosures }: { partner: string; disclosures: number }) => [partner, disclosures]),
    [
      ['acme', 3],
      ['bolt', 3],
    ],
  )
  equal(body.other_accounts, 1)
  ok(body.notes.some(({ code }: { code: string }) => code === 'accounts_not_looked_at'))
  // The account itself is answered as ever.
  const account = await lookUp({ user: 'u-2' })
  const own = (await house.staff('GET', `/api/v1/subjects/${account.handle}/disclosures`)).body
  deepEqual([account.other_accounts, own.disclosures.length, own.notes], [0, 2, undefined])
})

test('an erasure by a device waits for a word about its accounts: left, its recipients are named; included, all is gone', async (t) => {
  const { house, lookUp } = await threePurchases(t)
  const { handle } = await lookUp({ advertising_id: IDFA })
  const undecided = await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, { confirm: 'erase' })
  deepEqual([undecided.status, undecided.body.code, undecided.body.accounts], [409, 'ERR_ACCOUNTS_LINKED', 1])
  const included = (
    await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, { confirm: 'erase', accounts: 'include' })
  ).body
  deepEqual([included.keys_destroyed, included.other_accounts_left], [1, 0])
  deepEqual(
    included.recipients.map(({ partner, disclosures }: { partner: string; disclosures: number }) => [
      partner,
      disclosures,
    ]),
    [
      ['acme', 3],
      ['bolt', 3],
    ],
  )
  const left = (await lookUp({ advertising_id: 'AAAAAAAA-8246-4BA4-AE5B-76104861E7DC' })).handle
  const erased = (
    await house.staff('POST', `/api/v1/subjects/${left}/erasure`, { confirm: 'erase', accounts: 'leave' })
  ).body
  deepEqual([erased.keys_destroyed, erased.other_accounts_left, erased.recipients.length], [0, 1, 2])
  const account = (await lookUp({ user: 'u-2' })).handle
  equal((await house.staff('GET', `/api/v1/subjects/${account}/disclosures`)).body.disclosures.length, 2)
})

test('while another program reads the keys, an erasure is answered at once and counts what it destroyed', async (t) => {
  const { house, lookUp } = await threePurchases(t)
  const path = join(house.folder.data, 'keys', 'subjects.db')
  const reader = new DatabaseSync(path, { readOnly: true })
  t.after(() => reader.close())
  reader.exec('BEGIN')
  equal(reader.prepare('SELECT count(*) AS n FROM subject_keys').get()?.n, 2)
  const { handle } = await lookUp({ user: 'u-1' })
  const { status, body } = await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, { confirm: 'erase' })
  deepEqual([status, body.keys_destroyed, body.keys_overwritten, body.recipients.length], [200, 1, false, 2])
  reader.exec('COMMIT')
  const second = (await lookUp({ user: 'u-2' })).handle
  const after = (await house.staff('POST', `/api/v1/subjects/${second}/erasure`, { confirm: 'erase' })).body
  deepEqual([after.keys_destroyed, after.keys_overwritten], [1, undefined])
})
