import { match, rejects, strictEqual } from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, test } from 'node:test'
import { request } from 'undici'
import { closeServer, listenWidely } from './servers.ts'

describe('a server that listens widely', () => {
  test('answers on connections of all of its sockets, and none of them listens once it is closed', async () => {
    const server = createServer((_request, response) => response.end('here'))
    const url = await listenWidely(server, { host: '127.0.0.1', port: 0 }, 'data_plane')
    const asked = Array.from({ length: 100 }, async () => {
      const { body } = await request(url, { reset: true })
      return body.text()
    })
    strictEqual((await Promise.all(asked)).filter((text) => text === 'here').length, 100)
    await closeServer(server, 1_000)
    await rejects(request(url, { reset: true }), { code: 'ECONNREFUSED' })
  })
  test('does not share its port with another program, nor another’s', async (t) => {
    const first = createServer()
    const url = await listenWidely(first, { host: '127.0.0.1', port: 0 }, 'data_plane')
    t.after(() => closeServer(first, 1_000))
    const port = Number(new URL(url).port)
    await rejects(listenWidely(createServer(), { host: '127.0.0.1', port }, 'data_plane'), (error: unknown) => {
      match(String(error), /data_plane: port \d+ of 127\.0\.0\.1 is taken/)
      return true
    })
  })
})
