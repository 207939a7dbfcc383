/** One address has several spellings: no more of an IPv4 address inside stays than the IPv4 bits of the grant. */
import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { maskIp } from './mask-ip.ts'

describe('an IPv6 address with the IPv4 address 203.0.113.77 inside, of which 24 bits may stay', () => {
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ['IPv4-mapped', '::ffff:203.0.113.77', '203.0.113.0'],
    ['IPv4-mapped, in hexadecimal', '::ffff:cb00:714d', '203.0.113.0'],
    ['IPv4-compatible', '::203.0.113.77', '203.0.113.0'],
    ['IPv4-translated', '::ffff:0:203.0.113.77', '203.0.113.0'],
    ['NAT64', '64:ff9b::cb00:714d', '203.0.113.0'],
    ['NAT64, spelled out', '0064:FF9B:0:0:0:0:203.0.113.77', '203.0.113.0'],
    ['NAT64 for local use, behind a /96', '64:ff9b:1::cb00:714d', undefined],
    ['NAT64 for local use, behind its /48', '64:ff9b:1:cb00:71:4d00::', undefined],
    ['6to4', '2002:cb00:714d::1', '2002:cb00:7100::'],
    ['6to4, with a network of its own', '2002:CB00:714D:0001:0002:0003:0004:0005', '2002:cb00:7100::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:34ff:8eb2', '2001:0:4136::'],
    ['ISATAP', '2001:db8:aaaa:bbbb:0:5efe:203.0.113.77', '2001:db8:aaaa::'],
    ['with a zone', '2002:cb00:714d::1%eth0', '2002:cb00:7100::'],
  ]
  for (const [what, text, masked] of rows) {
    test(`${what}: ${masked ?? 'no address'}`, () => {
      equal(maskIp(text, 24, 48), masked)
    })
    test(`${what}: finer IPv6 bits give no more of it`, () => {
      for (const v6Bits of [49, 64, 96, 120, 127, 128]) {
        const kept = maskIp(text, 24, v6Bits) ?? ''
        equal(/4d|8eb2|113\.77/.test(kept), false, `${v6Bits}: ${kept}`)
      }
    })
  }
  const plain: readonly (readonly [string, string])[] = [
    ['2001:db8:aaaa:bbbb::1', '2001:db8:aaaa::'],
    ['2003:cb00:714d::1', '2003:cb00:714d::'],
    ['2001:1:cb00:714d::1', '2001:1:cb00::'],
    ['64:ff9b:2:cb00:714d::1', '64:ff9b:2::'],
    ['2001:db8:1:2:0:5eff:cb00:714d', '2001:db8:1::'],
    ['::', '::'],
    ['::1', '::'],
  ]
  for (const [text, masked] of plain) {
    test(`${text} holds none: ${masked}`, () => {
      equal(maskIp(text, 24, 48), masked)
    })
  }
  test('where both are granted whole, the address stays as it is; a mapped or compatible one is IPv4', () => {
    for (const [, text] of rows.slice(4, -1)) {
      equal(maskIp(text, 32, 128), ipaddr.IPv6.parse(text).toRFC5952String())
    }
    for (const [, text] of rows.slice(0, 3)) equal(maskIp(text, 32, 128), '203.0.113.77')
  })
})

test('two IPv4 addresses that share the granted bits give the same, in each spelling', () => {
  const spellings: readonly ((hex: readonly [string, string]) => string)[] = [
    ([high, low]) => `::${high}:${low}`,
    ([high, low]) => `::ffff:${high}:${low}`,
    ([high, low]) => `::ffff:0:${high}:${low}`,
    ([high, low]) => `64:ff9b::${high}:${low}`,
    ([high, low]) => `64:ff9b:1::${high}:${low}`,
    ([high, low]) => `2002:${high}:${low}::1`,
    ([high, low]) => `2001:0:4136:e378:8000:63bf:${inverted(high)}:${inverted(low)}`,
    ([high, low]) => `2001:db8:1:2:200:5efe:${high}:${low}`,
  ]
  const spell = (index: number, v4: number): string => {
    const hex = v4.toString(16).padStart(8, '0')
    return spellings[index]!([hex.slice(0, 4), hex.slice(4)])
  }
  fc.assert(
    fc.property(
      fc.nat(spellings.length - 1),
      fc.integer({ min: 0x0100_0000, max: 0xffff_ffff }),
      fc.nat(0xffff_ffff),
      fc.integer({ min: 8, max: 31 }),
      fc.integer({ min: 0, max: 128 }),
      (index, v4, other, v4Bits, v6Bits) => {
        const mask = 2 ** (32 - v4Bits)
        const neighbour = Math.floor(v4 / mask) * mask + (other % mask)
        equal(maskIp(spell(index, v4), v4Bits, v6Bits), maskIp(spell(index, neighbour), v4Bits, v6Bits))
      },
    ),
    { numRuns: 2_000 },
  )
})

function inverted(hex: string): string {
  return (0xffff - Number.parseInt(hex, 16)).toString(16)
}
