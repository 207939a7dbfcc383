import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { EventRef, PartnerId } from '../model/brand.ts'
import { eventSecret, pairRefOf } from './pair-ref.ts'

const DIGITS = '00112233445566778899aabbccddeeff'
const META = 'meta' as PartnerId

test('a pair’s reference is HMAC-SHA256 of the partner under the event’s secret, 16 bytes, at each partner another', () => {
  const expected = createHmac('sha256', Buffer.from(DIGITS, 'hex')).update('meta', 'utf8').digest().subarray(0, 16)
  equal(pairRefOf(eventSecret(DIGITS), META), expected.toString('hex'))
  notEqual(pairRefOf(eventSecret(DIGITS), META), pairRefOf(eventSecret(DIGITS), 'branch' as PartnerId))
})

test('an event accepted before, and a relayed request, keep the reference they have at every partner', () => {
  const old = DIGITS as EventRef
  deepEqual([pairRefOf(old, META), pairRefOf(old, 'branch' as PartnerId)], [old, old])
})
