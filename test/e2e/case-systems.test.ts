/** Requests that other systems hand over, and what they are told: signed, tried again, and never more than they may know. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { fetchJson, type House, purchase, startHouse } from '../support/house.ts'
import { officer } from '../support/officers.ts'
import { until } from '../support/until.ts'

const SECRET = 'a secret of the desk'
const SIGNING = 'whsec_c2lnbmluZyBzZWNyZXQ='
const UID = '22880925-aac5-42f9-a653-cb6921d361ff'
const deleteRequest = (part: object = {}) => ({
  apiVersion: 'dsr/v1',
  kind: 'DeleteRequest',
  metadata: { uid: UID, tenant: 'axonic' },
  request: {
    regulation: 'gdpr',
    identities: [{ identitySpace: 'account_id', identityFormat: 'raw', identityValue: 'u-42' }],
    callbacks: [{ url: 'http://169.254.169.254/latest', headers: {} }],
    subject: { email: 'test@subject.com', firstName: 'Zaphod' },
    submittedTimestamp: Math.floor(Date.now() / 1_000),
    dueTimestamp: 123,
    ...part,
  },
})

/** Their side: keeps what it is told; refuses the first. */
async function theirs(t: TestContext) {
  const told: { readonly headers: Record<string, unknown>; readonly body: string }[] = []
  const state = { refuse: 1 }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      if (state.refuse-- > 0) return response.writeHead(503).end()
      told.push({ headers: request.headers, body })
      response.writeHead(200).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback` }
}

async function withDesk(t: TestContext) {
  const their = await theirs(t)
  const { house, partners } = await startHouse(t, (all) => ({
    contracts: all.map(({ origin }, i) => webhookContract(`acme-${i}`, origin)),
  }))
  const secrets = Object.fromEntries(
    await Promise.all(
      Object.entries({ in: SECRET, out: SIGNING }).map(async ([name, text]) => {
        const file = join(house.folder.root, `${name}.secret`)
        await writeFile(file, text)
        return [name, { file }] as const
      }),
    ),
  )
  return { house, partners, their, secrets }
}

const hand = (house: House, name: string, body: object, headers: Readonly<Record<string, string>>) =>
  fetchJson(`${house.gateway.dataUrl}/v1/cases/${name}`, 'POST', body, headers)

test('a request of Ketch is a case, once; its outcome is told to the configured address alone, signed, until it is taken', async (t) => {
  const { house: first, partners, their, secrets } = await withDesk(t)
  const desk = {
    name: 'ketch',
    format: 'ketch',
    secret: secrets.in,
    identities: { account_id: 'user' },
    laws: { gdpr: 'eea' },
    callback: { url: their.url, secret: secrets.out },
  }
  const { house } = await startHouse(t, () => ({
    contracts: [webhookContract('acme', partners[0]!.origin)],
    gateway: { desks: [desk] },
  }))
  equal((await hand(first, 'ketch', deleteRequest(), { authorization: `Bearer ${SECRET}` })).status, 401)
  await house.send([purchase({ userId: 'u-42' })])
  await house.settled()
  const bearer = { authorization: `Bearer ${SECRET}` }
  for (const [name, headers] of [
    ['ketch', { authorization: 'Bearer wrong' }],
    ['ketch', {}],
    ['another', bearer],
  ] as const)
    equal((await hand(house, name, deleteRequest(), headers)).status, 401)
  const answered = await hand(house, 'ketch', deleteRequest(), bearer)
  equal(answered.status, 200, JSON.stringify(answered.body))
  const { requestID: id, ...response } = answered.body.response
  deepEqual(
    [answered.body.kind, answered.body.metadata, response.status],
    ['DeleteResponse', { uid: UID, tenant: 'axonic' }, 'in_progress'],
  )
  equal((await hand(house, 'ketch', deleteRequest(), bearer)).body.response.requestID, id, 'again is the same case')
  const bad = await hand(house, 'ketch', deleteRequest({ identities: [] }), bearer)
  deepEqual([bad.status, bad.body.code], [422, 'ERR_CASE_REQUEST'])

  const [ann, ben] = [await officer(house, 'ann-of-staff'), await officer(house, 'ben-of-staff')]
  const { body } = await ann('GET', `cases/${id}`)
  deepEqual(
    [body.kind, body.through, body.law, body.system],
    ['deletion', 'system', 'eea', { name: 'ketch', reference: UID }],
  )
  ok(!JSON.stringify(body).includes('Zaphod'))
  await ann('POST', `cases/${id}/run`, {})
  equal((await ben('POST', `cases/${id}/run`, {})).status, 200)
  const last = await until('the outcome to be told', () =>
    their.told.find(({ body: text }) => JSON.parse(text).event?.status === 'completed'),
  )
  const message = JSON.parse(last.body)
  deepEqual([message.kind, message.metadata.uid, message.event.reason], ['DeleteStatusEvent', UID, 'executed'])
  const signed = `${last.headers['webhook-id']}.${last.headers['webhook-timestamp']}.${last.body}`
  const own = createHmac('sha256', Buffer.from(SIGNING.slice(6), 'base64'))
    .update(signed)
    .digest('base64')
  equal(last.headers['webhook-signature'], `v1,${own}`)
  await until('the reference to be let go of', async () => (await ann('GET', `cases/${id}`)).body.system === undefined)
})

test('a signed request by a template; one of another time or key is refused', async (t) => {
  const { secrets, partners } = await withDesk(t)
  const desk = {
    name: 'forms',
    format: 'template',
    secret: secrets.in,
    identities: { account: 'user' },
    template: { kind: '/type', kinds: { stop: 'objection', copy: 'access' }, reference: '/id', identities: '/who' },
  }
  const { house } = await startHouse(t, () => ({
    contracts: [webhookContract('acme', partners[0]!.origin)],
    gateway: { desks: [desk] },
  }))
  const body = { type: 'stop', id: 'r-1', who: { account: 'u-7', email: 'a@example.com' } }
  const signedBy = (secret: string, at: number) => {
    const seconds = String(Math.floor(at / 1_000))
    const text = `m-1.${seconds}.${JSON.stringify(body)}`
    return {
      'webhook-id': 'm-1',
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${createHmac('sha256', secret).update(text).digest('base64')}`,
    }
  }
  equal((await hand(house, 'forms', body, signedBy('another', Date.now()))).status, 401)
  equal((await hand(house, 'forms', body, signedBy(SECRET, Date.now() - 3_600_000))).status, 401)
  // Some systems have one reference for all that a person asks for.
  const bearer = { authorization: `Bearer ${SECRET}` }
  equal((await hand(house, 'forms', { ...body, type: 'copy' }, bearer)).body.kind, 'access')
  const { status, body: opened } = await hand(house, 'forms', body, signedBy(SECRET, Date.now()))
  deepEqual([status, opened.reference, opened.status], [200, 'r-1', 'in_progress'])
  match(opened.case, /^[0-9a-z]{12}$/)
  await house.send([purchase({ userId: 'u-7' })])
  await house.settled()
  equal(partners[0]!.items().length, 0, 'an objection is in force at once')
})
