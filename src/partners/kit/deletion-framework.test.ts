/** Against a recipient that reads the framework by itself: jose checks what it gets, and signs what it answers. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { SignJWT } from 'jose'
import { createRecipient } from '../../../test/support/notice-partners/dsrdelete.ts'
import { createRequester } from '../../../test/support/notice-partners/signed-tokens.ts'
import { DSRDELETE, type DsrDeleteSettings, dsrDeleteUnder } from './deletion-framework.ts'
import type { NoticeFacts } from './notices.ts'
import type { PartnerAnswer } from './type.ts'

const RECIPIENT = createRecipient('vendor2.com', [
  ['idfa', 'plaintext'],
  ['email', 'sha256'],
])
const OURS = createRequester('publisher1.com')
const SETTINGS: DsrDeleteSettings = DSRDELETE.parse({
  domain: 'vendor2.com',
  endpoint: 'https://www.vendor2.com/api/delete/',
  identifiers: { idfa: 'plaintext', email: 'sha256', ppuid: 'plaintext' },
  keys: RECIPIENT.publicKey,
})
const FACTS: NoticeFacts = {
  id: '372fcd8b-d723-452e-ac60-36bd17372321',
  verb: 'erase',
  identifier: {
    class: 'advertising_id',
    kind: 'idfa',
    value: 'AEBE52E7-03EE-455A-B3C4-E57283966239',
    isPseudonym: false,
  },
  app: { id: 'shop', platform: 'ios' },
  day: '2026-11-30',
  today: '2026-12-01',
  callback: undefined,
}
const ENCODER = dsrDeleteUnder(SETTINGS)
const answer = (status: number, body: string): PartnerAnswer => ({ status, headers: {}, body })

async function tell(facts: NoticeFacts, settings = SETTINGS) {
  const encoder = dsrDeleteUnder(settings)
  const request = encoder.request(facts)!
  const body = await OURS.bodyOf(request)
  const received = { method: request.method, path: request.path, headers: {}, body }
  const told = await RECIPIENT.receive(received, OURS.keys, OURS.issuer)
  return { ...told, means: encoder.answer(answer(told.status, told.body), facts) }
}

describe('partners: a deletion by the Data Deletion Request Framework', () => {
  for (const body of ['token', 'json'] as const)
    test(`the recipient finds every claim that is required, ${body}`, async () => {
      const told = await tell(FACTS, { ...SETTINGS, body })
      deepEqual([told.problems, told.code, told.status], [[], 0, 202])
      deepEqual(told.identifiers, ['AEBE52E7-03EE-455A-B3C4-E57283966239'])
      equal(told.id, FACTS.id)
      // "Successful: Recipient has acknowledged successful receipt": no more than that.
      deepEqual(told.means, { state: 'accepted' })
    })
  test('an e-mail address is hashed, so that nobody along the chain reads it', async () => {
    const told = await tell({
      ...FACTS,
      identifier: { class: 'email', kind: '', value: ' JohnDoe@example.com', isPseudonym: false },
    })
    deepEqual(told.problems, [])
    // printf johndoe@example.com | sha256sum
    deepEqual(told.identifiers, ['55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'])
  })
  test('code 4: an identifier that the recipient does not take', async () => {
    const told = await tell({ ...FACTS, identifier: { class: 'user_id', kind: '', value: 'u-1', isPseudonym: false } })
    deepEqual([told.code, told.status, told.means], [4, 400, { state: 'refused' }])
  })
})

describe('partners: the first party’s token of a deletion request that arrived', () => {
  const { identifier } = FACTS
  const SUB = { identifierValue: identifier.value, identifierType: 'idfa', identifierFormat: 'plaintext' }
  const part = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const tokenOf = (claims: object): string =>
    `${part({ alg: 'ES256', typ: 'JWT' })}.${part({ version: '1.0', jti: 'a', iss: 'game.example', sub: SUB, iat: 1693459424, ...claims })}.c2ln`
  const passedOn = (originToken: string, facts: Partial<NoticeFacts> = {}): boolean => {
    const { tokens = [] } = ENCODER.request({ ...FACTS, ...facts, originToken })!
    const { idJWT } = tokens.at(-1)!.claims
    // Either the one or the other, never both.
    deepEqual([tokens.length, idJWT === originToken], idJWT === originToken ? [1, true] : [2, false])
    return idJWT === originToken
  }
  const rows: [what: string, token: string, isPassedOn: boolean][] = [
    ['as the examples have it', tokenOf({}), true],
    ['in small letters', tokenOf({ sub: { ...SUB, identifierValue: identifier.value.toLowerCase() } }), true],
    ['its subject as JSON text, as in the tables', tokenOf({ sub: JSON.stringify(SUB) }), true],
    [
      'hashed: printf AEBE52E7-03EE-455A-B3C4-E57283966239 | sha1sum',
      tokenOf({
        sub: { ...SUB, identifierFormat: 'sha1', identifierValue: 'a7fe134e3c8e805d2fb72151146ab7841f275c36' },
      }),
      true,
    ],
    ['with a time at which it ends', tokenOf({ exp: 1693459424, nbf: 1693459424 }), true],
    [
      'about another device',
      tokenOf({ sub: { ...SUB, identifierValue: '00000000-03EE-455A-B3C4-E57283966239' } }),
      false,
    ],
    ['about an account', tokenOf({ sub: { ...SUB, identifierType: 'ppuid' } }), false],
    [
      'about an e-mail address',
      tokenOf({ sub: { ...SUB, identifierType: 'email', identifierFormat: 'sha256' } }),
      false,
    ],
    ['with more about the person in its subject', tokenOf({ sub: { ...SUB, email: 'johndoe@example.com' } }), false],
    ['with more about the person beside it', tokenOf({ optionalParameters: { email: 'johndoe@example.com' } }), false],
    ['for an audience', tokenOf({ aud: 'publisher1.com' }), false],
    ['without a subject', tokenOf({ sub: undefined }), false],
    ['longer than an acknowledgement could repeat', tokenOf({ jti: 'a'.repeat(9_000) }), false],
    ['no token', 'a.b.c', false],
  ]
  for (const [what, token, isPassedOn] of rows)
    test(`${what}: ${isPassedOn ? 'as it came' : 'one of ours instead'}`, () => equal(passedOn(token), isPassedOn))
  test('is not passed to a recipient that knows the account by a pseudonym', () => {
    const sub = { identifierValue: 'u-1', identifierType: 'ppuid', identifierFormat: 'plaintext' }
    const user = { class: 'user_id', kind: '', value: 'u-1', isPseudonym: false } as const
    equal(passedOn(tokenOf({ sub }), { identifier: user }), true)
    equal(passedOn(tokenOf({ sub }), { identifier: { ...user, value: 'U-1' } }), false)
    equal(
      passedOn(tokenOf({ sub }), { identifier: { ...user, value: `p1.${'A'.repeat(22)}`, isPseudonym: true } }),
      false,
    )
  })
})

describe('partners: an acknowledgement of the framework', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }) } as Record<string, string>
  const encoder = dsrDeleteUnder({ ...SETTINGS, keys: [...RECIPIENT.publicKey, jwk] })
  const acknowledge = async (
    claims: Record<string, unknown>,
    { alg = 'RS256', key = privateKey, kid = 'abc123' } = {},
  ): Promise<string> => {
    const rqJWT = await OURS.bodyOf(ENCODER.request(FACTS)!)
    // The example's, section "Example Acknowledgement".
    const all = { version: '1.0', rqJWT, jti: '6G7H8J', iss: 'vendor2.com', iat: 1693459424, ...claims }
    return new SignJWT(all).setProtectedHeader({ alg, typ: 'JWT', kid }).sign(key)
  }
  const means = async (claims: Record<string, unknown>, status = 202, header = {}): Promise<string> => {
    const acJWT = await acknowledge(claims, header)
    return encoder.answer(answer(status, JSON.stringify({ acJWT })), FACTS).state
  }
  test('is read with RSA and the header of the examples, in JSON and by itself', async () => {
    equal(await means({ raResultCode: 0 }), 'accepted')
    deepEqual(encoder.answer(answer(202, await acknowledge({ raResultCode: 0 })), FACTS), { state: 'accepted' })
  })
  for (const [code, state] of [
    [1, 'refused'],
    [2, 'refused'],
    [3, 'refused'],
    [4, 'refused'],
    [5, 'refused'],
    [6, 'again'],
  ] as const)
    test(`result code ${code}: ${state}`, async () => equal(await means({ raResultCode: code }, 400), state))
  test('of somebody else, of another request, or contradicting its status, is not believed', async () => {
    equal(await means({ raResultCode: 0, iss: 'other.com' }), 'unclear')
    equal(await means({ raResultCode: 0, rqJWT: 'original_jwt_information' }), 'unclear')
    const other = await OURS.bodyOf(ENCODER.request({ ...FACTS, id: 'a7551968-d5d6-44b2-9831-815ac9017798' })!)
    equal(await means({ raResultCode: 0, rqJWT: other }), 'unclear')
    equal(await means({ raResultCode: '0' }), 'unclear')
    equal(await means({}), 'unclear')
    equal(await means({ raResultCode: 0 }, 400), 'unclear')
  })
  test('unsigned, or signed with a key that is not in the contract, is not believed', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
    equal(await means({ raResultCode: 0 }, 202, { key: stranger }), 'unclear')
    const [, payload] = (await acknowledge({ raResultCode: 0 })).split('.')
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.`
    for (const body of ['', '{}', 'null', '<html>', 'a.b.c', none, `${none}AAAA`, `{"acJWT":${JSON.stringify(none)}}`])
      deepEqual(encoder.answer(answer(202, body), FACTS), { state: 'unclear' }, body)
    deepEqual(encoder.answer(answer(400, ''), FACTS), { state: 'refused' })
    deepEqual(encoder.answer(answer(503, ''), FACTS), { state: 'again' })
  })
  test('the algorithm is the key’s, whatever the header says', async () => {
    const pss = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const trusting = dsrDeleteUnder({
      ...SETTINGS,
      keys: [{ ...pss.publicKey.export({ format: 'jwk' }) } as Record<string, string>],
    })
    const acJWT = await acknowledge({ raResultCode: 0 }, { alg: 'PS256', key: pss.privateKey })
    deepEqual(trusting.answer(answer(202, acJWT), FACTS), { state: 'unclear' })
  })
})

describe('partners: a bidder’s dsrdelete.json in a contract', () => {
  const problem = (settings: object): string => {
    const read = DSRDELETE.safeParse({ ...SETTINGS, ...settings })
    return read.success ? '' : (read.error.issues[0]?.message ?? '')
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  test('what cannot work is refused', () => {
    equal(problem({}), '')
    match(problem({ keys: [privateKey.export({ format: 'jwk' })] }), /private/)
    match(problem({ keys: [{ kty: 'oct', k: 'AAAA' }] }), /shared key/)
    match(problem({ keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] }), /not a public key/)
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' })
    match(problem({ keys: [weak] }), /2048/)
    match(problem({ identifiers: {} }), /no identifier/)
    match(problem({ endpoint: 'ftp://vendor2.com' }), /not an https URL/)
    equal(problem({ domain: `${'a'.repeat(63)}.${'b'.repeat(63)}.com` }), '')
    for (const domain of [
      'com',
      'Vendor2.com',
      'a..com',
      '.com',
      'a.com.',
      'a.com\n',
      `${'a'.repeat(64)}.com`,
      `a.${'b'.repeat(64)}`,
    ])
      match(problem({ domain }), /a domain in small letters/, domain)
  })
})
