/** One IPv4 address has several IPv6 spellings: the mask was applied to the outer one. */
import { equal, ok } from 'node:assert/strict'
import { type Bid, OPTED_OUT, startBidder } from '../harness/bidder.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** 203.0.113.77, of which 24 bits may stay: the last byte is 0x4d, in Teredo inverted 0xb2. */
const SPELLINGS = {
  'relay-C1': '2002:cb00:714d::1',
  'relay-C1-nat64': '64:ff9b::cb00:714d',
  'relay-C1-local-nat64': '64:ff9b:1::cb00:714d',
  'relay-C1-local-nat64-behind-its-48': '64:ff9b:1:cb00:71:4d00::',
}
const denied = { lmt: 1, ext: { atts: 2 } }

function shows({ device }: Bid): string {
  return `${device.ip ?? ''} ${device.ipv6 ?? ''}`
}

export const world: WorldCase = {
  source: 'RFC 3056 §2, RFC 4380 §4, RFC 5214 §6.1, RFC 6052 §2.2, RFC 8215; darsyn/ip#110',
  faults: Object.fromEntries(
    Object.entries({ 'relay-C1': SPELLINGS['relay-C1'] }).map(([id, ipv6]) => [
      id,
      async (world) => {
        const { sent } = await startBidder(world)
        for (const parts of [
          { regs: OPTED_OUT },
          { device: denied },
          { device: { ip: '203.0.113.77' }, regs: OPTED_OUT },
        ]) {
          const { device = {} } = parts as Bid
          const shown = shows(await sent({ ...parts, device: { ...device, ipv6 } }))
          ok(!/714d|113\.77/.test(shown), shown)
        }
      },
    ]),
  ),
  neighbours: {
    'the others hold no more than 24 bits of it': async (world) => {
      const { sent } = await startBidder(world)
      const texts = [
        ...Object.values(SPELLINGS).slice(1),
        '2001:0:4136:e378:8000:63bf:34ff:8eb2',
        '2001:db8:1:2:0:5efe:203.0.113.77',
      ]
      for (const ipv6 of texts) {
        const shown = shows(await sent({ device: { ipv6 }, regs: OPTED_OUT }))
        ok(!/714d|4d00|8eb2|113\.77/.test(shown), shown)
      }
    },
    'a mapped address is masked as IPv4, another as IPv6': async (world) => {
      const { sent } = await startBidder(world)
      const mapped = shows(await sent({ device: { ipv6: '::ffff:203.0.113.77' }, regs: OPTED_OUT }))
      ok(!/77|714d/.test(mapped), mapped)
      equal((await sent({ device: { ipv6: '2001:db8:aaaa:bbbb::1' }, regs: OPTED_OUT })).device.ipv6, '2001:db8:aaaa::')
      equal((await sent({ device: { ip: '203.0.113.77' }, regs: OPTED_OUT })).device.ip, '203.0.113.0')
    },
    'where nothing restricts and all is granted, the address stays': async (world) => {
      const { sent } = await startBidder(world)
      equal((await sent({ device: { ipv6: '2001:db8:aaaa:bbbb::1' } })).device.ipv6, '2001:db8:aaaa:bbbb::1')
    },
  },
}
