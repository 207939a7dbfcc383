/** The partners of the race: slow, short of slots, forming batches, failing now and then. What their contracts say. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Arrivals } from '../faults/arrivals.ts'
import type { Dice } from '../faults/random.ts'
import { type TestContract, webhookContract } from '../support/config-folder.ts'
import { bidderContract } from '../support/relay.ts'

export interface SlowPartner {
  readonly id: string
  readonly origin: string
  /** From now on every request is answered at once. */
  behave(): void
  close(): Promise<void>
}

/** How often which answer, in parts of 100; the rest is slow. */
const ERROR = 5
const BUSY = 3
const DROP = 3
const AT_ONCE = 15
/** Milliseconds of a slow answer. */
const SLOW_MS = [5, 45] as const

export async function startSlowPartner(id: string, arrivals: Arrivals, dice: Dice): Promise<SlowPartner> {
  let behaves = false
  const reply = (response: ServerResponse, status: number): void => {
    response.writeHead(status).end(status === 200 ? '{}' : '')
  }
  const server = createServer((request, response) => {
    const arrival = arrivals.begin(id)
    request.setEncoding('utf8')
    request.on('error', () => request.destroy())
    request.on('data', (text: string) => {
      arrival.body += text
    })
    request.on('end', () => {
      arrival.isWhole = true
      let mood = behaves ? ERROR + BUSY + DROP : dice.between(0, 99)
      const is = (share: number): boolean => {
        mood -= share
        return mood < 0
      }
      if (is(ERROR)) reply(response, 500)
      else if (is(BUSY)) reply(response, 429)
      else if (is(DROP)) request.socket.destroy()
      else if (is(AT_ONCE)) reply(response, 200)
      else setTimeout(() => reply(response, 200), dice.between(...SLOW_MS))
    })
  })
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    id,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: () => {
      behaves = true
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Those that get events, each event of everybody. */
export const EVENT_PARTNERS = ['saturated', 'forming', 'limited'] as const
export const RELAY_PARTNER = 'bidder'

/** A name that says whose an item is where nothing restricts; unlike the user's id, which the guard would look for. */
export const tagOf = (person: number): string => `tag-${String(person).padStart(8, '0')}`
export const advertisingIdOf = (person: number): string => `6D92078A-8246-4BA4-AE5B-${String(person).padStart(12, '0')}`

/** Whose tags and advertising ids a body holds. */
export function peopleIn(body: string): ReadonlySet<number> {
  const marks = body.matchAll(/tag-(\d{8})|6d92078a-8246-4ba4-ae5b-(\d{12})/giu)
  return new Set([...marks].map(([, tag, id]) => Number(tag ?? id)))
}

export function contractsOf(originOf: (partner: string) => string): readonly TestContract[] {
  const limits = (part: object) => ({ per_second: 10_000, timeout_ms: 2_000, attempts: 6, ...part })
  const webhook = (id: string, part: object): TestContract =>
    webhookContract(id, originOf(id), {
      events: { 'Order Completed': { as: 'purchase', properties: { who: 'who' } } },
      share: { message_id: 'pass', advertising_id: 'pass', os: 'pass', property: 'pass' },
      connection: { url: `${originOf(id)}/hooks`, batch: true, idempotent: true },
      when_restricted: { send: 'nothing' },
      ...part,
    })
  return [
    webhook('saturated', { limits: limits({ concurrency: 2, batch: 1, linger_ms: 0 }) }),
    webhook('forming', { limits: limits({ concurrency: 4, batch: 50, linger_ms: 25 }) }),
    webhook('limited', {
      limits: limits({ concurrency: 8, batch: 20, linger_ms: 5 }),
      when_restricted: { send: 'limited', share: { message_id: 'pass', os: 'reduced' } },
    }),
    bidderContract(RELAY_PARTNER, originOf(RELAY_PARTNER), { limits: limits({ concurrency: 4 }) }),
  ]
}
