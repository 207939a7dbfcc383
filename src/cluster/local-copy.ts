/**
 * Follows the feed into this cell's own copy of what is active on each identity, and renews the lease under which the cell
 * may act on it. One beat, in this order:
 *
 *   renew     a durable write; it says how far the copy is in force here, which is what other cells wait for
 *   read      everything in the feed behind the copy: whatever was committed before the renewal is in it
 *   apply     to the copy, in one transaction a page; the choices are told, and older stamps are stale
 *   in force  every data thread has confirmed it at a turn boundary; and what operators changed is in force, too
 *   lease     runs on, counted from before the renewal was sent
 *
 * Where something was read the next beat follows at once, and tells the others that it is in force.
 */
import { EVERYONE } from '../choices/last-changed.ts'
import type { Lift, LogEntry, LogPosition } from '../choices/ports.ts'
import { type Acting, type CellRow, readCells, releaseLease, renewLease } from '../storage/postgres/cells.ts'
import type { Connection } from '../storage/postgres/connection.ts'
import { FEED_CHANNEL, readFeed, SETTINGS, type Setting, UnknownEntry } from '../storage/postgres/feed.ts'
import { readSnapshot } from '../storage/postgres/snapshot.ts'
import { whyNotVersion } from '../storage/postgres/version.ts'
import type { ReplicaWriter } from '../storage/sqlite/replica.ts'
import type { Lease } from './lease.ts'

/** How often the lease is renewed where nothing happens, in milliseconds. */
const RENEW_EVERY_MS = 500

export interface LocalCopy {
  /** The last entry that the copy holds. */
  applied(): LogPosition
  /** Entries of the feed that it lacks, as far as the last beat that reached the database could tell. */
  behind(): number
  /** Called once, before `start`. */
  follow(told: (entry: LogEntry) => void): void
  /** Brings the copy up to the feed and takes the first lease; goes on by itself until `close`. Rejects where it cannot. */
  start(): Promise<void>
  /** Gives the lease up. */
  close(): Promise<void>
}

export interface CopyParts {
  readonly self: Acting
  /** This cell's own version of what cells write. */
  readonly version: number
  readonly replica: ReplicaWriter
  readonly lease: Lease
  /** Pairs that this cell has still to send; undefined where that is not known yet. Default: nobody asks. */
  readonly waiting?: (() => number | undefined) | undefined
  /** Opens the connection of the beats; again after one has ended. */
  readonly connect: () => Promise<Connection>
  /** Resolves once all that was told of is in force on every data thread here. */
  readonly inForce: () => Promise<void>
  /** Something changed for everyone, an erasure mostly: what it asks of this cell is in force when it resolves. */
  readonly forEveryone: () => Promise<void>
  /**
   * Operators changed these. Until it resolves the lease is not renewed and nothing newer is confirmed; the copy goes on
   * following, which it may wait for. Called again where it rejects.
   */
  readonly forSettings: (changed: ReadonlySet<Setting>) => Promise<void>
  readonly seen: (cells: readonly CellRow[], agreed: number) => void
  /** Told once of what keeps it from following, until it follows again. It tries by itself; the lease runs out meanwhile. */
  readonly onProblem: (error: unknown) => void
  /** Another process acts as this cell, or the database lost what this cell has seen: it must not go on. Told once. */
  readonly onFenced: (error: Error) => void
}

