/** A sender that closes its sending side behind the request got no answer, though its event was taken. */
import { strictEqual } from 'node:assert/strict'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import { openRaw } from '../harness/raw.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const post = (path: string, method: string, body: object): string => {
  const text = JSON.stringify(body)
  const authorization = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`
  return `${method} ${path} HTTP/1.1\r\nHost: sluice\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}
const batch = { batch: [{ type: 'track', event: 'Order Completed', userId: 'u1', messageId: 'm1' }] }

async function statusOf(world: World, bytes: string, halfClose: boolean): Promise<string | undefined> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
  const raw = await openRaw(gateway.dataUrl, bytes, { halfClose })
  await raw.closed
  return raw.said().split(' ', 2)[1]
}

export const world: WorldCase = {
  source: 'encode/httpcore#723, nodejs/node#49073, oven-sh/bun#35034; RFC 9112 9.6',
  faults: {
    'half-close-batch': async (world) =>
      strictEqual(await statusOf(world, post('/v1/batch', 'POST', batch), true), '200'),
    'half-close-choice': async (world) =>
      strictEqual(
        await statusOf(world, post('/v1/me/choices', 'PUT', { identities: { user: 'u1' }, opt_out: true }), true),
        '200',
      ),
  },
  neighbours: {
    'a sender that asks for the connection to be closed is answered': async (world) =>
      strictEqual(
        await statusOf(world, post('/v1/batch', 'POST', batch).replace('Host', 'Connection: close\r\nHost'), false),
        '200',
      ),
  },
}
