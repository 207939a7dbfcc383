/** What waits for a person: one list, and an address that is told of it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const SECRET = `whsec_${Buffer.from('thirty-two bytes of a test alone').toString('base64')}`

interface Got {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

async function startReceiver(t: TestContext) {
  const got: Got[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    got.push({ headers: request.headers as Got['headers'], body })
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

describe('what waits for a person', () => {
  test('is listed with what to do, told to an address once, signed, and told again when it is over', async (t) => {
    const receiver = await startReceiver(t)
    process.env.SLUICE_TEST_HOOK = SECRET
    t.after(() => {
      delete process.env.SLUICE_TEST_HOOK
    })
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
      gateway: {
        control: { host: '127.0.0.1', port: 0, webhook: { url: receiver.url, secret: { env: 'SLUICE_TEST_HOOK' } } },
      },
    }))
    const list = async () =>
      (await house.staff('GET', '/api/v1/waiting')).body.items.map((one: { kind: string; id: string }) => [
        one.kind,
        one.id,
      ])
    deepEqual(await list(), [])

    partners[0]!.answer = { status: 400, body: 'no' }
    await house.send([purchase()])
    await house.settled()
    const wider = await house.staff(
      'POST',
      '/api/v1/publish',
      {
        message: 'more',
        reason: 'as agreed with legal',
        edits: [{ file: 'partners/acme.yaml', path: ['share', 'user_id'], value: 'pseudonym' }],
      },
      { 'if-match': '"1"' },
    )
    equal(wider.status, 202, JSON.stringify(wider.body))
    const kinds = await list()
    ok(
      kinds.some(([kind, id]: string[]) => kind === 'proposal' && id === '1'),
      JSON.stringify(kinds),
    )
    ok(
      kinds.some(([kind, id]: string[]) => kind === 'dead_letters' && id === 'acme'),
      JSON.stringify(kinds),
    )

    const told = await until('both to be told', () => {
      const bodies = receiver.got.map(({ body }) => JSON.parse(body))
      return bodies.some(({ data }) => data.kind === 'proposal') &&
        bodies.some(({ data }) => data.kind === 'dead_letters')
        ? bodies
        : undefined
    })
    for (const { type, data } of told) {
      equal(type, 'waiting.began')
      match(data.path, /^\//)
    }
    for (const { headers, body } of receiver.got) {
      const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signature } = headers
      const key = Buffer.from('thirty-two bytes of a test alone')
      equal(signature, `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`)
      ok(!body.includes('legal') && !body.includes('bootstrap'), 'names nobody')
    }
    equal((await house.staff('POST', '/api/v1/proposals/1/withdraw', {})).status, 200)
    await until('its end to be told', () =>
      receiver.got.some(({ body }) => {
        const { type, data } = JSON.parse(body)
        return type === 'waiting.ended' && data.kind === 'proposal' && data.id === '1'
      }),
    )
  })
})