export function createLocalCopy(parts: CopyParts): LocalCopy {
  const { self, version, replica, lease, connect, inForce, forEveryone, forSettings, seen, onProblem, onFenced } = parts
  const { waiting = () => undefined } = parts
  let told = (_entry: LogEntry): void => {}
  let connection: Connection | undefined
  let timer: NodeJS.Timeout | undefined
  let beating: Promise<void> | undefined
  let hasMore = false
  let isFailing = false
  let seenHead = 0
  let isOver = false
  /** Up to here it is in force on every data thread. */
  let confirmed = replica.applied() ?? 0
  const session = async (): Promise<Connection> => {
    if (connection !== undefined && !connection.isEnded()) return connection
    const opened = await connect()
    await opened.listen(FEED_CHANNEL, wake)
    connection = opened
    return opened
  }
  /** There is nothing more to read, now or ever. */
  const fence = (why: string): 'done' => {
    lease.drop()
    if (isOver) return 'done'
    isOver = true
    clearInterval(timer)
    onFenced(new Error(why))
    return 'done'
  }
  const failed = (error: unknown): void => {
    if (!isOver && !isFailing) onProblem(error)
    isFailing = true
  }
  const settings = createSettling(forSettings, () => wake(), failed)
  /** Everything that is active, anew: for a new copy, and for one that fell too far behind. */
  const copyAll = async (from: Connection): Promise<void> => {
    // Half a copy restricts nobody: until it is whole, no look-up may be answered from it.
    lease.drop()
    replica.clear()
    await readSnapshot(from, replica.apply)
    settings.changed(SETTINGS)
    told({ at: replica.applied() ?? 0, changed: EVERYONE, lifts: [{ keys: EVERYONE, at: 0 }] })
  }
  /** True where something changed for everyone. */
  const applyAll = async (from: Connection, head: number): Promise<boolean> => {
    let isEveryone = false
    for (let isWhole = false; !isWhole; ) {
      const page = await readFeed(from, replica.applied() ?? 0, head, version)
      if (page === undefined) {
        await copyAll(from)
        isEveryone = true
        continue
      }
      isWhole = page.isWhole
      isEveryone ||= page.isEveryone
      settings.changed(page.settings)
      if (page.at === replica.applied()) continue
      replica.apply(page.states, page.at)
      told({
        at: page.at,
        changed: page.isEveryone ? EVERYONE : page.states.map(({ key }) => key),
        lifts: page.lifts.map(({ key, at }): Lift => ({ keys: key === undefined ? EVERYONE : [key], at })),
      })
    }
    return isEveryone
  }
  /** `more`: something new is in force since, which the others are to hear of. `settling`: what operators changed is not in force yet. */
  const beat = async (): Promise<'more' | 'settling' | 'done'> => {
    const on = await session()
    const sent = lease.instant()
    const renewed = await renewLease(on, { ...self, applied: confirmed, waiting: waiting() })
    if (renewed === undefined) return fence('another process acts as this cell')
    const { head, agreed } = renewed
    const why = whyNotVersion(agreed, version)
    if (why !== undefined) return fence(why)
    if (head < (replica.applied() ?? 0))
      return fence('the database has lost entries of the feed that this cell has applied')
    seenHead = head
    if (await applyAll(on, head)) await forEveryone()
    const reached = replica.applied() ?? 0
    const isNew = reached > confirmed
    if (isNew) await inForce()
    if (!settings.areInForce()) return 'settling'
    confirmed = reached
    lease.renewed(sent)
    seen(await readCells(on), agreed)
    return isNew ? 'more' : 'done'
  }
  const beatOn = async (): Promise<void> => {
    do {
      hasMore = false
      try {
        while (!isOver && (await beat()) === 'more');
        isFailing &&= !settings.areInForce()
      } catch (error) {
        if (error instanceof UnknownEntry) fence(error.message)
        else failed(error)
      }
    } while (hasMore && !isOver)
  }
  const wake = (): void => {
    hasMore = true
    // `start` makes the first beats itself.
    if (isOver || timer === undefined) return
    beating ??= beatOn().finally(() => {
      beating = undefined
    })
  }
  return {
    applied: () => replica.applied() ?? 0,
    behind: () => Math.max(0, seenHead - (replica.applied() ?? 0)),
    follow: (call) => {
      told = call
    },
    start: async () => {
      if (replica.applied() === undefined) await copyAll(await session())
      confirmed = replica.applied() ?? 0
      while (!isOver && (await beat()) !== 'done') {
        await settings.underWay()
        if (settings.haveFailed()) break
      }
      // A copy that lacked nothing was told of nothing: whoever waits for what it holds already must not wait.
      told({ at: confirmed, changed: [], lifts: [] })
      timer = setInterval(wake, RENEW_EVERY_MS)
      if (hasMore) wake()
    },
    close: async () => {
      isOver = true
      clearInterval(timer)
      lease.drop()
      await beating
      if (connection === undefined || connection.isEnded()) return
      try {
        await releaseLease(connection, { ...self, waiting: waiting() })
      } catch (error) {
        // It runs out by itself, and others wait for that.
        onProblem(error)
      }
      await connection.end()
    },
  }
}

/** What operators changed comes into force beside the beats, which it may wait for. */
function createSettling(forSettings: CopyParts['forSettings'], settled: () => void, failed: (error: unknown) => void) {
  let waiting: ReadonlySet<Setting> = new Set()
  let running: Promise<void> | undefined
  const settle = async (): Promise<void> => {
    const taken = waiting
    waiting = new Set()
    try {
      await forSettings(taken)
      running = undefined
      settled()
    } catch (error) {
      waiting = taken.union(waiting)
      running = undefined
      failed(error)
    }
  }
  return {
    changed: (settings: Iterable<Setting>): void => {
      waiting = new Set([...waiting, ...settings])
    },
    underWay: () => running,
    /** Until they are tried again. */
    haveFailed: () => running === undefined && waiting.size > 0,
    /** False while this cell does not act on all of it; then it is begun, or begun again. */
    areInForce: (): boolean => {
      if (running === undefined && waiting.size > 0) running = settle()
      return running === undefined
    },
  }
}
