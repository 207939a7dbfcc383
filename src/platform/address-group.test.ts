import { strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressGroup } from './address-group.ts'

describe('whom an address stands for', () => {
  const rows: [string | undefined, string][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['2001:db8:1::2:3:4:5', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['not an address', ''],
    [undefined, ''],
  ]
  for (const [address, group] of rows) {
    test(`${address} counts as ${group === '' ? 'nobody in particular' : group}`, () => {
      strictEqual(addressGroup(address), group)
    })
  }
})
