import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isShowable } from './showable.ts'

describe('names that may be shown', () => {
  // Names of public event specifications, property names of vendors’ own samples, and of this kind.
  const shown = [
    'Order Completed',
    'Product List Filtered',
    'checkout_started',
    'af_content_type',
    'fb_mobile_add_to_cart',
    'products[].product_id',
    'traits.plan',
    'order.shipping_method',
    'cartTotal',
    'is_first_time_buyer',
    'Kauf abgeschlossen',
    '購入完了',
    '$revenue',
    'a'.repeat(19),
  ]
  for (const name of shown) test(name, () => equal(isShowable(name), true))

  const hidden: readonly (readonly [why: string, name: string])[] = [
    ['an e-mail address', 'ann@mail.example'],
    ['an e-mail address within a sentence', 'Viewed ann@mail.example today'],
    ['an advertising id', '6D92078A-8246-4BA4-AE5B-76104861E7DC'],
    ['an advertising id behind a word', 'Viewed 6D92078A-8246-4BA4-AE5B-76104861E7DC'],
    ['an id within a path', 'products.7a1f3c5e2b4d.price'],
    ['a phone number', '+1 202 555 0123'],
    ['an address on the network', '203.0.113.77'],
    ['a position', '38.58157'],
    ['a number of an order', 'order 10042'],
    ['a digest', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['letters that nobody sees', 'coupon\u202ecode'],
    ['more than 64 letters', `${'word '.repeat(13)}`.trim().padEnd(65, 'x')],
    ['nothing', '  '],
  ]
  for (const [why, name] of hidden) test(`not ${why}`, () => equal(isShowable(name), false))

  test('64 letters, and no more', () => {
    const name = 'one two six '.repeat(6)
    equal(isShowable(name.slice(0, 63)), true)
    equal(isShowable(name.slice(0, 65)), false)
  })
})
