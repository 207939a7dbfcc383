/** Partners' answers in a content coding were read as if they were in none: a success ended dead, a refusal delivered. */
import { deepEqual, equal } from 'node:assert/strict'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { webhookContract } from '../../support/config-folder.ts'
import { httpAnswer, rawPartner } from '../harness/raw-partner.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const TYPES = {
  appsflyer: {
    share: { partner_id: 'pass' },
    connection: { app_id: 'id1234567890', key: { env: 'PARTNER_KEY' } },
  },
  singular: {
    share: { advertising_id: 'pass', os: 'pass', ip: [32, 0] },
    connection: { key: { env: 'PARTNER_KEY' }, app_version: '1.0' },
  },
  webhook: { share: { os: 'pass' }, connection: {} },
} as const

const EVENT = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  messageId: 'm-1',
  properties: { revenue: 1 },
  integrations: { AppsFlyer: { appsFlyerId: '1700000000000-1234567890123456789' } },
  context: {
    device: { type: 'ios', advertisingId: '6D92078A-8246-4BA4-AE5B-76104861E7DC', attTrackingStatus: 3 },
    os: { name: 'iOS', version: '17.5' },
    ip: '203.0.113.7',
    location: { country: 'US', region: 'TX' },
  },
}

/** How the pair ended, after so many requests, for a partner that always answers so. */
async function endOf(world: World, type: keyof typeof TYPES, headers: readonly string[], body: Buffer | string) {
  const partner = await rawPartner(world, (socket) => socket.write(httpAnswer('200 OK', headers, body)))
  const { share, connection } = TYPES[type]
  const contract = webhookContract('acme', partner.origin, {
    type,
    share,
    when_restricted: { send: 'nothing' },
    connection:
      type === 'webhook'
        ? { url: `${partner.origin}/in`, idempotent: true }
        : { ...connection, origin: partner.origin },
    limits: { per_second: 1_000, concurrency: 2, timeout_ms: 3_000, attempts: 3 },
  })
  const gateway = await world.folder({ contracts: [contract] })
  await gateway.start({ env: { PARTNER_KEY: 'secret' } })
  equal((await gateway.send([EVENT])).status, 200)
  await gateway.settled()
  const { body: books } = await gateway.staff('/api/v1/accounting')
  const settled = books.pairs.acme.settled as Record<string, number>
  return [Object.keys(settled).filter((state) => settled[state] !== 0), partner.requests.length]
}

const gzip = ['Content-Encoding: gzip']
const REFUSAL = '{"status":"error","reason":"missing values"}'

export const world: WorldCase = {
  source: 'RFC 9110 8.4.1, 12.5.3; openai/codex#37228, mercurius-js/mercurius-gateway#109, nodejs/undici#883',
  faults: {
    'gzip-success': async (world) =>
      deepEqual(await endOf(world, 'appsflyer', gzip, gzipSync('OK')), [['delivered'], 1]),
    'gzip-refusal': async (world) => deepEqual(await endOf(world, 'singular', gzip, gzipSync(REFUSAL)), [['dead'], 1]),
    'br-refusal': async (world) =>
      deepEqual(await endOf(world, 'singular', ['Content-Encoding: br'], brotliCompressSync(REFUSAL)), [['dead'], 1]),
    'deflate-success': async (world) =>
      deepEqual(await endOf(world, 'appsflyer', ['Content-Encoding: deflate'], deflateSync('OK')), [['delivered'], 1]),
    'unknown-coding-is-unresolved': async (world) =>
      deepEqual(await endOf(world, 'appsflyer', ['Content-Encoding: x-own'], '\u0001\u0002'), [['unresolved'], 1]),
    'refusal-behind-megabytes-of-spaces': async (world) =>
      deepEqual(await endOf(world, 'singular', gzip, gzipSync(`${' '.repeat(8_000_000)}${REFUSAL}`)), [
        ['unresolved'],
        1,
      ]),
  },
  neighbours: {
    'a plain success is delivered': async (world) =>
      deepEqual(await endOf(world, 'appsflyer', [], 'OK'), [['delivered'], 1]),
    'a plain refusal is dead': async (world) => deepEqual(await endOf(world, 'singular', [], REFUSAL), [['dead'], 1]),
    'identity is no coding': async (world) =>
      deepEqual(await endOf(world, 'appsflyer', ['Content-Encoding: identity'], 'OK'), [['delivered'], 1]),
    'a webhook needs no body': async (world) =>
      deepEqual(await endOf(world, 'webhook', gzip, gzipSync('whatever')), [['delivered'], 1]),
  },
}
