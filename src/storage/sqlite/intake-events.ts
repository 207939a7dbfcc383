/** The intake's events in time-cut SQLite files, `<folder>/events-<n>.db`. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { EventStore, Route, RowHead, Segment, StoredRow } from '../../intake/store.ts'
import type { EpochMs } from '../../model/brand.ts'
import { writing } from './intake-failure.ts'
import { type RouteTable, routeTable } from './intake-routes.ts'
import {
  createSegment,
  isUnfinished,
  openSegment,
  type SegmentReads,
  type SegmentWrites,
  sealSegment,
  segmentReads,
  segmentWrites,
} from './intake-segment.ts'
import { checkpoint } from './open.ts'

/** Sealed files kept open for reading at once. */
const OPEN_READERS = 4
/** Positions one call looks through for a partner: 10 ms at most. */
const LOOK_AHEAD = 100_000

interface Known {
  n: number
  firstSeq: number
  lastSeq: number
  rows: number
  createdAt: EpochMs
  newestAt: EpochMs
  sealed: boolean
  counts: Map<string, number>
  routes: RouteTable
}

/**
 * Opens the folder, creating it and a first file where there is none. `folded`: numbers of files that are done with; one
 * that a crash left behind is unlinked unread. Throws an error that names the file at fault: damaged, not ours, missing.
 */
export function openIntakeEvents(folder: string, folded: readonly number[], now: EpochMs): EventStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const routes = new Map<string, Route>()
  const segments: Known[] = []
  const readers = new LRUCache<number, { db: DatabaseSync; reads: SegmentReads }>({
    max: OPEN_READERS,
    dispose: ({ db }) => db.close(),
  })
  const pathOf = (n: number): string => join(folder, `events-${n}.db`)
  let writer: { db: DatabaseSync; reads: SegmentReads; writes: SegmentWrites }

  const route: EventStore['route'] = (app, event, partners) => {
    const key = JSON.stringify([app, event, ...partners])
    const known = routes.get(key)
    if (known !== undefined) return known
    const made: Route = { app, event, partners: [...partners] }
    routes.set(key, made)
    return made
  }

  const newest = (): Known => segments[segments.length - 1] as Known
  const create = (n: number, firstSeq: number, createdAt: EpochMs): void => {
    const db = createSegment(pathOf(n), firstSeq, createdAt)
    writer = { db, reads: segmentReads(db), writes: segmentWrites(db) }
    const empty = { lastSeq: firstSeq - 1, rows: 0, newestAt: createdAt, counts: new Map(), routes: routeTable() }
    segments.push({ n, firstSeq, createdAt, sealed: false, ...empty })
  }

  const done = new Set(folded)
  const numbers = numbersIn(folder).filter((n) => {
    if (done.has(n)) unlink(folder, pathOf(n))
    return !done.has(n)
  })
  requireAll(folder, numbers, done)
  for (const [index, n] of numbers.entries()) {
    const isNewest = index === numbers.length - 1
    if (!isNewest && isUnsealed(pathOf(n))) sealSegment(openSegment(pathOf(n), { readOnly: false }))
    const db = openSegment(pathOf(n), { readOnly: !isNewest })
    if (isNewest && isUnfinished(db)) {
      db.close()
      unlink(folder, pathOf(n))
      break
    }
    const reads = naming(pathOf(n), () => segmentReads(db))
    segments.push(naming(pathOf(n), () => describe(n, reads, route, !isNewest)))
    if (isNewest) writer = { db, reads, writes: segmentWrites(db) }
    else db.close()
  }
  const last = segments.at(-1)
  if (last === undefined) create(Math.max(0, ...folded) + 1, 1, now)
  else if (last.sealed) create(last.n + 1, last.lastSeq + 1, now)

  const readsOf = (segment: Known): SegmentReads => {
    if (!segment.sealed) return writer.reads
    const open = readers.get(segment.n)
    if (open !== undefined) return open.reads
    const db = openSegment(pathOf(segment.n), { readOnly: true })
    const reads = segmentReads(db)
    readers.set(segment.n, { db, reads })
    return reads
  }
  const segmentOf = (seq: number): Known | undefined =>
    segments.find(({ firstSeq, lastSeq }) => seq >= firstSeq && seq <= lastSeq)
  const lastSeq = (): number => newest().lastSeq

  return {
    lastSeq,
    route,

    append: (rows, chunks, counts) =>
      writing(() => {
        const segment = newest()
        const added: Route[] = []
        const { transact, addRoute, addEvent, addChunk, addCount } = writer.writes
        try {
          transact(() => {
            for (const row of rows) {
              let id = segment.routes.idOf(row.route)
              if (id === undefined) {
                id = segment.routes.add(row.route)
                added.push(row.route)
                addRoute(id, row.route.app, row.route.event, row.route.partners)
              }
              addEvent(row, id)
            }
            for (const chunk of chunks) addChunk(chunk)
            for (const [name, by] of counts) addCount(name, by)
          })
        } catch (error) {
          for (const one of added.reverse()) segment.routes.remove(one)
          throw error
        }
        for (const [name, by] of counts) segment.counts.set(name, (segment.counts.get(name) ?? 0) + by)
        const lastRow = rows.at(-1)
        if (lastRow === undefined) return
        segment.lastSeq = lastRow.seq
        segment.newestAt = lastRow.receivedAt
        segment.rows += rows.length
      }),

    readAhead: (partner, after, max) => {
      let looked = after
      const end = Math.min(after + LOOK_AHEAD, lastSeq())
      for (const segment of segments) {
        if (segment.lastSeq <= looked || segment.firstSeq > end) continue
        const through = Math.min(segment.lastSeq, end)
        const ids = segment.routes.idsFor(partner)
        const rows = ids === undefined ? [] : readsOf(segment).ahead(looked, through, ids, max)
        looked = rows.length === max ? (rows[max - 1] as RowHead).seq : through
        if (rows.length > 0) return { rows, through: looked }
      }
      return { rows: [], through: Math.max(looked, end) }
    },

    count: (partner, after, through) => {
      let rows = 0
      for (const segment of segments) {
        if (segment.lastSeq <= after || segment.firstSeq > through) continue
        const ids = segment.routes.idsFor(partner)
        if (ids !== undefined) rows += readsOf(segment).routed(after, through, ids)
      }
      return rows
    },

    holds: (seq) => segmentOf(seq) !== undefined,

    find: (seq) => {
      const segment = segmentOf(seq)
      if (segment === undefined) return undefined
      const head = readsOf(segment).head(seq)
      return head && { ...head, route: segment.routes.routeOf(head.route) }
    },

    chunk: (seq) => {
      const segment = segmentOf(seq)
      return segment && readsOf(segment).chunk(seq)
    },

    rowsBefore: (before, max) => {
      const found: StoredRow[] = []
      for (const segment of segments.toReversed()) {
        if (found.length === max) break
        if (segment.firstSeq >= before) continue
        for (const head of readsOf(segment).before(before, max - found.length)) {
          found.push({ ...head, route: segment.routes.routeOf(head.route) })
        }
      }
      return found
    },

    rowsOf: (subjects, after) => {
      const found: StoredRow[] = []
      for (const segment of segments) {
        if (segment.lastSeq <= after) continue
        for (const head of readsOf(segment).ofSubjects(after, subjects)) {
          found.push({ ...head, route: segment.routes.routeOf(head.route) })
        }
      }
      return found
    },

    dedupeKeys: function* (since, max) {
      let first = segments.length
      let rows = 0
      while (first > 0 && rows < max) rows += segments[--first]?.rows ?? 0
      for (const segment of segments.slice(first)) {
        if (segment.newestAt < since) continue
        for (const [key, receivedAt] of readsOf(segment).dedupe(since)) yield { key, receivedAt }
      }
    },

    segments: (): readonly Segment[] => segments,
    countsOf: (n) => segments.find((segment) => segment.n === n)?.counts ?? new Map(),

    cut: (firstSeq, at) =>
      writing(() => {
        const old = { segment: newest(), db: writer.db }
        // The new file first: when it cannot be made, the old one goes on being written.
        create(old.segment.n + 1, firstSeq, at)
        old.segment.sealed = true
        sealSegment(old.db)
      }),

    drop: (n) =>
      writing(() => {
        const index = segments.findIndex((segment) => segment.n === n && segment.sealed)
        if (index < 0) throw new RangeError(`events-${n}.db is not a sealed file`)
        segments.splice(index, 1)
        readers.delete(n)
        unlink(folder, pathOf(n))
      }),

    close: () => {
      readers.clear()
      checkpoint(writer.db)
      writer.db.close()
    },
  }
}

