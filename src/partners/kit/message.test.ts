import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PrivacyFlags } from '../../model/decision.ts'
import { readBatch, readMessage, readOnlyMessage, writeMessage } from './message.ts'

const flags = (gpc: boolean): PrivacyFlags => ({
  restricted: gpc,
  sale: gpc,
  sharing: gpc,
  targetedAdvertising: gpc,
  deviceLimit: false,
  gpc,
})

describe('partners: an item as text', () => {
  test('holds the document, headers, Global Privacy Control and a body, and gives them back', () => {
    const item = writeMessage('/p?a=1', flags(true), { 'User-Agent': 'A/1 (x: y)', Missing: undefined }, '{"b":2}')
    equal(item, '/p?a=1\nUser-Agent: A/1 (x: y)\nSec-GPC: 1\n{"b":2}')
    deepEqual(readMessage(item), {
      text: '/p?a=1',
      headers: { 'User-Agent': 'A/1 (x: y)', 'Sec-GPC': '1' },
      body: '{"b":2}',
    })
  })
  test('is the document alone where there is nothing else', () => {
    equal(writeMessage('{"a":1}', flags(false)), '{"a":1}')
    deepEqual(readMessage('{"a":1}'), { text: '{"a":1}', headers: {}, body: '' })
  })
  test('a header’s value cannot begin a line of its own', () => {
    const item = writeMessage('/', flags(false), { A: 'x\r\nCookie: y\n{"z":1}', B: 'ünï\u2028' })
    deepEqual(readMessage(item), { text: '/', headers: { A: 'x??Cookie: y?{"z":1}', B: '?n??' }, body: '' })
  })
  test('a partner without batches takes one', () => {
    equal(readOnlyMessage(['/a']).text, '/a')
    throws(() => readOnlyMessage([]), RangeError)
    throws(() => readOnlyMessage(['/a', '/b']), RangeError)
  })
  test('a batch says Global Privacy Control where one of its items does', () => {
    deepEqual(readBatch(['{"a":1}', '{"b":2}\nSec-GPC: 1', '{"c":3}']), {
      elements: '{"a":1},{"b":2},{"c":3}',
      headers: { 'Sec-GPC': '1' },
    })
    deepEqual(readBatch(['{"a":1}']), { elements: '{"a":1}', headers: {} })
    throws(() => readBatch([]), RangeError)
  })
})
