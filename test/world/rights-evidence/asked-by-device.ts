/** A question by an advertising id, where somebody is logged in: by staff, by command, by another company's request. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { Served } from '../harness/served.ts'
import { usersOf } from '../harness/users.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const IDFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const PARTNERS = ['northwind', 'slowads']
const bought = (userId: string, advertisingId = IDFA): object =>
  purchase({ userId }, { device: { type: 'ios', advertisingId, attTrackingStatus: 3 } })

async function threePurchases(world: World): Promise<Served> {
  const partners = [await world.partner(), await world.partner()]
  const users = await usersOf(world)
  const gateway = await world.gateway({
    contracts: partners.map(({ origin }, i) => webhookContract(PARTNERS[i] as string, origin)),
    apps: [users.app],
    gateway: { ledger: { segment_leaves: 256 } },
  })
  for (let n = 0; n < 3; n++) equal((await gateway.send([bought('u-1')])).status, 200)
  await gateway.settled()
  return gateway
}
/** A company whose request about the device is good, and waits; `u-1` was logged in on it. */
async function requested(world: World): Promise<Served> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = join(await world.emptyFolder(), 'dsrdelete.json')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'v1' }
  writeFileSync(keys, JSON.stringify({ endpoint: 'https://vendor.example/d', publicKey: [jwk], identifiers: [] }))
  const partners = [await world.partner(), await world.partner()]
  const gateway = await world.gateway({
    contracts: partners.map(({ origin }, i) => webhookContract(PARTNERS[i] as string, origin)),
    gateway: {
      deletion_requests: {
        domain: 'publisher.example',
        endpoint: 'https://publisher.example/v1/deletion-requests',
        requesters: [{ domain: 'vendor.example', keys }],
      },
    },
  })
  equal((await gateway.send([bought('u-1')])).status, 200)
  await gateway.settled()
  const iat = Math.floor(Date.now() / 1_000)
  const sub = { identifierValue: IDFA, identifierType: 'idfa', identifierFormat: 'plaintext' }
  const sign = (claims: object) =>
    new SignJWT({ version: '1.0', iss: 'vendor.example', sub: sub as never, iat, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'v1' })
      .sign(privateKey)
  const body = await sign({ jti: 'rq-1', idJWT: await sign({ jti: 'id-1' }) })
  const headers = { 'content-type': 'application/jwt' }
  equal((await gateway.call('/v1/deletion-requests', { method: 'POST', body, headers })).status, 202)
  return gateway
}

const lookUp = async (gateway: Served, identities: object) =>
  (await gateway.staff('/api/v1/subjects/lookup', { body: { identities } })).body
const partnersIn = ({ recipients }: { recipients: { partner: string }[] }): string[] =>
  recipients.map(({ partner }) => partner)

/** So many records that the first segments are full and have their index. */
async function manyPurchases(world: World): Promise<Served> {
  const gateway = await threePurchases(world)
  for (let n = 0; n < 3; n++)
    equal(
      (
        await gateway.send(
          Array.from({ length: 60 }, (_, i) => bought(`u-${2 + (i % 9)}`, 'AAAAAAAA-8246-4BA4-AE5B-76104861E7DC')),
        )
      ).status,
      200,
    )
  await gateway.settled()
  await gateway.stop()
  await gateway.start()
  await gateway.stop()
  const indexes = readdirSync(join(gateway.data, 'ledger')).filter((name) => /^index-\d+\.db$/u.test(name))
  ok(indexes.length > 0, 'the first segment has its index')
  let entries = 0
  for (const name of indexes) {
    const db = new DatabaseSync(join(gateway.data, 'ledger', name))
    entries += Number(db.prepare('SELECT count(*) AS n FROM subjects').get()?.n)
    db.exec('DELETE FROM subjects')
    db.close()
  }
  ok(entries > 0, 'there was something to delete')
  return gateway
}

