/** What phones send, as whole requests, and a process that sends it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { WRITE_KEY } from '../support/config-folder.ts'
import type { Order, Sent } from './sender.ts'

const BASIC = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`

/** The events of one phone, some 700 bytes each. */
export function batchRequest(phone: number, events: number): string {
  const number = String(phone).padStart(12, '0')
  return requestOf('POST', '/v1/batch', {
    batch: Array.from({ length: events }, (_, index) => ({
      type: 'track',
      event: 'Order Completed',
      userId: `user-${phone}`,
      anonymousId: `8f14e45f-ceea-467f-a0e6-${number}`,
      timestamp: '2026-01-31T12:00:00.000Z',
      properties: {
        revenue: index,
        currency: 'USD',
        order_id: `order-${phone}-${index}`,
        note: 'nothing in particular',
      },
      context: {
        device: { id: `6D92078A-8246-4BA4-AE5B-${number}`, attTrackingStatus: 3, model: 'iPhone14,2' },
        os: { name: 'iOS', version: '17.5' },
        location: { country: 'US', region: 'TX' },
        userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)',
        locale: 'en-US',
      },
    })),
  })
}

export function optOutRequest(user: string): string {
  return requestOf('PUT', '/v1/me/choices', { identities: { user }, opt_out: true })
}

function requestOf(method: string, path: string, body: object): string {
  const text = JSON.stringify(body)
  return `${method} ${path} HTTP/1.1\r\nHost: sluice\r\nAuthorization: ${BASIC}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

/** Carries out the order in a process of its own, which ends with it. */
export async function sent(order: Order): Promise<Sent> {
  const child = fork(join(import.meta.dirname, 'sender.ts'))
  try {
    child.send(order)
    const [answer] = (await once(child, 'message')) as [Sent]
    return answer
  } finally {
    child.kill()
  }
}

/** @param part 0 … 1 */
export function percentile(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN
}
