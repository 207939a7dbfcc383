import { deepEqual, equal, ok } from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Pool } from 'undici'
import { contract, PARTNER } from '../../test/support/builders.ts'
import type { WireResult } from '../flow/ports.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { isPublic } from '../platform/public-address.ts'
import { createConnector, type Resolve } from './egress.ts'
import { createHttpWire } from './http-wire.ts'

/** A server on this machine that counts what reaches it. */
async function startServer(
  t: TestContext,
  answer: (server: { count: number }) => { status: number; headers?: Record<string, string>; body: string },
) {
  const seen = { count: 0, connections: 0 }
  const server: Server = createServer((request, response) => {
    seen.count++
    request.resume()
    const { status, headers, body } = answer(seen)
    response.writeHead(status, headers).end(body)
  })
  server.on('connection', () => {
    seen.connections++
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, port: (server.address() as AddressInfo).port }
}

/** A pool as the wire makes it, to an origin whose name resolves as told, one answer a connection. */
function poolTo(
  t: TestContext,
  origin: string,
  ...answers: readonly (readonly string[])[]
): { pool: Pool; asked: string[] } {
  const asked: string[] = []
  const resolve: Resolve = async (hostname) => {
    asked.push(hostname)
    return answers[Math.min(asked.length, answers.length) - 1] ?? []
  }
  const pool = new Pool(origin, { connections: 1, connect: createConnector(origin, 1_000, resolve) })
  t.after(() => pool.destroy())
  return { pool, asked }
}

const codeOf = (pool: Pool): Promise<string> =>
  pool.request({ method: 'POST', path: '/', body: '{}' }).then(
    async ({ statusCode, body }) => {
      await body.dump()
      return String(statusCode)
    },
    (error: { readonly code?: string }) => error.code ?? 'no code',
  )

describe('egress: addresses', () => {
  const refused = [
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '169.254.0.1',
    '224.0.0.1',
    '239.255.255.250',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '192.0.0.1',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::',
    '2001::1',
    '2001:db8::1',
    '::127.0.0.1',
    '::8.8.8.8',
    '100::1',
    'fec0::1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    'localhost',
    '',
  ]
  for (const address of refused)
    test(`${address || 'nothing'} is no place of a partner's`, () => equal(isPublic(address), false))
  for (const address of ['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])
    test(`${address} may be one`, () => ok(isPublic(address)))
})

describe('egress: connections', () => {
  const names: readonly [string, readonly string[]][] = [
    ['a name that resolves to this machine', ['127.0.0.1']],
    ['a name that resolves to the metadata service', ['169.254.169.254']],
    ['a name with a good address and a bad one', ['93.184.216.34', '127.0.0.1']],
    ['a name with a mapped address', ['::ffff:127.0.0.1']],
    ['a name without an address', []],
  ]
  for (const [what, addresses] of names) {
    test(`${what} is refused before anything is sent`, async (t) => {
      const { seen, port } = await startServer(t, () => ({ status: 204, body: '' }))
      const { pool } = poolTo(t, `http://partner.example:${port}`, addresses)
      equal(await codeOf(pool), 'EGRESS_REFUSED')
      equal(seen.connections, 0)
    })
  }

  test('an address in the URL itself is refused without a look-up, in whatever spelling', async (t) => {
    for (const host of [
      '10.0.0.1',
      '169.254.169.254',
      '[::ffff:7f00:1]',
      '[fd00:ec2::254]',
      '0x7f000001',
      '2130706433',
    ]) {
      const { pool, asked } = poolTo(t, `http://${host}:9`, ['93.184.216.34'])
      const code = await codeOf(pool)
      // A spelling that URLs turn into a loopback address is the machine itself: then nobody listens there.
      ok(
        code === 'EGRESS_REFUSED' || (code === 'ECONNREFUSED' && new URL(`http://${host}`).hostname === '127.0.0.1'),
        `${host}: ${code}`,
      )
      deepEqual(asked, [])
    }
  })

  test('a contract that names this machine reaches it, and only it', async (t) => {
    const { seen, port } = await startServer(t, () => ({ status: 204, body: '' }))
    const here = poolTo(t, `http://localhost:${port}`, ['127.0.0.1'])
    equal(await codeOf(here.pool), '204')
    equal(seen.connections, 1)
    const elsewhere = poolTo(t, `http://localhost:${port}`, ['127.0.0.1', '93.184.216.34'])
    equal(await codeOf(elsewhere.pool), 'EGRESS_REFUSED')
  })

  test('each connection is resolved and checked once: a name that turns bad is refused from then on', async (t) => {
    const { seen, port } = await startServer(t, () => ({ status: 204, headers: { connection: 'close' }, body: '' }))
    // The first answer stands for a good one: as if this machine were named. The second points at the metadata service.
    const { pool, asked } = poolTo(t, `http://localhost:${port}`, ['127.0.0.1'], ['169.254.169.254'])
    equal(await codeOf(pool), '204')
    equal(await codeOf(pool), 'EGRESS_REFUSED')
    deepEqual([asked.length, seen.count], [2, 1])
  })
})

describe('egress: the wire', () => {
  const request = (origin: string): PartnerRequest => ({ method: 'POST', origin, path: '/', headers: {}, body: '{}' })
  function wireTo(t: TestContext, resolve: Resolve = async () => ['127.0.0.1']) {
    const wire = createHttpWire({
      contractOf: () => contract(),
      secretsOf: () => [],
      readSecret: () => '',
      resolve,
      now: Date.now,
    })
    t.after(() => wire.close())
    return wire
  }

  test('a refused address is a failure before writing, with its own code', async (t) => {
    const result = await wireTo(t).send(PARTNER, request('https://partner.example'), () => true)
    deepEqual(result, { kind: 'failed_before_write', code: 'EGRESS_REFUSED' })
  })

  test('a redirect is an answer like any other, and nothing is asked for at its address', async (t) => {
    const target = await startServer(t, () => ({ status: 204, body: '' }))
    const { port, seen } = await startServer(t, () => ({
      status: 307,
      headers: { location: `http://127.0.0.1:${target.port}/` },
      body: '',
    }))
    const result = await wireTo(t).send(PARTNER, request(`http://127.0.0.1:${port}`), () => true)
    deepEqual(
      [result.kind, (result as { status?: number }).status, seen.count, target.seen.count],
      ['answered', 307, 1, 0],
    )
  })

  test('of an answer without end only the beginning is read, and the connection ends', async (t) => {
    const { port, seen } = await startServer(t, () => ({ status: 200, body: 'x'.repeat(3_000_000) }))
    const wire = wireTo(t)
    const results: WireResult[] = []
    for (let n = 0; n < 2; n++) results.push(await wire.send(PARTNER, request(`http://127.0.0.1:${port}`), () => true))
    for (const result of results) {
      if (result.kind !== 'answered') throw new Error(result.kind)
      equal(result.body.length, 64 * 1024)
    }
    equal(seen.connections, 2)
  })

  test('a certificate that nobody signed is refused, whatever the environment says', async (t) => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    t.after(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    })
    const { createServer: createTls } = await import('node:https')
    const { CERTIFICATE, KEY } = await import('../../test/support/self-signed.ts')
    let asked = 0
    const server = createTls({ key: KEY, cert: CERTIFICATE }, (_, response) => {
      asked++
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const result = await wireTo(t).send(PARTNER, request(`https://localhost:${port}`), () => true)
    deepEqual(
      [result.kind, (result as { code?: string }).code, asked],
      ['failed_before_write', 'DEPTH_ZERO_SELF_SIGNED_CERT', 0],
    )
  })
})
