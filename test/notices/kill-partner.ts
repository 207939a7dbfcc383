/** A partner that notes down each notice before it answers, and what it answered; it often answers badly or not at all. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Dice } from '../faults/random.ts'
import type { Told } from './telling.ts'

/** `later`: refused for now, in so many words. `dropped`, `hung`: read, and never answered. */
type Manner = 'accepted' | 'confirmed' | 'in_progress' | 'no_match' | 'refused' | 'later' | 'dropped' | 'hung'

export interface ToldOnce extends Told {
  readonly manner: Manner
}

export interface KillPartner {
  readonly id: string
  readonly origin: string
  /** Every notice that arrived whole, in order. */
  readonly told: readonly ToldOnce[]
  /** By vendor id, what its events said of whoever has it. */
  readonly known: ReadonlyMap<string, ReadonlySet<string>>
  behave(): void
  close(): Promise<void>
}

interface Item {
  readonly advertising_id: { readonly id: string }
  readonly device: { readonly vendor_id: string }
  readonly user: { readonly id: string }
}

/** Parts of 100; the rest is accepted. */
const SHARES: readonly (readonly [Manner, number])[] = [
  ['dropped', 8],
  ['hung', 5],
  ['later', 14],
  ['no_match', 6],
  ['refused', 5],
  ['confirmed', 12],
  ['in_progress', 15],
]
const STATUS: Readonly<Partial<Record<Manner, number>>> = { later: 503, refused: 410, no_match: 404 }
const SLOWEST_MS = 60

export async function startKillPartner(id: string, dice: Dice): Promise<KillPartner> {
  let behaves = false
  const told: ToldOnce[] = []
  const known = new Map<string, Set<string>>()
  const manner = (): Manner => {
    let left = behaves ? 100 : dice.between(0, 99)
    for (const [name, share] of SHARES) {
      left -= share
      if (left < 0) return name
    }
    return 'accepted'
  }
  const answer = (response: ServerResponse, how: Manner): void => {
    if (how === 'dropped') response.socket?.destroy()
    if (how === 'dropped' || how === 'hung') return
    const reply = (): void => {
      const isState = how !== 'later' && how !== 'accepted'
      response.writeHead(STATUS[how] ?? 200).end(isState ? JSON.stringify({ state: how }) : 'OK')
    }
    setTimeout(reply, behaves ? 0 : dice.between(0, SLOWEST_MS))
  }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('error', () => request.destroy())
    request.on('end', () => {
      if (request.method === 'GET') return answer(response, 'confirmed')
      if (request.url === '/privacy') {
        const how = manner()
        told.push({ ...(JSON.parse(body) as Told), manner: how })
        return answer(response, how)
      }
      for (const {
        advertising_id: { id: advertisingId },
        device,
        user,
      } of (JSON.parse(body) as { readonly batch: readonly Item[] }).batch)
        known.set(device.vendor_id, new Set([device.vendor_id, advertisingId, user.id]))
      response.writeHead(200).end('OK')
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
    told,
    known,
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
