/** A person's rights over a whole gateway: what they are told, what is left of them once erased, and who may ask. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { createIdentityKeys } from '../../src/choices/identity.ts'
import { Blinder } from '../../src/ledger/blind.ts'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof } from '../../src/ledger/verify/proof.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { Identity } from '../../src/model/event.ts'
import { unseal } from '../../src/platform/seal.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { type House, purchase } from '../support/house.ts'
import { formsOf, formsOfBytes, tracesIn } from '../support/traces.ts'
import { until } from '../support/until.ts'
import { startWithUsers } from '../support/users.ts'

const USER = 'ann-4711-in-clear'
const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const IDFV = '5E92078A-8246-4BA4-AE5B-76104861E7DD'
const ADDRESS = '198.51.100.77'

const ofAnn = (part: object = {}, device: object = {}) =>
  purchase(
    { userId: USER, ...part },
    { device: { type: 'ios', id: IDFV, advertisingId: IDFA, attTrackingStatus: 3, ...device }, ip: ADDRESS },
  )

function keyOf(house: House, identity: Identity): IdentityKey {
  const index = Buffer.from(readFileSync(join(house.folder.data, 'keys', 'index.key'), 'utf8').trim(), 'hex')
  return createIdentityKeys(createSecretKey(index)).keyOf(identity)
}

/** Every subject key in the file, opened. */
function subjectKeys(house: House): { identity: IdentityKey; wrapped: Uint8Array; key: Buffer }[] {
  const wrapping = createSecretKey(
    Buffer.from(readFileSync(join(house.folder.data, 'keys', 'encryption.key'), 'utf8').trim(), 'hex'),
  )
  const db = new DatabaseSync(join(house.folder.data, 'keys', 'subjects.db'), { readOnly: true })
  const rows = db.prepare('SELECT identity, wrapped FROM subject_keys').all()
  db.close()
  return rows.map(({ identity, wrapped }) => ({
    identity: identity as IdentityKey,
    wrapped: wrapped as Uint8Array,
    key: unseal(wrapping, identity as string, wrapped as Uint8Array)!,
  }))
}

async function covered(house: House, path: string, headers: Readonly<Record<string, string>>) {
  return until('every disclosure to be under a checkpoint', async () => {
    const { body } = await house.call('GET', path, undefined, headers)
    return body.disclosures.every(({ proof }: { proof?: string }) => proof !== undefined) && body
  })
}

