/** A partner's server for tests: keeps what it was sent, answers as it is told, and can hold answers back. */
import { randomInt } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface TestPartner {
  readonly origin: string
  readonly received: Received[]
  /** Every item of every webhook batch so far. */
  items(): readonly Record<string, unknown>[]
  /** What the next requests are answered; default 200 `OK`. */
  answer: { status: number; body: string; headers?: Record<string, string> }
  /** Answers each request by what it holds, where given; else `answer`. */
  answerTo?: (received: Received) => TestPartner['answer']
  /** While true, requests are read but not answered. */
  hold(held: boolean): void
  goDown(): Promise<void>
  comeBack(): Promise<void>
}

export async function startPartner(): Promise<TestPartner> {
  const received: Received[] = []
  let held: (() => void)[] | undefined
  const create = (): Server =>
    createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request
        const one = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') }
        received.push(one)
        const reply = (): void => {
          const answer: TestPartner['answer'] = partner.answerTo?.(one) ?? partner.answer
          response.writeHead(answer.status, answer.headers).end(answer.body)
        }
        if (held === undefined) reply()
        else held.push(reply)
      })
    })
  let server = create()
  const host = await addressOfItsOwn()
  const port = await listen(server, host, 0)
  const partner: TestPartner = {
    origin: `http://${host}:${port}`,
    received,
    answer: { status: 200, body: 'OK' },
    items: () => received.flatMap(({ body }) => itemsOf(body)),
    hold: (hold) => {
      const waiting = held ?? []
      held = hold ? (held ?? []) : undefined
      if (!hold) for (const reply of waiting) reply()
    },
    goDown: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
    comeBack: async () => {
      server = create()
      await listen(server, host, port)
    },
  }
  return partner
}

function itemsOf(body: string): readonly Record<string, unknown>[] {
  const parsed: unknown = JSON.parse(body)
  const { batch } = parsed as { readonly batch?: readonly Record<string, unknown>[] }
  return batch ?? [parsed as Record<string, unknown>]
}

/**
 * An address of the loopback network that no other test uses: while a partner is down nobody takes its port, and the
 * retries of another test's gateway do not reach it. Systems with one loopback address give that.
 */
async function addressOfItsOwn(): Promise<string> {
  const [a, b, c] = [randomInt(1, 255), randomInt(1, 255), randomInt(1, 255)]
  const host = `127.${a}.${b}.${c}`
  const probe = createServer()
  try {
    await listen(probe, host, 0)
    return host
  } catch {
    return '127.0.0.1'
  } finally {
    probe.close()
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port
}
