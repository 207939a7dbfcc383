/**
 * A connection to each data thread. The system chooses the thread that a connection reaches, so connections are opened until every
 * thread has one.
 */
import type { TestContext } from 'node:test'
import { Client } from 'undici'
import { WRITE_KEY } from './config-folder.ts'
import type { Answer, House } from './house.ts'

/** One thread, as a sender reaches it. */
export interface Line {
  /** Rejects where the connection has closed: another one might reach another thread. */
  call(method: 'POST' | 'PUT', path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>
  send(events: readonly object[]): Promise<void>
}

const PATIENCE = 200

/** By place. Nothing else may open or close connections meanwhile. They are closed with the test. */
export async function linesTo(t: Pick<TestContext, 'after'>, house: House): Promise<readonly Line[]> {
  const threads = house.gateway.dataThreads!
  const openAt = async (): Promise<readonly number[]> => {
    await threads.flush()
    return threads.readings().map(({ state }) => state?.connections.open ?? 0)
  }
  const lines: Line[] = []
  const count = threads.readings().length
  for (let tries = 0; tries < PATIENCE; tries++) {
    if (Object.keys(lines).length === count) return lines
    const before = await openAt()
    const client = new Client(house.gateway.dataUrl, { pipelining: 1, keepAliveTimeout: 600_000 })
    t.after(() => client.destroy())
    const line = lineOver(client)
    await line.call('POST', '/v1/nothing', {})
    const grown = (await openAt()).map((open, place) => open - (before[place] ?? 0))
    const place = grown.indexOf(1)
    // Where another one closed meanwhile, nothing is known of this one.
    if (place >= 0 && grown.every((by, at) => by === (at === place ? 1 : 0))) lines[place] ??= line
  }
  throw new Error(`no connection to each of ${count} threads in ${PATIENCE} tries`)
}

function lineOver(client: Client): Line {
  let hasClosed = false
  client.on('disconnect', () => {
    hasClosed = true
  })
  const basic = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`
  const call: Line['call'] = async (method, path, body, headers = {}) => {
    if (hasClosed) throw new Error('the connection to this thread has closed')
    const answered = await client.request({
      method,
      path,
      headers: { authorization: basic, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await answered.body.text()
    return {
      status: answered.statusCode,
      headers: answered.headers,
      body: text.startsWith('{') ? JSON.parse(text) : text,
    }
  }
  return {
    call,
    send: async (events) => {
      const { status, body } = await call('POST', '/v1/batch', { batch: events })
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
    },
  }
}
