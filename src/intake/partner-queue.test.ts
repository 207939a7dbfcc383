import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PartnerId } from '../model/brand.ts'
import { PartnerQueue, type RowSource } from './partner-queue.ts'
import type { SavedQueue, StoredRow } from './store.ts'

const meta = 'meta' as PartnerId
const delivered = { state: 'delivered', why: '' } as const
const erased = { state: 'erased', why: '' } as const

/** Rows 1…n, all received at their position × 10; `others` are not for this partner. */
function rowsUpTo(last: number, others: readonly number[] = []) {
  const rows = { last }
  const gone: number[] = []
  const mine = (after: number, through: number) => {
    const found: { seq: number; receivedAt: number }[] = []
    for (let seq = after + 1; seq <= Math.min(through, rows.last); seq++) {
      if (!others.includes(seq) && !gone.includes(seq)) found.push({ seq, receivedAt: seq * 10 })
    }
    return found
  }
  const source: RowSource = {
    lastSeq: () => rows.last,
    readAhead: (_, after, max) => {
      const found = mine(after, rows.last).slice(0, max)
      return { rows: found, through: found.length === max ? found[max - 1]!.seq : Math.max(after, rows.last) }
    },
    holds: (seq) => seq <= rows.last && !gone.includes(seq),
    count: (_, after, through) => mine(after, through).length,
    find: (seq) => (seq <= rows.last ? ({ seq, receivedAt: seq * 10 } as StoredRow) : undefined),
  }
  return { rows, gone, source }
}
const seqsOf = (taken: readonly { seq: number }[]): number[] => taken.map(({ seq }) => seq)
/** What a restart would find. */
const restarted = (queue: PartnerQueue, source: RowSource): PartnerQueue => {
  const change = queue.change()
  const saved: SavedQueue = { ...change, parked: change.park, settled: change.settled }
  return new PartnerQueue(meta, source, saved)
}

