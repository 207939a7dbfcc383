import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { witnessed } from './ledger-witness.ts'

const pair = { seq: 41, partner: 'meta', eventRef: '00112233445566778899aabbccddeeff' }
const intent = {
  ...pair,
  kind: 'intent',
  id: 'x',
  attempt: 1,
  bytes: 412,
  epoch: 682,
  blind: '0f'.repeat(16),
  commitment: 'a0'.repeat(32),
}

describe('the witness of the ledger', () => {
  test('takes the records that are about an event', () => {
    for (const record of [
      intent,
      { ...pair, kind: 'outcome', outcome: { kind: 'delivered', status: 200 } },
      { ...pair, kind: 'withheld' },
    ]) {
      deepEqual(witnessed(JSON.stringify(record), 41), record)
    }
    equal(witnessed(JSON.stringify({ seq: 41, kind: 'control', action: 'started' }), 41), undefined)
  })

  test('notices a gap', () => {
    throws(() => witnessed(JSON.stringify(intent), 40), /record 40 is missing/)
  })

  test('refuses a record without what the judge relies on', () => {
    for (const part of [{ commitment: 'a0' }, { attempt: 0 }, { bytes: 0 }, { eventRef: '' }, { partner: undefined }]) {
      throws(() => witnessed(JSON.stringify({ ...intent, ...part }), 41), /lacks/)
    }
  })
})
