import { strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectionsWithin } from './data-server.ts'

describe('connections that leave the stores their files', () => {
  const rows: [number | undefined, number, number, number][] = [
    [undefined, 0, 2_000, 2_000],
    [1_048_576, 60, 2_000, 2_000],
    [1_024, 64, 2_000, 640],
    [256, 60, 2_000, 28],
    [200, 60, 2_000, 16],
  ]
  for (const [limit, open, wanted, most] of rows) {
    test(`${limit ?? 'no known number of'} files, ${open} open: ${most} of ${wanted}`, () => {
      strictEqual(connectionsWithin({ limit, open }, wanted), most)
    })
  }
})
