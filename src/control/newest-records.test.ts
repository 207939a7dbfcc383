import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Query } from '../ledger/query.ts'
import { newestRecords } from './newest-records.ts'

/** A ledger of `size` records of which every `step`-th matches; read as the real one is, forwards and in pages. */
const archiveOf = (size: number, step: number) => ({
  find: async ({ after, limit = 100 }: Query & { after?: number; limit?: number }) => {
    const records = []
    for (let seq = (after ?? -1) + 1; seq < size && records.length <= limit; seq++)
      if (seq % step === 0) records.push({ seq, hash: `${seq}` })
    const page = records.slice(0, limit)
    return { records: page, ...(records.length > limit ? { next: page.at(-1)!.seq } : {}) }
  },
})

describe('the newest records', () => {
  for (const [size, step] of [
    [0, 1],
    [5, 1],
    [5_000, 1],
    [5_000, 7],
    [9_000, 2_500],
    [3_000, 5_000],
  ] as const) {
    test(`of ${size}, every ${step}th matching: each once, newest first, page by page`, async () => {
      const archive = archiveOf(size, step) as never
      const expected = Array.from({ length: size }, (_, seq) => seq).filter((seq) => seq % step === 0)
      const seen: number[] = []
      for (let before: number = size, pages = 0; pages < 200; pages++) {
        const page = await newestRecords(archive, {} as never, before, 40)
        seen.push(...page.map(({ seq }) => seq))
        if (page.length < 40) break
        before = page.at(-1)!.seq
      }
      deepEqual(seen, expected.toReversed().slice(0, seen.length))
      deepEqual(seen.length, Math.min(expected.length, 8_000))
    })
  }
})
