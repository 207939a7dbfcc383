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
  const lines: Line[] = []
  const count = house.gateway.dataThreads!.readings().length
  for (let tries = 0; tries < PATIENCE; tries++) {
    if (Object.keys(lines).length === count) return lines
    const { place, client, line } = await openLine(t, house)
    if (place === undefined || lines[place] !== undefined) await client.destroy()
    else lines[place] = line
  }
  throw new Error(`no connection to each of ${count} threads in ${PATIENCE} tries`)
}

/** `place` is undefined where another connection closed meanwhile, so that nothing is known of this one. */
export async function openLine(t: Pick<TestContext, 'after'>, house: House) {
  const threads = house.gateway.dataThreads!
  const openAt = async (): Promise<readonly number[]> => {
    await threads.flush()
    return threads.readings().map(({ state }) => state?.connections.open ?? 0)
  }
  const before = await openAt()
  const client = new Client(house.gateway.dataUrl, { pipelining: 1, keepAliveTimeout: 600_000 })
  t.after(() => client.destroy())
  const line = lineOver(client)
  await line.call('POST', '/v1/nothing', {})
  const grown = (await openAt()).map((open, at) => open - (before[at] ?? 0))
  const only = grown.indexOf(1)
  const isSure = only >= 0 && grown.every((by, at) => by === (at === only ? 1 : 0))
  return { client, line, place: isSure ? only : undefined }
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
