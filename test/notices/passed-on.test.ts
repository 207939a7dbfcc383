/** A deletion request of another company is passed on with the first party's token as it came, which is nowhere once it was. */
import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { createRecipient, recipientAsVendor } from '../support/notice-partners/dsrdelete.ts'
import { type RecordingPartner, recordPartner } from '../support/notice-partners/recorder.ts'
import { formsOf, formsOfBytes, tracesIn } from '../support/traces.ts'
import { allEnded } from './telling.ts'

const OURS = 'publisher.example'
const EXCHANGE = 'exchange.example'
const FIRST_PARTY = 'game.example'
const IDFA = '9D92078A-8246-4BA4-AE5B-76104861E7DC'
const USER = 'account-of-cleo-0816'
const KEYS = join(mkdtempSync(join(tmpdir(), 'sluice-passed-on-')), 'keys.json')
after(() => rmSync(dirname(KEYS), { recursive: true, force: true }))

type Sign = (claims: JWTPayload & Record<string, unknown>) => Promise<string>

async function start(t: TestContext): Promise<{ house: House; bidder: RecordingPartner; sign: Sign }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'first-1' }
  await writeFile(KEYS, JSON.stringify({ endpoint: 'https://game.example/d', publicKey: [jwk], identifiers: [] }))
  const recipient = createRecipient('bidder.example', [
    ['idfa', 'plaintext'],
    ['ppuid', 'plaintext'],
  ])
  const bidder = await recordPartner(recipientAsVendor(recipient, OURS))
  t.after(() => bidder.close())
  const { house } = await startHouse(
    t,
    () => ({
      contracts: [
        webhookContract('bidder', '', {
          type: 'openrtb26',
          share: { message_id: 'pass', advertising_id: 'pass', user_id: 'pass', os: 'pass' },
          events: { 'Order Completed': { as: 'purchase', properties: {} } },
          when_restricted: { send: 'nothing' },
          limits: { per_second: 1_000, concurrency: 4, timeout_ms: 5_000 },
          notify: { deletion: 'on' },
          connection: {
            url: `${bidder.origin}/bid`,
            imp: [{ id: '1', banner: { w: 320, h: 50 } }],
            dsrdelete: {
              ...{ domain: recipient.domain, endpoint: `${bidder.origin}/api/delete/`, keys: recipient.publicKey },
              identifiers: { idfa: 'plaintext', ppuid: 'plaintext' },
            },
          },
        }),
      ],
      gateway: {
        notices: { within_minutes: 0, retry_seconds: 1 },
        deletion_requests: {
          domain: OURS,
          endpoint: `https://${OURS}/v1/deletion-requests`,
          requesters: [EXCHANGE, FIRST_PARTY].map((domain) => ({ domain, keys: KEYS })),
        },
      },
    }),
    0,
  )
  const { body: file } = await house.call('GET', '/dsrdelete.json')
  // The recipient knows the first party, as we do.
  recipient.trust({ keys: [...file.publicKey, jwk] })
  const device = { type: 'ios', advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3 }
  equal((await house.send([purchase({ userId: USER }, { device })])).status, 200)
  await house.settled()
  equal(bidder.events.length, 1)
  const sign: Sign = (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'first-1' }).sign(privateKey)
  return { house, bidder, sign }
}

let serial = 0
const about = (identifierValue: string, identifierType = 'idfa') =>
  ({ identifierValue, identifierType, identifierFormat: 'plaintext' }) as never

/** Arrives, and a privacy officer erases; resolves once nobody is left to tell. */
async function forgotten(house: House, sign: Sign, origin: JWTPayload & Record<string, unknown>): Promise<string> {
  const iat = Math.floor(Date.now() / 1_000)
  const idJWT = await sign({
    version: '1.0',
    jti: `6b1d2c3e-${++serial}-first-party-of-the-request`,
    iss: FIRST_PARTY,
    sub: about(IDFA),
    iat,
    ...origin,
  })
  const rqJWT = await sign({ version: '1.0', idJWT, jti: `rq-${serial}`, iss: EXCHANGE, sub: about(IDFA), iat })
  const headers = { 'content-type': 'application/jwt' }
  const url = `${house.gateway.dataUrl}/v1/deletion-requests`
  const answer = await fetch(url, { method: 'POST', headers, body: rqJWT })
  equal(answer.status, 202)
  await answer.body?.cancel()
  // While it waits for an officer, it is sealed.
  deepEqual(tracesIn(house.folder.data, new Map([['the token', Buffer.from(idJWT.split('.')[1]!)]])), [])
  const { body: waiting } = await house.staff('GET', '/api/v1/deletion-requests')
  const { handle } = waiting.items[0]
  equal(
    (await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, { confirm: 'erase', accounts: 'include' })).status,
    200,
  )
  deepEqual(
    (await allEnded(house)).map(({ verb, state, count }) => [verb, state, count]),
    [['erase', 'accepted', 2]],
  )
  return idJWT
}
/** Of each deletion at the bidder: the identifier, and the token in it. */
function originsAt({ told }: RecordingPartner): ReadonlyMap<string, string> {
  return new Map(
    told.map(({ request, identifiers, problems }) => {
      deepEqual(problems, [])
      return [identifiers.join(), String(decodeJwt(request.body).idJWT)]
    }),
  )
}

describe('a deletion request that arrived', () => {
  test('reaches a recipient of the id with the first party’s token byte for byte, of which nothing is left then', async (t) => {
    const { house, bidder, sign } = await start(t)
    const idJWT = await forgotten(house, sign, {})
    const origins = originsAt(bidder)
    deepEqual([...origins.keys()].toSorted(), [IDFA, USER])
    equal(origins.get(IDFA), idJWT)
    // Nobody else's token names the account.
    equal(decodeJwt(origins.get(USER)!).iss, OURS)
    // The token's jti alone would tell which request it was.
    const [head = '', claims = '', signature = ''] = idJWT.split('.')
    const forms = new Map(
      [idJWT, `${head}.${claims}`, claims, signature, String(decodeJwt(idJWT).jti), IDFA].flatMap((text, at) =>
        [...formsOf(text), ...formsOfBytes(Buffer.from(text, 'base64url'))].map(
          ([how, form]) => [`${at}: ${how}`, form] as const,
        ),
      ),
    )
    deepEqual(tracesIn(house.folder.data, forms), [])
  })
  test('keeps its token to those whom it tells no more than they had', async (t) => {
    const { house, bidder, sign } = await start(t)
    const idJWT = await forgotten(house, sign, { sub: about('account-of-somebody', 'ppuid') })
    const passed = originsAt(bidder).get(IDFA)!
    notEqual(passed, idJWT)
    deepEqual([decodeJwt(passed).iss, decodeJwt(passed).sub], [OURS, about(IDFA)])
  })
})
