/** Stores events: everything that arrived during the last sync shares one transaction and one sync. */
import type { EpochMs } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { nonceSource, type RandomBytes, seal } from '../platform/seal.ts'
import { addCounts, type Books, rejectedFor, routedTo } from './books.ts'
import type { Reader } from './claims.ts'
import type { DedupeWindow } from './dedupe.ts'
import type { Keyring, SubjectKey } from './keyring.ts'
import { HOUR_MS, type IntakeOptions } from './options.ts'
import type { EventStore, NewChunk, NewRow, Route } from './store.ts'
import type { WindowKeys } from './window-keys.ts'
import type { AppendAnswer, Health, PackedAppend } from './wire.ts'

/** While the disk refuses writes, one append in this many milliseconds is let through as a probe. */
const PROBE_EVERY_MS = 1_000

/** Characters at which a chunk is full: reading one event opens its whole chunk. */
const MAX_CHUNK = 65_536

export interface AppendParts {
  readonly events: EventStore
  readonly books: Books
  readonly keyring: Keyring
  readonly dedupe: DedupeWindow
  readonly windowKeys: Pick<WindowKeys, 'keysOf'>
  readonly options: IntakeOptions
  readonly now: () => EpochMs
  readonly random: RandomBytes
}

export interface Appender {
  /** Resolves once synced. Rejects only for errors that are not the disk's. */
  append(request: PackedAppend, reader?: Reader): Promise<AppendAnswer>
  /** Writes what is pending now. */
  flush(): void
  /** Tests whether the disk accepts writes, if it refused last time. */
  probe(): Health
  health(): Health
}

interface Waiting {
  readonly request: PackedAppend
  readonly reader: Reader | undefined
  readonly resolve: (answer: AppendAnswer) => void
  readonly reject: (error: unknown) => void
}

/** One event of a group to store. */
interface Row {
  readonly request: PackedAppend
  readonly reader: Reader | undefined
  readonly index: number
  readonly seq: number
  readonly route: Route
  readonly dedupe: Uint8Array | undefined
}

/** The subject and request of a chunk. */
export const boundTo = (seq: number): string => `chunk ${seq}`

export function createAppender(parts: AppendParts): Appender {
  const { now } = parts
  const commit = committer(parts)
  let waiting: Waiting[] = []
  let refused: { readonly why: string; readonly at: EpochMs } | undefined

  const flush = (): void => {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    if (refused !== undefined && isWithin(now() - refused.at, PROBE_EVERY_MS)) {
      for (const { resolve } of group) resolve({ failed: refused.why })
      return
    }
    try {
      const positions = commit(group)
      refused = undefined
      for (const [index, { resolve }] of group.entries()) resolve({ positions: positions[index] ?? [] })
    } catch (error) {
      if (!(error instanceof GatewayError)) {
        for (const { reject } of group) reject(error)
        return
      }
      refused = { why: wordOf(error), at: now() }
      for (const { resolve } of group) resolve({ failed: refused.why })
    }
  }
  const health = (): Health => ({ writable: refused === undefined, why: refused?.why ?? 'ok' })

  return {
    append: (request, reader) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setTimeout(flush, parts.options.appendLingerMs)
        waiting.push({ request, reader, resolve, reject })
      }),
    flush,
    probe: () => {
      if (refused === undefined || isWithin(now() - refused.at, PROBE_EVERY_MS)) return health()
      try {
        commit([])
        refused = undefined
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        refused = { why: wordOf(error), at: now() }
      }
      return health()
    },
    health,
  }
}

