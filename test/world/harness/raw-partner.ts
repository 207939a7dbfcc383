/** A partner that answers byte for byte, for answers that no HTTP server would give. Loopback only. */
import { createServer, type Socket } from 'node:net'
import type { World } from './world.ts'

export interface RawPartner {
  readonly origin: string
  /** Whole requests as they came, head and body. */
  readonly requests: readonly string[]
  /** Connections that are open. */
  open(): number
}

/** @param answer called once a whole request has come; `nth` from 0 */
export async function rawPartner(
  world: World,
  answer: (socket: Socket, nth: number, request: string) => void,
): Promise<RawPartner> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let said = ''
    socket.setEncoding('latin1')
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: string) => {
      said += chunk
      const head = said.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/^content-length: (\d+)/im.exec(said.slice(0, head))?.[1] ?? 0)
      if (said.length < head + 4 + length) return
      const request = said.slice(0, head + 4 + length)
      said = said.slice(request.length)
      requests.push(request)
      answer(socket, requests.length - 1, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.after(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { origin: `http://127.0.0.1:${port}`, requests, open: () => sockets.size }
}

export function httpAnswer(status: string, headers: readonly string[], body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body as string)
  return Buffer.concat([
    Buffer.from([`HTTP/1.1 ${status}`, `Content-Length: ${bytes.length}`, ...headers, '', ''].join('\r\n')),
    bytes,
  ])
}
