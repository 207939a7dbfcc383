import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectionsWithin } from './data-server.ts'
import { StartRefused } from './start-refused.ts'
import { heapOf, threadsOf } from './thread-limits.ts'
import { partOf } from './thread-sums.ts'

const MB = 1024 * 1024
const PRESSURE = { requestsUnderWay: 1_000, bytesUnderWay: 64 * MB, connections: 2_000, connectionsByAddress: 1_000 }
// Sound: no more of it is read.
const CONFIG = { limits: { batchBytes: 512_000 }, pressure: PRESSURE } as unknown as Parameters<typeof partOf>[0]

describe('data threads of one process', () => {
  test('auto leaves one core to the main thread and the stores, and never asks for more than there may be', () => {
    deepEqual(
      [1, 2, 4, 64].map((cores) => threadsOf({ threads: 'auto' }, cores)),
      [1, 1, 3, 15],
    )
    equal(threadsOf({ threads: 6 }, 2), 6)
  })

  test('have heaps that fit the memory together, or the start says how many would', () => {
    deepEqual(heapOf(4, CONFIG, 16_384), { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 384 })
    deepEqual(heapOf(4, CONFIG, 1_536), { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 280 })
    throws(() => heapOf(4, CONFIG, 900), {
      name: StartRefused.name,
      message:
        'threads: 4 data threads need 928 MB of memory, and there are 900. Set threads: 3, or allow more memory.',
    })
  })

  test('together take no more senders, requests and files than one thread would', () => {
    for (const threads of [2, 3, 4, 15]) {
      const { pressure } = partOf(CONFIG, threads)
      for (const name of Object.keys(PRESSURE) as (keyof typeof PRESSURE)[])
        ok(threads * pressure[name] <= PRESSURE[name], `${name} of ${threads}`)
      ok(threads * connectionsWithin({ limit: 4_096, open: 64 }, 100_000, threads) <= 4_096 - 64)
    }
  })
})