export const world: WorldCase = {
  source: 'GDPR Art. 15(1)(c), 17, 19; CJEU C-154/21; IAB Tech Lab Data Deletion Request Framework',
  faults: {
    'F2-lookup': async (world) => {
      const gateway = await threePurchases(world)
      const found = await lookUp(gateway, { advertising_id: IDFA })
      ok(found.other_accounts > 0, 'the look-up says that an account was not looked at')
      const { body } = await gateway.staff(`/api/v1/subjects/${found.handle}/disclosures`)
      deepEqual(partnersIn(body), PARTNERS)
      equal(body.disclosures.length, 6)
      match(JSON.stringify(body.notes), /account/)
    },
    'F2-erasure': async (world) => {
      const gateway = await threePurchases(world)
      const { handle } = await lookUp(gateway, { advertising_id: IDFA })
      const open = await gateway.staff(`/api/v1/subjects/${handle}/erasure`, { body: { confirm: 'erase' } })
      equal(open.status, 409)
      match(open.text, /account/i)
      const { body } = await gateway.staff(`/api/v1/subjects/${handle}/erasure`, {
        body: { confirm: 'erase', accounts: 'include' },
      })
      deepEqual([partnersIn(body), body.keys_destroyed, body.other_accounts_left], [PARTNERS, 1, 0])
    },
    'F2-iab': async (world) => {
      const gateway = await requested(world)
      const waiting = async () => (await gateway.staff('/api/v1/deletion-requests')).body.items
      const [{ handle }] = await waiting()
      const erase = (body: object) => gateway.staff(`/api/v1/subjects/${handle}/erasure`, { body })
      await erase({ confirm: 'erase' })
      equal((await waiting()).length, 1, 'the request stays on the list while an account is left')
      const { body } = await erase({ confirm: 'erase', accounts: 'include' })
      deepEqual([body.keys_destroyed, partnersIn(body), await waiting()], [1, PARTNERS, []])
    },
    'F2-command': async (world) => {
      const gateway = await threePurchases(world)
      const file = join(gateway.folder.root, 'who.json')
      writeFileSync(file, JSON.stringify({ advertising_id: IDFA }))
      const token = join(gateway.data, 'keys', 'staff.token')
      const flags = ['--identity', file, '--control', gateway.controlUrl, '--token-file', token]
      const { out, err } = await world.sluice(['subject', 'show', ...flags])
      match(out, /northwind/i, err)
      match(out, /account/i)
    },
    'F5-deleted': async (world) => {
      const gateway = await manyPurchases(world)
      await gateway.start()
      const { handle } = await lookUp(gateway, { user: 'u-1' })
      equal((await gateway.staff(`/api/v1/subjects/${handle}/disclosures`)).body.disclosures.length, 6)
    },
    'F5-fsck': async (world) => {
      const gateway = await manyPurchases(world)
      const { code, out } = await world.sluice(['ledger', 'fsck', gateway.data])
      equal(code, 1)
      match(out, /index/)
    },
  },
  neighbours: {
    'a question by the account itself is answered as ever, and erased at once': async (world) => {
      const gateway = await threePurchases(world)
      const { handle } = await lookUp(gateway, { user: 'u-1' })
      const { body } = await gateway.staff(`/api/v1/subjects/${handle}/disclosures`)
      deepEqual([partnersIn(body), body.disclosures.length], [PARTNERS, 6])
      const erased = await gateway.staff(`/api/v1/subjects/${handle}/erasure`, { body: { confirm: 'erase' } })
      deepEqual([erased.status, erased.body.keys_destroyed, partnersIn(erased.body)], [200, 1, PARTNERS])
    },
    'a device that nobody logged in on is erased without a question': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('northwind', partner.origin)] })
      const event = { ...bought('x'), userId: undefined, anonymousId: 'install-1' }
      equal((await gateway.send([event])).status, 200)
      await gateway.settled()
      const { handle } = await lookUp(gateway, { anonymous: 'install-1' })
      const { status, body } = await gateway.staff(`/api/v1/subjects/${handle}/erasure`, { body: { confirm: 'erase' } })
      deepEqual([status, partnersIn(body)], [200, ['northwind']])
    },
    'an untouched folder verifies, and a statement is whole after a restart': async (world) => {
      const gateway = await threePurchases(world)
      await gateway.stop()
      equal((await world.sluice(['ledger', 'fsck', gateway.data])).code, 0)
      equal((await world.sluice(['ledger', 'protocol', gateway.data])).code, 0)
      await gateway.start()
      const { handle } = await lookUp(gateway, { user: 'u-1' })
      equal((await gateway.staff(`/api/v1/subjects/${handle}/disclosures`)).body.disclosures.length, 6)
    },
  },
}
