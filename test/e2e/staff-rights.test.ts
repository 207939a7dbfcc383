/** What staff is told before and after: an erasure foreseen, a statement as a table, signals and write keys by id. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'

const DEVICE = '6d92078a-8246-4ba4-ae5b-76104861e7dc'

async function houseOfOne(t: TestContext) {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin, { name: 'Acme Ads', contact: '=cmd|calc@acme.example' })],
  }))
  const device = { type: 'ios', advertisingId: DEVICE, adTrackingEnabled: true, attTrackingStatus: 3 }
  await house.send([
    purchase({ userId: 'ann' }, { device }),
    purchase({ userId: 'ann' }, { device }),
    purchase({ userId: 'ben' }),
  ])
  await house.settled()
  const lookUp = async (identities: object) =>
    (await house.staff('POST', '/api/v1/subjects/lookup', { identities })).body.handle as string
  return { house, partners, lookUp }
}

describe('an erasure foreseen', () => {
  test('says what it would do, changes nothing, and is what the erasure then does', async (t) => {
    const { house, lookUp } = await houseOfOne(t)
    const handle = await lookUp({ user: 'ann' })
    const path = `/api/v1/subjects/${handle}/erasure`
    const foreseen = (await house.staff('GET', path)).body
    deepEqual(
      foreseen.recipients.map(({ partner, disclosures }: Record<string, unknown>) => [partner, disclosures]),
      [['acme', 2]],
    )
    deepEqual([foreseen.holds, foreseen.other_accounts, foreseen.asks_about_accounts], [[], 0, false])
    ok(foreseen.keys > 0)
    deepEqual((await house.staff('GET', path)).body, foreseen, 'nothing changed')
    const erased = (await house.staff('POST', path, { confirm: 'erase' })).body
    equal(
      erased.identities,
      foreseen.identities.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
    )
    deepEqual([erased.recipients, erased.keys_destroyed], [foreseen.recipients, foreseen.keys])
  })

  test('names the hold that would refuse it, and asks about accounts where a device alone is named', async (t) => {
    const { house, lookUp } = await houseOfOne(t)
    const hold = (
      await house.staff('POST', '/api/v1/ledger/holds', {
        reason: 'case 17',
        from: '2000-01-01T00:00:00Z',
        to: '2100-01-01T00:00:00Z',
      })
    ).body.id
    const byUser = await lookUp({ user: 'ann' })
    deepEqual((await house.staff('GET', `/api/v1/subjects/${byUser}/erasure`)).body.holds, [hold])
    equal((await house.staff('POST', `/api/v1/subjects/${byUser}/erasure`, { confirm: 'erase' })).status, 409)
    const byDevice = await lookUp({ advertising_id: DEVICE })
    const foreseen = (await house.staff('GET', `/api/v1/subjects/${byDevice}/erasure`)).body
    deepEqual([foreseen.asks_about_accounts, foreseen.other_accounts], [true, 1])
    const including = (await house.staff('GET', `/api/v1/subjects/${byDevice}/erasure?accounts=include`)).body
    deepEqual([including.asks_about_accounts, including.other_accounts], [false, 0])
    ok(including.identities.some(({ kind }: { kind: string }) => kind === 'user'))
  })
})

test('a statement as a table has a row a field, and no cell that a program takes for a formula', async (t) => {
  const { house, lookUp } = await houseOfOne(t)
  const { headers, body } = await house.staff('GET', `/api/v1/subjects/${await lookUp({ user: 'ann' })}/table`)
  match(String(headers['content-type']), /^text\/csv/)
  const lines = String(body).trimEnd().split('\r\n')
  match(lines[0] ?? '', /^id,at,recipient,name,role,event,field,treatment,in_words/)
  ok(lines.length > 2 && lines.slice(1).every((line) => line.includes(',acme,Acme Ads,')))
  ok(lines[1]?.includes("'=cmd|calc@acme.example"))
  ok(!String(body).includes('ann') && !String(body).includes(DEVICE))
})

test('signals say whether the live policy honours them; write keys are told by id and never spelled', async (t) => {
  const { house } = await houseOfOne(t)
  const { items } = (await house.staff('GET', '/api/v1/signals')).body
  const honoured = Object.fromEntries(items.map(({ signal, honoured: how }: Record<string, string>) => [signal, how]))
  deepEqual([honoured.gpc, honoured.dnt, honoured.att], ['policy_on', 'policy_off', 'always'])
  const apps = (await house.staff('GET', '/api/v1/apps')).body
  const id = createHash('sha256').update(WRITE_KEY).digest('hex').slice(0, 12)
  ok(apps.items[0].write_keys.some((key: { id: string; state: string }) => key.id === id && key.state === 'live'))
  ok(!JSON.stringify(apps).includes(WRITE_KEY))
})
