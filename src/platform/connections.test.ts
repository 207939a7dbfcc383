import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, test } from 'node:test'
import { boundConnections, type ConnectionLimits, type Connections } from './connections.ts'

const REFUSAL = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
const GET = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n'

interface Bench {
  readonly connections: Connections
  readonly events: string[]
  /** Requests that wait for an answer. */
  readonly held: ServerResponse[]
  /** Connects from an address of this machine. */
  open(from?: string): Promise<Client>
}
interface Client {
  readonly socket: Socket
  said(): string
  readonly closed: Promise<void>
}

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function bench(limits: Partial<ConnectionLimits>): Promise<Bench> {
  const held: ServerResponse[] = []
  const events: string[] = []
  const server: Server = createServer((request, response) => {
    if (connections.isBeyond(request)) events.push('beyond')
    held.push(response)
  })
  const connections = boundConnections(
    server,
    { most: 4, byAddress: 4, isExempt: () => false, refusal: REFUSAL, ...limits },
    { evicted: () => events.push('evicted'), refused: () => events.push('refused') },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    connections,
    events,
    held,
    open: (from = '127.0.0.1') =>
      new Promise((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', localAddress: from })
        let said = ''
        socket.setEncoding('utf8').on('data', (chunk: string) => {
          said += chunk
        })
        socket.once('error', reject)
        const closed = new Promise<void>((done) => socket.once('close', () => done()))
        socket.once('connect', () => {
          socket.off('error', reject).on('error', () => undefined)
          resolve({ socket, said: () => said, closed })
        })
        ends.push(() => socket.destroy())
      }),
  }
}

async function busy({ open, held }: Bench, from?: string): Promise<Client> {
  const before = held.length
  const client = await open(from)
  client.socket.write(GET)
  while (held.length === before) await new Promise((resolve) => setImmediate(resolve))
  return client
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('connections of a server', () => {
  test('the longest idle one gives way to a new one', async () => {
    const here = await bench({})
    const first = await here.open()
    for (let more = 0; more < 3; more++) await busy(here)
    const last = await busy(here)
    await first.closed
    deepStrictEqual(here.events, ['evicted'])
    ok(!last.socket.destroyed)
    strictEqual(here.connections.open(), 4)
  })
  test('where all are busy a quarter more may ask, and the next ones are told to come back', async () => {
    const here = await bench({})
    for (let more = 0; more < 5; more++) await busy(here)
    deepStrictEqual(here.events, ['beyond'])
    const refused = await here.open()
    await refused.closed
    match(refused.said(), /^HTTP\/1\.1 503 [\s\S]*Retry-After: 5/)
    strictEqual(here.held.length, 5)
  })
  test('one address gets its part; another one still has room', async () => {
    const here = await bench({ most: 8, byAddress: 4 })
    for (let more = 0; more < 5; more++) await busy(here)
    const refused = await here.open()
    await refused.closed
    match(refused.said(), /^HTTP\/1\.1 503/)
    await busy(here, '127.0.0.2')
    deepStrictEqual(here.events, ['beyond', 'refused'])
  })
  test('a full address gives up its own idle connections and nobody else’s', async () => {
    const here = await bench({ most: 8, byAddress: 2 })
    const other = await here.open('127.0.0.2')
    await settled()
    const own = await here.open()
    await busy(here)
    await busy(here)
    await own.closed
    ok(!other.socket.destroyed)
  })
  test('a trusted proxy speaks for many: only the bound in all holds for it', async () => {
    const here = await bench({ most: 4, byAddress: 1, isExempt: (address) => address === '127.0.0.1' })
    for (let more = 0; more < 4; more++) await busy(here)
    deepStrictEqual(here.events, [])
  })
  test('a closed connection makes room', async () => {
    const here = await bench({ most: 1, byAddress: 1 })
    const first = await busy(here)
    first.socket.destroy()
    while (here.connections.open() > 0) await new Promise((resolve) => setImmediate(resolve))
    await busy(here)
    deepStrictEqual(here.events, [])
  })
})
