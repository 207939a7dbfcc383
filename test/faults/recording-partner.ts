/** A partner's server that notes down what it receives before it answers, and that often answers badly or not at all. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Arrivals } from './arrivals.ts'
import type { Dice } from './random.ts'

export interface RecordingPartner {
  readonly id: string
  readonly origin: string
  /** From now on every request is answered with 200 at once. */
  behave(): void
  /** Resolves when no connection is left: nothing that a killed gateway sent is still on its way. */
  quiet(): Promise<void>
  close(): Promise<void>
}

/** How often which answer, in parts of 100; the rest is 200 at once. */
const SLOW = 15
const ERROR = 9
const BUSY = 3
const GONE = 1
const HANG = 3
const DROP = 5

export async function startRecordingPartner(id: string, arrivals: Arrivals, dice: Dice): Promise<RecordingPartner> {
  let behaves = false
  const sockets = new Set<Socket>()
  let whenQuiet: (() => void)[] = []

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let mood = behaves ? 100 : dice.between(0, 99)
    const is = (share: number): boolean => {
      mood -= share
      return mood < 0
    }
    if (is(DROP)) request.socket.destroy()
    else if (is(HANG)) return
    else if (is(GONE)) reply(response, 410)
    else if (is(BUSY)) reply(response, 429)
    else if (is(ERROR)) reply(response, 500)
    else if (is(SLOW)) setTimeout(() => reply(response, 200), dice.between(5, 150))
    else reply(response, 200)
  }
  const server = createServer((request, response) => {
    const arrival = arrivals.begin(id)
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      arrival.body += text
    })
    request.on('end', () => {
      arrival.isWhole = true
      answer(request, response)
    })
    // A gateway that is killed resets its connections.
    request.on('error', () => request.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size > 0) return
      for (const resolve of whenQuiet) resolve()
      whenQuiet = []
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    id,
    origin: `http://127.0.0.1:${port}`,
    behave: () => {
      behaves = true
    },
    quiet: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => whenQuiet.push(resolve))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function reply(response: ServerResponse, status: number): void {
  response.writeHead(status).end('OK')
}
