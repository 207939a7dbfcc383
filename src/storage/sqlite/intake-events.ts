/** Implements the intake's `EventStore` over `intake-segments.ts`. */
import type { EventStore, Route, RowHead, Segment, StoredRow } from '../../intake/store.ts'
import type { EpochMs } from '../../model/brand.ts'
import { isHeld, writing } from './intake-failure.ts'
import { openIntakeSegments } from './intake-segments.ts'

/** Positions searched in one call for a partner: 10 ms at most. */
const LOOK_AHEAD = 100_000

/** See `openIntakeSegments`. */
export function openIntakeEvents(
  folder: string,
  folded: readonly number[],
  now: EpochMs,
  acceptLost = false,
): EventStore {
  const files = openIntakeSegments(folder, folded, now, acceptLost)
  const { segments, readsOf, segmentOf } = files
  const lastSeq = (): number => files.newest().lastSeq
  return {
    lost: files.lost,
    lastSeq,
    route: files.route,

    append: (rows, chunks, counts) =>
      writing(() => {
        const segment = files.newest()
        const added: Route[] = []
        const { transact, addRoute, addEvent, addChunk, addCount } = files.writes()
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
        files.raise(lastRow.seq)
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

    rowOfKey: (keys, before, span) => {
      const from = Math.max(0, before - span)
      const wanted = JSON.stringify(keys.map((key) => Buffer.from(key).toString('hex').toUpperCase()))
      for (const segment of segments.toReversed()) {
        if (segment.firstSeq >= before || segment.lastSeq < from) continue
        const head = readsOf(segment).ofKey(from, before, wanted)
        if (head !== undefined) return { row: { ...head, route: segment.routes.routeOf(head.route) }, next: undefined }
      }
      return { row: undefined, next: from <= (segments[0]?.firstSeq ?? 0) ? undefined : from }
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

    forget: (subjects) => {
      let done = true
      for (const segment of segments) {
        if (readsOf(segment).ofSubjects(0, subjects).length === 0) continue
        try {
          writing(() => files.forget(segment, subjects))
        } catch (error) {
          if (!isHeld(error)) throw error
          done = false
        }
      }
      return done
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

    cut: (firstSeq, at) => writing(() => files.cut(firstSeq, at)),
    drop: (n) => writing(() => files.drop(n)),
    close: files.close,
  }
}
