import { deepEqual, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PartnerId, Position } from '../model/brand.ts'
import { packSettle } from './pack.ts'

const meta = 'meta' as PartnerId
const delivered = { state: 'delivered', why: '' } as const
const withheld = { state: 'withheld', why: 'choice' } as const

describe('settlements on their way to the intake', () => {
  test('name each kind of end once, and keep retries in step', () => {
    const settles = [
      { position: '5' as Position, end: delivered },
      { position: '6' as Position, retryAt: 99.5, attempt: 2 },
      { position: '7' as Position, end: withheld },
      { position: '8' as Position, end: delivered },
      { position: '9' as Position, retryAt: 7, attempt: 3 },
    ]
    deepEqual(packSettle(meta, settles, 41), {
      partner: meta,
      seqs: [5, 6, 7, 8, 9],
      ends: [delivered, withheld],
      end: [0, -1, 1, 0, -1],
      retryAt: [100, 7],
      attempt: [2, 3],
      resume: 41,
    })
  })

  test('must hold whole numbers', () => {
    throws(() => packSettle(meta, [], Number.NaN), /resume must be a whole number/)
    const retry = { position: '1' as Position, retryAt: 5, attempt: 1.5 }
    throws(() => packSettle(meta, [retry], 0), /attempt must be a whole number/)
    throws(() => packSettle(meta, [{ ...retry, attempt: 1, retryAt: Number.POSITIVE_INFINITY }], 0), /retryAt/)
  })
})
