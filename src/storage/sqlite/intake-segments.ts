/** The intake's time-cut SQLite files, `<folder>/events-<n>.db`: the newest is written, older ones are read. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { EventStore, Route } from '../../intake/store.ts'
import type { EpochMs } from '../../model/brand.ts'
import { syncFolder } from '../../platform/durable-file-sync.ts'
import { openHighWaterMark } from './high-water.ts'
import { type RouteTable, routeTable } from './intake-routes.ts'
import {
  createSegment,
  forgetSubjects,
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
 * Opens the folder; creates it and a first file if missing. `folded`: numbers of settled files, unlinked unread if a crash
 * left them. Throws an error that names the file at fault: damaged, foreign, missing, or lacking acknowledged events; with
 * `acceptLost` it continues above those.
 */
export function openIntakeSegments(folder: string, folded: readonly number[], now: EpochMs, acceptLost: boolean) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const mark = openHighWaterMark(join(folder, 'high-water'))
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
  const through = last?.lastSeq ?? 0
  const lost = Math.max(0, mark.read() - through)
  if (lost > 0 && !acceptLost) throw new Error(missingAtEnd(folder, through, lost))
  if (last === undefined) create(Math.max(0, ...folded) + 1, through + lost + 1, now)
  else if (last.sealed) create(last.n + 1, through + lost + 1, now)

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
  /** Overwrites the bodies of these subjects' events. */
  const forget = (segment: Known, subjects: readonly number[]): void => {
    if (segment.sealed) readers.delete(segment.n)
    const db = segment.sealed ? openSegment(pathOf(segment.n), { readOnly: false }) : writer.db
    try {
      forgetSubjects(db, subjects)
    } finally {
      if (segment.sealed) sealSegment(db)
    }
  }
  const cut = (firstSeq: number, at: EpochMs): void => {
    const old = { segment: newest(), db: writer.db }
    // Create the new file first: if that fails, writing continues in the old one.
    create(old.segment.n + 1, firstSeq, at)
    old.segment.sealed = true
    sealSegment(old.db)
  }
  // Lost numbers are not reused: settlements and records of them must not apply to other events.
  if (lost > 0 && last !== undefined && !last.sealed) cut(through + lost + 1, now)

  return {
    segments,
    lost,
    route,
    newest,
    readsOf,
    segmentOf,
    forget,
    cut,
    writes: (): SegmentWrites => writer.writes,
    /** Raises the high-water mark. */
    raise: (seq: number): void => mark.raise(seq),
    /** Unlinks a sealed file. */
    drop: (n: number): void => {
      const index = segments.findIndex((segment) => segment.n === n && segment.sealed)
      if (index < 0) throw new RangeError(`events-${n}.db is not a sealed file`)
      segments.splice(index, 1)
      readers.delete(n)
      unlink(folder, pathOf(n))
    },
    close: (): void => {
      readers.clear()
      checkpoint(writer.db)
      writer.db.close()
      mark.close()
    },
  }
}

function missingAtEnd(folder: string, through: number, lost: number): string {
  return (
    `${folder}: ${lost} events that were accepted, numbers ${through + 1} to ${through + lost}, are in none of its files: ` +
    'one was cut or replaced. Nothing was started. Put the folder back as it was, or start once with --accept-lost-events ' +
    '(docs/bad-days.md).'
  )
}

function numbersIn(folder: string): number[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => Number(/^events-([1-9]\d*)\.db$/.exec(name)?.[1]))
    .filter((n) => !Number.isNaN(n))
    .sort((a, b) => a - b)
}

/** True if a crash came before or during sealing. */
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

/** Syncs the folder, so that the file stays removed after a crash. */
function unlink(folder: string, path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${end}`, { force: true })
  syncFolder(folder)
}
