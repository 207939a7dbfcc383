/**
 * Starts the data threads, passes every change to all of them before the change counts as done, and restarts a thread that ends.
 * The main thread keeps the singletons (choices' writer, revisions, notices, metrics, pages); each thread sends what it accepted.
 */
import type { Deliveries } from '../delivery/ports.ts'
import type { IdentityKey, PartnerId } from '../model/brand.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { ErasedCall } from './data-thread.ts'
import { hasLeft } from './even-share.ts'
import { beginThread, type DataThreadsParts, type Running } from './one-thread.ts'
import { mergeLanes, partOf } from './thread-sums.ts'
import type { ThreadState } from './thread-tells.ts'
import { threadWords } from './thread-words.ts'

/** A thread that takes longer to answer is ended; after its restart it starts from the current state. */
const ANSWER_MS = 5_000
const LOOK_MS = 100
/** Backoff before a restart. Doubles with each consecutive end, up to `MOST_BACKOFF_MS`. */
const FIRST_BACKOFF_MS = 100
const MOST_BACKOFF_MS = 30_000
/** A thread that ran this long counts as recovered. */
const WELL_MS = 60_000
/** Between retries of a write that the disk refused. */
const RETRY_MS = 500

/** A thread's state, for metrics. */
export interface ThreadReading {
  readonly place: number
  readonly restarts: number
  readonly state: ThreadState | undefined
}

export interface DataThreads {
  readonly deliveries: Deliveries
  /** Resolves once every thread has the live revision and the stops. All switch at the same moment. */
  spread(): Promise<void>
  erased(call: ErasedCall): Promise<void>
  evict(identities: readonly IdentityKey[]): Promise<void>
  /** Resolves once every request to a partner that is in flight now has ended. */
  drained(): Promise<unknown>
  /** Resolves once the main thread has all counts so far. */
  flush(): Promise<void>
  readings(): readonly ThreadReading[]
  /** For tests: ends a thread as a crash would. */
  end(place: number): Promise<unknown>
  stop(): Promise<void>
}

interface Place {
  readonly place: number
  running: Running | undefined
  restarts: number
  endsInARow: number
}

