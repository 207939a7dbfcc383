/** A partner's server on loopback: records requests, and can be stopped and restarted on the same port. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly body: string
}

export interface PartnerServer {
  readonly origin: string
  /** Requests since the last call. */
  take(): readonly ReceivedRequest[]
  goDown(): Promise<void>
  comeBack(): Promise<void>
}

export async function startPartnerServer(): Promise<PartnerServer> {
  let received: ReceivedRequest[] = []
  let server = createPartner((request) => received.push(request))
  const port = await listen(server, 0)
  return {
    origin: `http://127.0.0.1:${port}`,
    take: () => {
      const taken = received
      received = []
      return taken
    },
    goDown: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
    comeBack: async () => {
      server = createPartner((request) => received.push(request))
      await listen(server, port)
    },
  }
}

function createPartner(receive: (request: ReceivedRequest) => void): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      receive({ method: request.method ?? '', path: request.url ?? '', body: Buffer.concat(chunks).toString('utf8') })
      response.end('OK')
    })
  })
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  // Sound: a listening TCP server has an address of this form.
  return (server.address() as AddressInfo).port
}