describe('a partner queue', () => {
  test('gives out the oldest first, each once, and only its own', () => {
    const queue = new PartnerQueue(meta, rowsUpTo(6, [2, 3]).source, 0)
    deepEqual(seqsOf(queue.take(3, 0)), [1, 4, 5])
    deepEqual(seqsOf(queue.take(3, 0)), [6])
    deepEqual(seqsOf(queue.take(3, 0)), [])
    equal(queue.pending(), 4)
  })

  test('rows that are appended later come without reading the files again', () => {
    const { rows, source } = rowsUpTo(1)
    const queue = new PartnerQueue(meta, source, 0)
    queue.take(5, 0)
    rows.last = 3
    queue.offer({ seq: 3, receivedAt: 30 })
    deepEqual(seqsOf(queue.take(5, 0)), [3])
  })

  test('what was given out and not settled comes again after a restart, before what is new', () => {
    const { source } = rowsUpTo(5)
    const queue = new PartnerQueue(meta, source, 0)
    queue.take(3, 0)
    queue.end(2, delivered)
    const again = restarted(queue, source)
    equal(again.pending(), 4)
    deepEqual(seqsOf(again.take(10, 0)), [1, 3, 4, 5])
  })

  test('a settled pair counts once, and a stranger not at all', () => {
    const queue = new PartnerQueue(meta, rowsUpTo(3).source, 0)
    queue.take(1, 0)
    deepEqual(queue.end(1, delivered), { attempts: 1 })
    equal(queue.end(1, delivered), undefined)
    equal(queue.end(2, delivered), undefined, 'not given out yet')
    equal(queue.end(99, delivered), undefined)
    deepEqual([...queue.settled()], [{ state: 'delivered', why: '', count: 1 }])
    equal(queue.pending(), 2)
  })

  test('a parked pair waits for its time, comes before new ones, and holds nobody back', () => {
    const { source } = rowsUpTo(3)
    const queue = new PartnerQueue(meta, source, 0)
    queue.take(1, 0)
    queue.park(1, 2, 100)
    deepEqual(queue.take(1, 99), [{ seq: 2, receivedAt: 20, attempt: 1 }])
    equal(queue.nextDue(), 100)
    deepEqual(queue.take(2, 100), [
      { seq: 1, receivedAt: 10, attempt: 2 },
      { seq: 3, receivedAt: 30, attempt: 1 },
    ])
    deepEqual(queue.take(9, 1_000), [], 'under way until settled')
    equal(queue.pending(), 3)
    const again = restarted(queue, source)
    deepEqual(again.take(1, 100), [{ seq: 1, receivedAt: 10, attempt: 2 }], 'number of tries survives a restart')
  })

  test('a pair parked again waits for the later time', () => {
    const queue = new PartnerQueue(meta, rowsUpTo(1).source, 0)
    queue.take(1, 0)
    queue.park(1, 2, 100)
    queue.take(1, 100)
    queue.park(1, 3, 200)
    deepEqual(queue.take(1, 150), [])
    deepEqual(queue.take(1, 200), [{ seq: 1, receivedAt: 10, attempt: 3 }])
    equal(queue.park(9, 1, 1), false)
  })

  test('a pair ended before its turn never comes, and is counted once, also after a restart', () => {
    const { rows, source } = rowsUpTo(5)
    const queue = new PartnerQueue(meta, source, 0)
    deepEqual([queue.endAnywhere(2, erased), queue.endAnywhere(2, erased)], [true, false])
    equal(queue.pending(), 4)
    const again = restarted(queue, source)
    equal(again.pending(), 4)
    deepEqual(seqsOf(again.take(2, 0)), [1, 3])
    equal(again.endAnywhere(4, erased), true, 'read ahead but not given out')
    equal(again.endAnywhere(1, erased), true, 'given out')
    equal(again.pending(), 2)
    rows.last = 6
    again.offer({ seq: 6, receivedAt: 60 })
    deepEqual(seqsOf(again.take(9, 0)), [5, 6])
    deepEqual([...again.settled()], [{ state: 'erased', why: '', count: 3 }])
  })

  test('everything up to a position ends at once, wherever it waits', () => {
    const { source } = rowsUpTo(10)
    const queue = new PartnerQueue(meta, source, 0)
    queue.take(3, 0)
    queue.end(2, delivered)
    queue.park(3, 2, 50)
    deepEqual([queue.isUnsettledIn(0, 1), queue.isUnsettledIn(1, 2), queue.isUnsettledIn(5, 6)], [true, false, true])
    equal(queue.endThrough(0, 6, { state: 'expired', why: '' }), 5)
    equal(queue.isUnsettledIn(0, 6), false)
    equal(queue.pending(), 4)
    deepEqual(seqsOf(queue.take(20, 1_000)), [7, 8, 9, 10])
    deepEqual(
      [...restarted(queue, source).settled()],
      [
        { state: 'delivered', why: '', count: 1 },
        { state: 'expired', why: '', count: 5 },
      ],
    )
  })

  test('a partner that is 20,000 rows behind counts and gets every one', () => {
    const { rows, source } = rowsUpTo(0)
    const queue = new PartnerQueue(meta, source, 0)
    queue.take(1, 0)
    for (let seq = 1; seq <= 20_000; seq++) {
      rows.last = seq
      queue.offer({ seq, receivedAt: seq * 10 })
    }
    equal(queue.pending(), 20_000)
    equal(queue.endAnywhere(15_000, erased), true)
    equal(queue.pending(), 19_999)
    const seen: number[] = []
    for (;;) {
      const taken = queue.take(3_000, 0)
      if (taken.length === 0 && queue.nextAt() === undefined) break
      seen.push(...seqsOf(taken))
      equal(queue.pending(), 19_999)
    }
    deepEqual(
      seen,
      Array.from({ length: 20_000 }, (_, index) => index + 1).filter((seq) => seq !== 15_000),
    )
  })

  test('a pair that ended before its turn and whose file is gone is not subtracted from those that are there', () => {
    const { gone, source } = rowsUpTo(6)
    const queue = new PartnerQueue(meta, source, 0)
    queue.endAnywhere(1, erased)
    queue.endAnywhere(6, erased)
    equal(queue.pending(), 4)
    gone.push(6)
    queue.recount()
    equal(queue.pending(), 4)
    const again = restarted(queue, source)
    equal(again.pending(), 4)
    deepEqual(seqsOf(again.take(9, 0)), [2, 3, 4, 5])
  })

  test('tells how old its oldest pair is, wherever that waits', () => {
    const queue = new PartnerQueue(meta, rowsUpTo(2).source, 0)
    equal(queue.oldestPendingAt(), 10)
    queue.take(2, 0)
    queue.park(1, 2, 500)
    equal(queue.oldestPendingAt(), 10)
    queue.end(1, delivered)
    equal(queue.oldestPendingAt(), 20)
    queue.end(2, delivered)
    equal(queue.oldestPendingAt(), undefined)
  })

  test('does not start on a state that names an event no file holds', () => {
    const saved: SavedQueue = { partner: meta, cursor: 9, holes: [7], skips: [], resume: 0, parked: [], settled: [] }
    throws(() => new PartnerQueue(meta, rowsUpTo(5).source, saved), /event 7, which no events file holds/)
  })
})