describe('what a person is told', () => {
  test('named recipients, what each got in plain words, when, why and under which revision, with proofs', async (t) => {
    const { house, person } = await startWithUsers(t, { policy: { contact: 'privacy@publisher.example' } }, 2)
    await house.send([ofAnn(), purchase({ userId: 'ben' })])
    await house.settled()
    const ann = await person.token(USER)
    const told = await covered(house, '/v1/me/disclosures?proofs=true', ann)
    deepEqual(
      told.recipients.map(({ partner, name, contact, disclosures }: Record<string, unknown>) => [
        partner,
        name,
        contact,
        disclosures,
      ]),
      [
        ['acme', 'Partner acme', 'privacy@partner.example', 1],
        ['bolt', 'Partner bolt', 'privacy@partner.example', 1],
      ],
    )
    equal(told.contact, 'privacy@publisher.example')
    equal(told.disclosures.length, 2)
    const [first] = told.disclosures
    equal(first.event, 'purchase')
    equal(first.why.code, 'agreed')
    equal(first.revision, house.gateway.revision().number)
    equal(first.outcome.in_words, 'The recipient took it.')
    ok(
      first.fields.some(({ in_words: words }: { in_words: string }) =>
        words.startsWith("your device's advertising identifier"),
      ),
    )
    ok(first.fields.some(({ in_words: words }: { in_words: string }) => words.includes('the first 24 of 32 bits')))

    const trusted = parseTrust(readFileSync(join(house.folder.data, 'ledger', 'trust'), 'utf8'))
    const blinder = new Blinder()
    const [{ key }] = told.keys
    for (const { id, leaf, proof } of told.disclosures) {
      const bytes = Buffer.from(leaf, 'base64')
      equal(checkTlogProof(proof, trusted, bytes).state, 'valid')
      const blind = blinder.blindOf(Buffer.from(key, 'base64'), Buffer.from(id.replaceAll('-', ''), 'hex'))
      ok(bytes.includes(blind), 'the record is tied to the person by their own key')
    }
    const records = await house.staff('GET', '/api/v1/ledger/records/0')
    equal(records.status, 200)
  })

  test('as a page that needs no script and no style, by Accept', async (t) => {
    const { house, person } = await startWithUsers(t)
    await house.send([ofAnn()])
    await house.settled()
    const ann = await person.token(USER)
    const { status, headers, body } = await house.call('GET', '/v1/me/disclosures', undefined, {
      ...ann,
      accept: 'text/html',
    })
    equal(status, 200)
    match(String(headers['content-type']), /^text\/html/u)
    match(String(headers['content-security-policy']), /default-src 'none'/u)
    for (const part of ['<html lang="en">', '<h1>', '<caption>', 'scope="col"', 'scope="row"', 'Partner acme'])
      ok(body.includes(part), part)
    ok(!/<script|onclick|javascript:/iu.test(body))
  })

  test('nobody is told without a token of their own; a refusal names whom to ask; a device somebody names is no proof', async (t) => {
    const { house, person } = await startWithUsers(t, { policy: { contact: 'privacy@publisher.example' } })
    await house.send([ofAnn()])
    await house.settled()
    for (const [method, path] of [
      ['GET', '/v1/me/disclosures'],
      ['POST', '/v1/me/erasure'],
    ] as const) {
      const { status, body } = await house.call(method, path)
      deepEqual([status, body.code, body.contact], [401, 'ERR_TOKEN_MISSING', 'privacy@publisher.example'])
      const bad = await house.call(method, path, undefined, await person.token('ann', { audience: 'another' }))
      deepEqual([bad.status, bad.body.code, bad.body.contact], [401, 'ERR_TOKEN_INVALID', 'privacy@publisher.example'])
    }
    // Mallory makes up a link between Ann's device and an own account, and is shown nothing of it.
    await house.send([
      purchase(
        { userId: undefined, anonymousId: 'a-1' },
        { device: { type: 'ios', advertisingId: IDFA, attTrackingStatus: 3 } },
      ),
    ])
    await house.send([ofAnn({ userId: 'mallory' })])
    await house.settled()
    const { body } = await house.call('GET', '/v1/me/disclosures', undefined, await person.token('mallory'))
    equal(body.disclosures.length, 1)
  })
})

