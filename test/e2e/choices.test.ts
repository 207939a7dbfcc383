/** `/v1/me/choices` and the staff's way to a person's choices: who may narrow, who may widen, who may read. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { purchase } from '../support/house.ts'
import { shared } from '../support/shared.ts'
import { ISSUER, type Person, startWithUsers } from '../support/users.ts'

const unchanged = shared(startWithUsers)

describe('my choices', () => {
  test('with the write key alone one may narrow, and neither widen nor read', async (t) => {
    const { house } = await startWithUsers(t)
    const put = (choice: object) => house.call('PUT', '/v1/me/choices', { identities: { user: 'ann' }, ...choice })
    equal((await put({ opt_out: true })).status, 200)
    equal((await put({ sale: 'deny' })).status, 200)
    deepEqual((await put({ opt_out: false })).body.code, 'ERR_CHOICE_WIDENS')
    deepEqual((await put({ sale: 'allow' })).body.code, 'ERR_CHOICE_WIDENS')
    deepEqual((await put({ sale: 'perhaps' })).body.code, 'ERR_CHOICE_INVALID')
    deepEqual((await put({ sale: 'deny', nonsense: 1 })).body.code, 'ERR_CHOICE_INVALID')
    deepEqual((await house.call('PUT', '/v1/me/choices', { opt_out: true })).body.code, 'ERR_IDENTITY_INVALID')
    deepEqual(
      (await house.call('PUT', '/v1/me/choices', { identities: { shoe_size: '42' }, opt_out: true })).body.code,
      'ERR_IDENTITY_INVALID',
    )
    deepEqual((await house.call('GET', '/v1/me/choices')).body.code, 'ERR_TOKEN_MISSING')
  })

  test('with a token of their own a person reads, opts out, and opts in again for what comes later', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const ann = await person.token('ann')
    equal((await house.call('GET', '/v1/me/choices', undefined, ann)).body.opt_out, false)
    equal((await house.call('PUT', '/v1/me/choices', { opt_out: true }, ann)).body.opt_out, true)
    await house.send([purchase({ userId: 'ann' })])
    await house.settled()
    equal(partner.items().length, 0)
    const back = await house.call('PUT', '/v1/me/choices', { opt_out: false }, ann)
    deepEqual([back.status, back.body.opt_out], [200, false])
    await house.send([purchase({ userId: 'ann' })])
    await house.settled()
    equal(partner.items().length, 1)
  })

  test('a token speaks for its own user only, and opens nothing for devices named beside it', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    await house.call('PUT', '/v1/me/choices', { identities: { user: 'ben', anonymous: 'anon-ben' }, opt_out: true })
    const ann = await person.token('ann')
    deepEqual(
      (await house.call('PUT', '/v1/me/choices', { identities: { user: 'ben' }, opt_out: false }, ann)).body.code,
      'ERR_IDENTITY_INVALID',
    )
    equal(
      (await house.call('PUT', '/v1/me/choices', { identities: { anonymous: 'anon-ben' }, opt_out: false }, ann))
        .status,
      200,
    )
    await house.send([purchase({ userId: undefined, anonymousId: 'anon-ben' })])
    await house.settled()
    equal(partner.items().length, 0)
  })

  const bad: [string, Parameters<Person['token']>][] = [
    ['expired', ['ann', { expiresIn: '-2m' }]],
    ['for somebody else', ['ann', { audience: 'another' }]],
    ['from somebody else', ['ann', { issuer: 'https://evil.example/' }]],
  ]
  test('a token that is expired, for or from somebody else, or unsigned is refused', async () => {
    const { house, person } = unchanged()
    for (const [what, arguments_] of bad) {
      const { status, body } = await house.call('GET', '/v1/me/choices', undefined, await person.token(...arguments_))
      deepEqual([what, status, body.code], [what, 401, 'ERR_TOKEN_INVALID'])
    }
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const unsigned = `${part({ alg: 'none' })}.${part({ sub: 'ann', iss: ISSUER, aud: 'sluice', exp: 9_999_999_999 })}.`
    equal((await house.call('GET', '/v1/me/choices', undefined, { authorization: `Bearer ${unsigned}` })).status, 401)
  })
})

describe('staff and choices', () => {
  test('an identity is looked up once; the handle then reads and changes, and no identity is in a URL', async (t) => {
    const { house, partner } = await startWithUsers(t)
    const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'cy@mail.example' } })
    ok(typeof body.handle === 'string' && !Buffer.from(body.handle, 'base64url').includes('cy@'))
    ok(!body.handle.includes('cy@'))
    equal(body.opt_out, false)
    equal((await house.staff('PUT', `/api/v1/subjects/${body.handle}/choices`, { opt_out: true })).body.opt_out, true)
    await house.send([purchase({ userId: 'cy@mail.example' })])
    await house.settled()
    equal(partner.items().length, 0)
    equal((await house.staff('PUT', `/api/v1/subjects/${body.handle}/choices`, { opt_out: false })).body.opt_out, false)
    const { body: choices } = await house.staff('GET', `/api/v1/subjects/${body.handle}/choices`)
    equal(choices.opt_out, false)
    equal((await house.staff('GET', '/api/v1/subjects/made-up-handle/choices')).body.code, 'ERR_HANDLE_UNKNOWN')
  })

  test('without the staff token, or with another, nothing of the ops API answers', async () => {
    const { house } = unchanged()
    for (const path of ['accounting', 'partners', 'deliveries', 'dead-letters']) {
      equal((await fetch(`${house.gateway.controlUrl}/api/v1/${path}`)).status, 401)
      equal(
        (await fetch(`${house.gateway.controlUrl}/api/v1/${path}`, { headers: { authorization: 'Bearer guess' } }))
          .status,
        401,
      )
    }
  })

  test('the opt-outs a company already has: stored, in force, and bad lines named without their values', async (t) => {
    const { house, partner } = await startWithUsers(t)
    const token = readFileSync(join(house.folder.data, 'keys', 'staff.token'), 'utf8').trim()
    const csv = 'kind,value\nuser,dora\nadvertising_id,9D92078A-8246-4BA4-AE5B-76104861E7DC\nshoe_size,42-secret\n'
    const response = await fetch(`${house.gateway.controlUrl}/api/v1/choices/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
      body: csv,
    })
    const text = await response.text()
    const answer = JSON.parse(text)
    deepEqual([response.status, answer.stored, answer.refused, answer.problems[0].line], [422, 2, 1, 4])
    ok(!text.includes('42-secret'))
    await house.send([
      purchase({ userId: 'dora' }),
      purchase(
        { userId: 'eve' },
        { device: { type: 'ios', advertisingId: '9d92078a-8246-4ba4-ae5b-76104861e7dc', attTrackingStatus: 3 } },
      ),
      purchase({ userId: 'fay' }),
    ])
    await house.settled()
    equal(partner.items().length, 1)
  })
})

describe('what is on disk', () => {
  test('no identity, address or property of anybody, in no file of the data folder', async (t) => {
    const { house } = await startWithUsers(t)
    const secrets = [
      'user-in-clear-4711',
      'anon-in-clear-4711',
      '4D92078A-8246-4BA4-AE5B-76104861E7DC',
      '198.51.100.77',
      'person@mail.example',
      'a-telling-revenue',
    ]
    await house.send([
      purchase(
        { userId: secrets[0], anonymousId: secrets[1], properties: { revenue: secrets[5] } },
        {
          device: { type: 'ios', advertisingId: secrets[2], attTrackingStatus: 3 },
          ip: secrets[3],
          traits: { email: secrets[4] },
        },
      ),
    ])
    await house.call('PUT', '/v1/me/choices', { identities: { user: secrets[0]! }, opt_out: true })
    await house.settled()
    await house.gateway.stop()
    const files = readdirSync(house.folder.data, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    ok(files.length > 5)
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name))
      for (const secret of secrets) ok(!bytes.includes(secret), `${file.name} holds ${secret}`)
    }
  })
})
