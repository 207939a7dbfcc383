import { equal } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { keepRoom } from './room.ts'

/** Answers `/api/v1/good` with 200 and everything else under it with 401; `/api/v1/long` never ends its answer. */
async function open(t: TestContext, max: number): Promise<{ connected(): Promise<Socket> }> {
  const server: Server = createServer((request, response) => {
    if (request.url === '/api/v1/long') response.writeHead(200).write('x')
    else response.writeHead(request.url === '/api/v1/good' || request.url === '/healthz' ? 200 : 401).end()
  })
  keepRoom(server, max)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets: Socket[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    connected: async () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      // Unread, a socket never tells that the other side is gone.
      return socket.resume()
    },
  }
}

const asks = async (socket: Socket, path: string): Promise<string> => {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const [said] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
  return String(said).slice(9, 12)
}

describe('connections of the control plane', () => {
  test('strangers make room for whoever comes, the oldest first', async (t) => {
    const { connected } = await open(t, 3)
    const strangers = [await connected(), await connected(), await connected()]
    // Neither a refused call nor one that asks for no token proves anything.
    equal(await asks(strangers[0]!, '/healthz'), '200')
    equal(await asks(strangers[1]!, '/api/v1/bad'), '401')
    const gone = once(strangers[0]!, 'close')
    equal(await asks(await connected(), '/api/v1/good'), '200')
    await gone
    const next = once(strangers[1]!, 'close')
    equal(await asks(await connected(), '/api/v1/good'), '200')
    await next
    equal(await asks(strangers[2]!, '/api/v1/bad'), '401')
  })

  test('whoever proved to be in stays, also while an answer is under way', async (t) => {
    const { connected } = await open(t, 2)
    const [good, long] = [await connected(), await connected()]
    equal(await asks(good, '/api/v1/good'), '200')
    equal(await asks(long, '/api/v1/long'), '200')
    const late = await connected()
    if (!late.destroyed) await once(late, 'close')
    equal(await asks(good, '/api/v1/good'), '200')
  })
})