describe('erasure', () => {
  test('by a person’s own token: recipients first, then nothing is left but the opt-out; old proofs hold; a second names the same recipients', async (t) => {
    const { house, partners, person } = await startWithUsers(t, { gateway: { ledger: { seal_values: true } } }, 2)
    const [acme, bolt] = partners
    const ann = await person.token(USER)
    await house.send([ofAnn(), purchase({ userId: 'ben' })])
    await house.settled()
    // What waits, and what is under way: bolt holds its answer.
    bolt!.hold(true)
    await house.send([ofAnn()])
    await until('bolt to have it', () => bolt!.items().length === 3)
    await bolt!.goDown()
    await house.send([ofAnn(), ofAnn()])
    await until('acme to have all', () => acme!.items().length === 5)
    const before = await covered(house, '/v1/me/disclosures?proofs=true', ann)
    ok(
      before.disclosures.some(({ value }: { value?: string }) => value?.includes(IDFA)),
      'sealed values are shown to the person',
    )
    const own = subjectKeys(house).filter(({ identity }) => identity === keyOf(house, { kind: 'user', value: USER }))
    equal(own.length, 1)

    ok(tracesIn(house.folder.data, formsOfBytes(own[0]!.wrapped)).length > 0, 'the search would find the key')

    const { status, body: erased } = await house.call('POST', '/v1/me/erasure', undefined, ann)
    equal(status, 200)
    deepEqual(
      erased.recipients.map(({ partner }: { partner: string }) => partner),
      ['acme', 'bolt'],
    )
    deepEqual([erased.identities, erased.keys_destroyed, erased.other_accounts_left], [3, 1, 0])

    const gone = new Map(
      [USER, IDFA, IDFV, ADDRESS].flatMap((text) =>
        [...formsOf(text)].map(([how, form]) => [`${text} ${how}`, form] as const),
      ),
    )
    const keys = new Map(
      own.flatMap(({ key, wrapped }) =>
        [...formsOfBytes(key), ...formsOfBytes(wrapped)].map(([how, form], i) => [`key ${i} ${how}`, form] as const),
      ),
    )
    const pseudonyms = new Map(
      (
        [
          { kind: 'user', value: USER },
          { kind: 'advertising_id', value: IDFA },
          { kind: 'vendor_id', value: IDFV },
        ] as const
      ).flatMap((identity) =>
        [...formsOfBytes(Buffer.from(keyOf(house, identity), 'hex'))].map(
          ([how, form]) => [`${identity.kind} ${how}`, form] as const,
        ),
      ),
    )
    const nothingLeft = (): void => {
      deepEqual(tracesIn(house.folder.data, gone), [])
      deepEqual(tracesIn(house.folder.data, keys), [])
      deepEqual(tracesIn(house.folder.data, pseudonyms, ['choices.db']), [])
    }
    nothingLeft()

    await bolt!.comeBack()
    bolt!.hold(false)
    await house.send([ofAnn(), purchase({ userId: 'ben' })])
    await house.settled()
    const { pairs } = await house.gateway.totals()
    equal(pairs.bolt!.settled.erased >= 2, true)
    equal(acme!.items().length, 6, 'only ben’s')
    equal((await house.staff('GET', '/api/v1/accounting')).body.closes, true)

    const after = (await house.call('GET', '/v1/me/disclosures?proofs=true', undefined, ann)).body
    deepEqual([after.recipients, after.disclosures], [[], []])
    const trusted = parseTrust(readFileSync(join(house.folder.data, 'ledger', 'trust'), 'utf8'))
    for (const { leaf, proof } of before.disclosures)
      equal(checkTlogProof(proof, trusted, Buffer.from(leaf, 'base64')).state, 'valid')

    const again = (await house.call('POST', '/v1/me/erasure', undefined, ann)).body
    notEqual(again.erasure, erased.erasure)
    deepEqual(again.recipients, erased.recipients, 'for 90 days nobody is forgotten who must be notified')
    equal((await house.call('GET', '/v1/me/choices', undefined, ann)).body.opt_out, true)
    await house.gateway.stop()
    deepEqual(tracesIn(house.folder.data, gone), [])
    deepEqual(tracesIn(house.folder.data, keys), [])
    const report = await verifyLedger(house.folder.data, { checkpoints: [] })
    deepEqual([report.verified, report.problems], [true, []])
  })

  test('an erased person opts in again by their own token, and only what comes later is shared', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const ann = await person.token(USER)
    await house.send([ofAnn()])
    await house.settled()
    await house.call('POST', '/v1/me/erasure', undefined, ann)
    await house.send([ofAnn({}, { id: undefined, advertisingId: undefined })])
    await house.settled()
    equal(partner.items().length, 1)
    equal((await house.call('PUT', '/v1/me/choices', { opt_out: false }, ann)).status, 200)
    await house.send([ofAnn({}, { id: undefined, advertisingId: undefined })])
    await house.settled()
    equal(partner.items().length, 2)
  })

  test('a device that another account uses too is left alone, unless staff asks for it; the other account never goes', async (t) => {
    const { house, person } = await startWithUsers(t)
    await house.send([ofAnn(), ofAnn({ userId: 'ben' })])
    await house.settled()
    const erased = (await house.call('POST', '/v1/me/erasure', undefined, await person.token(USER))).body
    deepEqual([erased.identities, erased.shared_devices_left >= 1], [1, true])
    equal(
      (await house.call('GET', '/v1/me/disclosures', undefined, await person.token('ben'))).body.disclosures.length,
      1,
    )
    const { handle } = (await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'ben' } })).body
    const bare = await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, {})
    equal(bare.status, 422)
    const all = (
      await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, { confirm: 'erase', with_shared_devices: true })
    ).body
    equal(all.identities, 3)
  })
})
