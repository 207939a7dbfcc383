/** The client's address behind proxies that write it with a port, brackets or quotation marks. */
import { equal } from 'node:assert/strict'
import { exactPartners } from '../harness/exact-partners.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const US = '"context":{"location":{"country":"US","region":"TX"}}'

/** The address at the partner of an event without one of its own. */
async function addressOf(
  world: World,
  headers: Readonly<Record<string, string>>,
  trusted = ['127.0.0.1'],
): Promise<unknown> {
  const { send, items } = await exactPartners(world, {
    data_plane: { host: '127.0.0.1', port: 0 },
    trusted_proxies: trusted,
  })
  await send(`"userId":"u-1",${US}`, headers)
  return items()[0]?.ip
}

export const world: WorldCase = {
  source: 'express-rate-limit/express-rate-limit#234, rack/rack#1227, goauthentik/authentik#25679; RFC 7239 §4 and §6',
  faults: {
    'sdk-16': async (world) => equal(await addressOf(world, { 'x-forwarded-for': '203.0.113.7:51234' }), '203.0.113.7'),
    'sdk-16-brackets': async (world) =>
      equal(await addressOf(world, { 'x-forwarded-for': '"[2001:db8::7]:4711"' }), '2001:db8::7'),
    'sdk-16-forwarded': async (world) =>
      equal(await addressOf(world, { forwarded: 'For="[2001:db8:cafe::17]:4711";proto=https' }), '2001:db8:cafe::17'),
  },
  neighbours: {
    'a bare address is read': async (world) =>
      equal(await addressOf(world, { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }), '203.0.113.7'),
    'a proxy that does not say leaves nobody’s address': async (world) =>
      equal(await addressOf(world, { 'x-forwarded-for': 'unknown' }), undefined),
    'who is no proxy is not believed': async (world) =>
      equal(await addressOf(world, { 'x-forwarded-for': '203.0.113.7' }, ['10.0.0.1']), '127.0.0.1'),
  },
}
