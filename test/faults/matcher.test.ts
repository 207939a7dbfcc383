import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WitnessedIntent } from './ledger-witness.ts'
import { createMatcher } from './matcher.ts'

const intent = (seq: number, event: string, text: string, part: Partial<WitnessedIntent> = {}): WitnessedIntent => ({
  kind: 'intent',
  seq,
  id: String(seq),
  partner: 'acme',
  eventRef: `ref ${event}`,
  attempt: 1,
  bytes: text.length,
  epoch: 0,
  blind: '',
  commitment: `of ${text}`,
  ...part,
})
const item = (text: string, partner = 'acme', order = 0) => ({ partner, order, text })
const match = (intents: readonly WitnessedIntent[], items: readonly ReturnType<typeof item>[]) => {
  const matcher = createMatcher({
    eventRefOf: (messageId) => `ref ${messageId}`,
    commits: ({ commitment }, text) => commitment === `of ${text}`,
  })
  matcher.know(intents)
  return matcher.match(items).map((matched) => matched.intent?.seq)
}
const A = '{"message_id":"a","value":1}'
const NAMELESS = '{"value":1}'

describe('which INTENT announced an item', () => {
  test('is the one of its event with a commitment to its exact text', () => {
    deepEqual(
      match([intent(1, 'b', A), intent(2, 'a', '{"message_id":"a","value":2}'), intent(3, 'a', A)], [item(A)]),
      [3],
    )
  })
  test('is found by its commitment where the item does not say what it is', () => {
    deepEqual(match([intent(1, 'a', '{"value":2}'), intent(2, 'b', NAMELESS)], [item(NAMELESS)]), [2])
  })
  test('is used up by one arrival: the same bytes again need another', () => {
    deepEqual(match([intent(1, 'a', A)], [item(A), item(A)]), [1, undefined])
    deepEqual(match([intent(1, 'a', A), intent(2, 'a', A)], [item(A), item(A)]), [1, 2])
  })
  test('is none where the bytes, the event or the partner differ', () => {
    deepEqual(match([intent(1, 'a', A)], [item('{"message_id":"a","value":1 }')]), [undefined])
    deepEqual(match([intent(1, 'b', A)], [item(A)]), [undefined])
    deepEqual(match([intent(1, 'a', A)], [item(A, 'other')]), [undefined])
    deepEqual(match([], [item(NAMELESS)]), [undefined])
  })
})
