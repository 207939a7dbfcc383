import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeLeaf } from './ledger-witness.ts'

/** The worked example of docs/ledger-format.md. */
const INTENT = [
  '0101000000000000290' + '1a20d1af4bb',
  '019ab5c8e07b7c3a9d2e4f5061728394',
  '00112233445566778899aabbccddeeff',
  '046d657461',
  '0d6d657373656e6765722d696f73',
  '0f4f7264657220436f6d706c65746564',
  '00000007',
  '0575732d6361',
  '1e',
  '0001',
  '01',
  '000a',
  '0249455553',
  '0b',
  '3000000001041000000020',
  '1830',
  'a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf',
  '0000019c',
].join('')
const OUTCOME_HEAD =
  '020000000000002a01a20d1af4bb019ab5c8e07b7c3a9d2e4f506172839400112233445566778899aabbccddeeff046d657461'
const of = (hex: string) => decodeLeaf(Buffer.from(hex, 'hex'))

describe('the witness of the ledger', () => {
  test('reads the worked example of the format', () => {
    deepEqual(of(INTENT), {
      kind: 'intent',
      seq: 41,
      partner: 'meta',
      eventRef: '00112233445566778899aabbccddeeff',
      attempt: 1,
      commitment: 'a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf',
    })
  })

  const outcomes: [string, string, boolean][] = [
    ['0100c8', 'delivered', false],
    ['0201f400', 'refused', false],
    ['0201f401', 'refused', true],
    ['0201f40300000064', 'refused', true],
    ['0304444f574e', 'failed_before_write', false],
    ['06', 'unresolved_assume_disclosed', false],
  ]
  for (const [hex, outcome, mayRetry] of outcomes) {
    test(`reads an outcome: ${outcome}${mayRetry ? ', to be tried again' : ''}`, () => {
      const record = of(`01${OUTCOME_HEAD}${hex}`)
      equal(record?.kind, 'outcome')
      deepEqual(record, {
        kind: 'outcome',
        seq: 42,
        partner: 'meta',
        eventRef: '00112233445566778899aabbccddeeff',
        outcome,
        mayRetry,
      })
    })
  }

  test('reads a withheld, and passes over what is about no event', () => {
    deepEqual(of('010300000000000007000000000000' + '00112233445566778899aabbccddeeff' + '046d657461' + '00'), {
      kind: 'withheld',
      seq: 7,
      partner: 'meta',
      eventRef: '00112233445566778899aabbccddeeff',
    })
    equal(of('010400000000000007000000000000' + '0773746172746564' + '00'), undefined)
  })

  test('refuses what is no leaf', () => {
    throws(() => of(INTENT.slice(0, -2)), /cut short/)
    throws(() => of(`${INTENT}00`), /follow/)
    throws(() => of(`02${INTENT.slice(2)}`), /version/)
  })
})