/** Writes a group and adds it to the queues; on a write error throws and changes nothing. */
function committer({ events, books, keyring, dedupe, windowKeys, options, now, random }: AppendParts) {
  const nonce = nonceSource(random)
  return (group: readonly Pick<Waiting, 'request' | 'reader'>[]): number[][] => {
    const at = now()
    cutIfDue(events, options, at)
    dedupe.trim(at)
    let fresh = 0
    try {
      const counts = new Map<string, number>([['received', 0]])
      const rows: Row[] = []
      let seq = events.lastSeq()
      const positions = group.map(({ request, reader }) => {
        const routes = internRoutes(events, request)
        countRejected(counts, request)
        return request.bodyEnd.map((_, index) => {
          const given = request.dedupe[index]
          const keys = given === undefined ? [] : windowKeys.keysOf(request.app, given)
          if (keys.some((key) => dedupe.has(key))) return 0
          const [key] = keys
          if (key !== undefined) {
            dedupe.add(key, request.receivedAt[index]!)
            fresh += 1
          }
          seq += 1
          rows.push({ request, reader, index, seq, route: routes[request.route[index]!]!, dedupe: key })
          return seq
        })
      })
      const subjects = keyring.require(rows.map(({ request, index }) => request.subject[index]!))
      const { placed, chunks } = sealRows(rows, subjects, nonce)
      countAccepted(counts, placed, positions)
      events.append(placed, chunks, counts)
      addCounts(books.counts, counts)
      for (const [place, { seq: position, receivedAt, route }] of placed.entries()) {
        const { reader } = rows[place]!
        for (const partner of route.partners) {
          books.queueOf(partner, position).offer({ seq: position, receivedAt, reader })
        }
      }
      dedupe.trim(at)
      return positions
    } catch (error) {
      dedupe.undo(fresh)
      throw error
    }
  }
}

/** Seals adjacent events of one subject and request as one text. */
function sealRows(
  rows: readonly Row[],
  subjects: readonly SubjectKey[],
  nonce: () => Uint8Array,
): { readonly placed: NewRow[]; readonly chunks: NewChunk[] } {
  const placed: NewRow[] = []
  const chunks: NewChunk[] = []
  let first = 0
  let text = ''
  for (const [place, { request, index, seq, route, dedupe }] of rows.entries()) {
    const { id, key } = subjects[place]!
    const start = text.length
    text += bodyOf(request, index)
    const at = { chunk: rows[first]!.seq, start, end: text.length }
    placed.push({ seq, route, subject: id, receivedAt: request.receivedAt[index]!, dedupe, at })
    const isLast = rows[place + 1]?.request !== request || subjects[place + 1]?.id !== id
    if (!isLast && text.length < MAX_CHUNK) continue
    chunks.push({ seq: at.chunk, sealed: seal(key, nonce(), boundTo(at.chunk), text) })
    first = place + 1
    text = ''
  }
  return { placed, chunks }
}

export function cutIfDue(events: EventStore, options: IntakeOptions, at: EpochMs): void {
  const newest = events.segments().at(-1)
  if (newest === undefined || newest.rows === 0) return
  const isOld = at - newest.createdAt >= options.segmentHours * HOUR_MS
  if (isOld || newest.rows >= options.segmentRows) events.cut(newest.lastSeq + 1, at)
}

function internRoutes(events: EventStore, { app, routes }: PackedAppend): Route[] {
  return routes.map(({ event, partners }) => events.route(app, event, [...new Set(partners)]))
}

function bodyOf({ bodies, bodyEnd }: PackedAppend, index: number): string {
  return bodies.slice(bodyEnd[index - 1] ?? 0, bodyEnd[index])
}

function countRejected(counts: Map<string, number>, { rejected, bodyEnd }: PackedAppend): void {
  add(counts, 'received', bodyEnd.length)
  for (const [code, count] of Object.entries(rejected)) {
    if (count === 0) continue
    add(counts, 'received', count)
    add(counts, rejectedFor(code), count)
  }
}

function countAccepted(counts: Map<string, number>, rows: readonly NewRow[], positions: readonly number[][]): void {
  const duplicate = positions.reduce((sum, list) => sum + list.filter((position) => position === 0).length, 0)
  if (rows.length > 0) add(counts, 'accepted', rows.length)
  if (duplicate > 0) add(counts, 'duplicate', duplicate)
  const byRoute = new Map<Route, number>()
  for (const { route } of rows) byRoute.set(route, (byRoute.get(route) ?? 0) + 1)
  for (const [{ partners }, count] of byRoute) for (const partner of partners) add(counts, routedTo(partner), count)
}

function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

function isWithin(elapsedMs: number, limitMs: number): boolean {
  // A clock that was set back must not prevent the probe.
  return elapsedMs >= 0 && elapsedMs < limitMs
}

function wordOf({ details }: GatewayError): string {
  return typeof details.why === 'string' ? details.why : 'io_error'
}
