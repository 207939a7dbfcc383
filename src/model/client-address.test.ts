import { equal } from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, test } from 'node:test'
import { bareAddress } from './address-text.ts'
import { clientAddress } from './client-address.ts'

const PROXIES = ['127.0.0.1', '10.0.0.2', '2001:db8:ffff::1']

/** What a request from the first proxy with these headers is taken to come from. */
function from(headers: IncomingHttpHeaders, peer = '127.0.0.1'): string | undefined {
  return clientAddress({ headers, socket: { remoteAddress: peer } }, (address) => PROXIES.includes(address))
}

describe('an address as it is written', () => {
  const rows: [string, string | undefined][] = [
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['203.0.113.7:_hidden', '203.0.113.7'],
    ['"203.0.113.7:51234"', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['"[2001:db8::7]:4711"', '2001:db8::7'],
    ['"[2001:DB8:cafe::17]"', '2001:DB8:cafe::17'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['[::ffff:203.0.113.7]:80', '::ffff:203.0.113.7'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['', undefined],
    ['unknown', undefined],
    ['_gazonk', undefined],
    ['"_gazonk"', undefined],
    ['localhost:80', undefined],
    ['203.0.113', undefined],
    ['203.0.113.7:', undefined],
    ['203.0.113.7:port', undefined],
    ['203.0.113.7:51234:1', undefined],
    ['[203.0.113.7]:80', undefined],
    ['[2001:db8::7', undefined],
    ['[2001:db8::7]4711', undefined],
    ['2001:db8::7:51234:1:2:3:4:5:6', undefined],
    [`[${':'.repeat(200)}]`, undefined],
  ]
  for (const [text, address] of rows) test(text.slice(0, 40), () => equal(bareAddress(text), address))
})

describe('who asks', () => {
  const rows: [string, IncomingHttpHeaders, string | undefined][] = [
    ['no proxy has said anything', {}, '127.0.0.1'],
    ['a bare address', { 'x-forwarded-for': '203.0.113.7' }, '203.0.113.7'],
    ['an address with its port', { 'x-forwarded-for': '203.0.113.7:51234' }, '203.0.113.7'],
    ['a chain of proxies that write ports', { 'x-forwarded-for': '203.0.113.7:51234, 10.0.0.2:80' }, '203.0.113.7'],
    ['what the client made up before', { 'x-forwarded-for': '198.51.100.1, 203.0.113.7:1' }, '203.0.113.7'],
    ['a version 6 address in brackets', { 'x-forwarded-for': '[2001:db8::7]:4711' }, '2001:db8::7'],
    ['a client who hides', { 'x-forwarded-for': 'unknown' }, undefined],
    ['a hidden hop, and what stands before it', { 'x-forwarded-for': '198.51.100.1, unknown' }, undefined],
    ['RFC 7239', { forwarded: 'for=192.0.2.60;proto=http;by=203.0.113.43' }, '192.0.2.60'],
    ['RFC 7239, §4: any case, a port', { forwarded: 'For="[2001:db8:cafe::17]:4711"' }, '2001:db8:cafe::17'],
    ['RFC 7239, §7.1: two hops', { forwarded: 'for=192.0.2.43, for="[2001:db8:ffff::1]"' }, '192.0.2.43'],
    ['RFC 7239, §6.3: a hidden name', { forwarded: 'for="_SEVKISEK"' }, undefined],
    ['RFC 7239 without `for`', { forwarded: 'proto=https;by=10.0.0.1' }, undefined],
    [
      'both: the list is what more proxies keep',
      { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=192.0.2.1' },
      '203.0.113.7',
    ],
  ]
  for (const [what, headers, address] of rows) test(what, () => equal(from(headers), address))

  test('who is no proxy is not believed', () => {
    equal(from({ 'x-forwarded-for': '203.0.113.7:1' }, '192.0.2.9'), '192.0.2.9')
    equal(from({ forwarded: 'for=203.0.113.7' }, '192.0.2.9'), '192.0.2.9')
  })
})