function numbersIn(folder: string): number[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => Number(/^events-([1-9]\d*)\.db$/.exec(name)?.[1]))
    .filter((n) => !Number.isNaN(n))
    .sort((a, b) => a - b)
}

/** True where a crash came before or while the file was sealed. */
function isUnsealed(path: string): boolean {
  return existsSync(`${path}-wal`) || existsSync(`${path}-journal`)
}

function requireAll(folder: string, present: readonly number[], folded: ReadonlySet<number>): void {
  const there = new Set(present)
  for (let n = 1; n < (present.at(-1) ?? 0); n++) {
    if (there.has(n) || folded.has(n)) continue
    throw new Error(
      `${join(folder, `events-${n}.db`)}: is missing. Put it back, or move the whole folder away to begin anew.`,
    )
  }
}

function describe(n: number, reads: SegmentReads, route: EventStore['route'], sealed: boolean): Known {
  const { firstSeq, createdAt } = reads.about()
  const last = reads.last()
  const routes = routeTable()
  for (const stored of reads.routes()) {
    routes.add(route(stored.app as Route['app'], stored.event, stored.partners as Route['partners']), stored.id)
  }
  return {
    n,
    firstSeq,
    lastSeq: last?.seq ?? firstSeq - 1,
    rows: reads.rows(),
    createdAt,
    newestAt: last?.receivedAt ?? createdAt,
    sealed,
    counts: reads.counts(),
    routes,
  }
}

function naming<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : 'cannot be read'}`, { cause })
  }
}

/** Gone for good when this returns: the folder is synced too. */
function unlink(folder: string, path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true })
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