/** Rejects where one of them cannot start; then none runs. */
export async function startDataThreads(given: DataThreadsParts): Promise<DataThreads> {
  const { count, revisions, freshness, stores, log } = given
  const { intake, startedLedger } = stores
  const words = threadWords()
  words.live.set(revisions.current().number)
  const fresh = { running: undefined, restarts: 0, endsInARow: 0 }
  const places: Place[] = Array.from({ length: count }, (_, place) => ({ place, ...fresh }))
  const erased: ErasedCall[] = []
  const keepErasedMs = given.config.intake.maxAgeHours * 3_600_000
  let histories = given.catchUp.histories
  let readers = 0
  let isStopping = false
  const takingOver = new Set<Promise<void>>()
  const restarting = new Set<NodeJS.Timeout>()

  const running = (): readonly Running[] => places.flatMap((one) => one.running ?? [])
  /** Calls every thread. A thread that fails or does not answer is ended; after its restart it starts from the current state. */
  const all = async (method: string, argument?: unknown): Promise<void> => {
    await Promise.all(
      running().map(async ({ caller, worker }) => {
        const late = setTimeout(() => {
          log.error({ method }, 'a data thread did not answer: it is started again')
          void worker.terminate()
        }, ANSWER_MS)
        await caller.call(method, argument).catch(() => worker.terminate())
        clearTimeout(late)
      }),
    )
  }

  const begin = async (one: Place): Promise<void> => {
    const [plan, stops] = [revisions.current(), revisions.stops()]
    const self = beginThread(given, {
      ...{
        place: one.place,
        reader: ++readers,
        config: partOf(given.config, count),
        words: words.memory,
        erased,
        plan,
        stops,
      },
      catchUp: { ...given.catchUp, histories },
    })
    one.running = self
    self.caller.onLost(() => {
      if (isStopping) return
      const over = self.exited.then(() => takeOver(one, self))
      takingOver.add(over)
      void over.finally(() => takingOver.delete(over))
    })
    await self.caller.call('start')
    // What was published while it started.
    if (revisions.current() !== plan || revisions.stops() !== stops) await spreadTo(self)
  }

  /** A thread has ended and its connections are closed: resolves its open INTENTs, then hands its other pairs to the remaining threads. */
  const takeOver = async (one: Place, ended: Running): Promise<void> => {
    if (one.running === ended) one.running = undefined
    one.restarts++
    one.endsInARow = performance.now() - ended.startedAt > WELL_MS ? 1 : one.endsInARow + 1
    freshness.releaseDataThread(ended.slot)
    given.cells.release(one.place)
    hasLeft(words.connections, one.place)
    endRelayed(given, ended)
    log.error({ thread: one.place, restarts: one.restarts }, 'a data thread ended: others go on with what it held')
    await untilDone(
      given.log,
      () => isStopping,
      async () => {
        await startedLedger.resolve(ended.reader)
        const from = await intake.resumeOf(ended.reader)
        if (from !== undefined) {
          const left = await stores.ledger.histories(from)
          histories = [...histories, ...left]
          await all('learn', left)
        }
        await intake.leave(ended.reader)
      },
    )
    deliveries.refresh()
    if (isStopping) return
    const timer = setTimeout(
      () => {
        restarting.delete(timer)
        void begin(one).catch((error: unknown) => log.error(describeError(error), 'a data thread could not be started'))
      },
      Math.min(MOST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (one.endsInARow - 1)),
    )
    restarting.add(timer)
  }
  const spreadTo = async ({ caller }: Running): Promise<void> => {
    await caller.call('prepare', revisions.current())
    await caller.call('changed', revisions.stops())
  }
  const spread = async (): Promise<void> => {
    const plan = revisions.current()
    if (words.live.get() !== plan.number) {
      await all('prepare', plan)
      words.live.set(plan.number)
    }
    await all('changed', revisions.stops())
  }

  const deliveries = deliveriesIn(given, running)

  const looking = setInterval(() => {
    words.watched = given.isWatched()
    words.overdue = given.isOverdue()
  }, LOOK_MS)
  const stop = async (): Promise<void> => {
    isStopping = true
    words.stopping = true
    clearInterval(looking)
    for (const timer of restarting) clearTimeout(timer)
    await Promise.all(running().map(({ caller }) => caller.close().catch(() => undefined)))
    await Promise.all(takingOver)
  }
  words.overdue = given.isOverdue()
  try {
    await Promise.all(places.map(begin))
  } catch (error) {
    await stop()
    throw error
  }
  deliveries.refresh()
  return {
    deliveries,
    spread,
    erased: (call) => {
      erased.splice(0, erased.length, ...erased.filter(({ at }) => at >= call.at - keepErasedMs), call)
      return all('erased', call)
    },
    evict: (identities) => all('evict', identities),
    drained: () => Promise.all(running().map(({ caller }) => caller.call('drained').catch(() => undefined))),
    flush: () => all('flush'),
    readings: () => places.map(({ place, restarts, running: now }) => ({ place, restarts, state: now?.state })),
    end: async (place) => places[place]?.running?.worker.terminate(),
    stop,
  }
}

/** Requests that a thread had under way when it ended: nobody knows what became of them. */
function endRelayed({ relayBooks }: DataThreadsParts, { relayed }: Running): void {
  for (const [partner, underWay] of relayed)
    for (let each = 0; each < underWay; each++) relayBooks.ended(partner, 'unresolved')
}

/** A pair that becomes due outside a thread, such as a retried dead letter, wakes all threads; one of them takes it. */
function deliveriesIn({ stores, revisions, waiting }: DataThreadsParts, running: () => readonly Running[]): Deliveries {
  const partners = new Set<PartnerId>()
  const wake = (partner: PartnerId): void => {
    for (const { caller } of running()) caller.call('wake', partner).catch(() => undefined)
  }
  return {
    lanes: () => mergeLanes(running().flatMap(({ state }) => state?.lanes ?? [])),
    refresh: () => {
      for (const partner of [...waiting, ...revisions.current().contracts.map(({ id }) => id)]) {
        if (partners.has(partner)) wake(partner)
        // Wakes, too.
        else stores.intake.onReady(partner, () => wake(partner))
        partners.add(partner)
      }
    },
    wake,
    stop: () => Promise.resolve(),
  }
}

/** Retries until it succeeds, because the disk may be full. Until then no other thread gets the ended thread's pairs. */
async function untilDone(log: Log, isStopping: () => boolean, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (isStopping()) return
      log.error(describeError(error), 'what a data thread held could not be taken over: tried again')
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
