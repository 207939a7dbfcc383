/** One data thread as the main thread runs it: what it is started with, and what is done for it. */
import { MessageChannel, type ResourceLimits, Worker } from 'node:worker_threads'
import type { SharedFreshness } from '../choices/freshness.ts'
import type { Choices } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { SharedCells } from '../delivery/partner-cells.ts'
import type { CatchUp } from '../delivery/reconcile.ts'
import type { AddressBook } from '../flow/addresses.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { HotDeps } from '../ingress/deps.ts'
import type { Ledger } from '../ledger/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { ListenAt } from '../platform/servers.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import type { StartedIntake } from '../threads/intake-client.ts'
import type { StartedLedger } from '../threads/ledger-client.ts'
import { type Caller, callWorker, serveCalls } from '../threads/rpc.ts'
import type { HubCalls, ThreadStart } from './data-thread.ts'
import type { Keys } from './keys.ts'
import { type Hearing, hear, listenTo, type ThreadState } from './thread-tells.ts'

/** Of parsed events that partners are still to get, in all threads. */
const WINDOW_BYTES = 32 * 1024 * 1024

export interface DataThreadsParts extends Omit<Hearing, 'relayBooks'> {
  readonly count: number
  /** Of each. One that needs more ends, and is started again. */
  readonly heap: ResourceLimits
  readonly config: GatewayConfig
  readonly at: ListenAt
  readonly keys: Pick<Keys, 'index' | 'pseudonym'>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly revisions: RevisionBook
  readonly freshness: SharedFreshness
  readonly stores: { readonly startedLedger: StartedLedger; readonly ledger: Ledger; readonly intake: StartedIntake }
  readonly choices: Pick<Choices, 'observe'>
  readonly childrenLate: HotDeps['children']['late']
  readonly addresses: AddressBook
  readonly relayBooks: RelayBooks
  readonly catchUp: CatchUp
  readonly cells: SharedCells
  readonly waiting: readonly PartnerId[]
  readonly elsewhere: string
  readonly isWatched: () => boolean
  readonly isOverdue: () => boolean
  readonly log: Log
}

export interface Running {
  readonly reader: number
  readonly worker: Worker
  readonly caller: Caller
  readonly startedAt: number
  /** Resolves once it has ended, and its connections are closed. */
  readonly exited: Promise<void>
  /** Of `SharedFreshness`: known from the beginning, because a thread may end while it starts. */
  readonly slot: number
  state: ThreadState | undefined
  /** Relayed requests under way, by partner. */
  readonly relayed: Map<PartnerId, number>
}

/** What is its own. */
type OwnStart = Pick<ThreadStart, 'place' | 'config' | 'words' | 'erased' | 'plan' | 'stops' | 'catchUp'> & {
  readonly reader: number
}

/** Runs once `start` has been called. */
export function beginThread(given: DataThreadsParts, { reader, ...own }: OwnStart): Running {
  const { intake, startedLedger } = given.stores
  // The first is the main thread's.
  const slot = own.place + 1
  const hub = new MessageChannel()
  const ways = { hub: hub.port2, intake: intake.connect(reader), ledger: startedLedger.connect(reader) }
  const start: ThreadStart = {
    ...own,
    threads: given.count,
    cells: given.cells.memory,
    at: given.at,
    keys: { index: given.keys.index, pseudonym: given.keys.pseudonym },
    environment: { ...given.environment },
    freshness: given.freshness.buffer,
    slot,
    ways,
    windowBytes: Math.floor(WINDOW_BYTES / given.count),
    elsewhere: given.elsewhere,
    waiting: given.waiting,
  }
  const worker = new Worker(new URL('./data-thread.ts', import.meta.url), {
    workerData: start,
    name: `data ${own.place + 1}`,
    resourceLimits: given.heap,
    transferList: [ways.hub, ways.intake, ways.ledger.port],
  })
  const { promise: exited, resolve } = Promise.withResolvers<void>()
  worker.once('exit', () => resolve())
  worker.once('error', (error) =>
    given.log.error({ thread: own.place, ...describeError(error) }, 'a data thread failed'),
  )
  const self: Running = {
    reader,
    worker,
    caller: callWorker(worker, 'ERR_STOPPING'),
    startedAt: performance.now(),
    exited,
    slot,
    state: undefined,
    relayed: new Map(),
  }
  const told = listenTo({ ...given, relayBooks: watched(given.relayBooks, self.relayed) }, (state) => {
    self.state = state
  })
  const calls: HubCalls = {
    observe: given.choices.observe,
    lateChildren: async (people) => given.childrenLate(people),
    keepAddresses: async (sent) => given.addresses.keep(sent),
    tells: (tells) => hear(told, tells),
  }
  serveCalls(hub.port1, { ...calls })
  return self
}

/** Counts what a thread has under way, so that it can be ended for it. */
function watched(books: RelayBooks, underWay: Map<PartnerId, number>): Pick<RelayBooks, 'begun' | 'ended'> {
  const add = (partner: PartnerId, by: number): void => void underWay.set(partner, (underWay.get(partner) ?? 0) + by)
  return {
    begun: (partner) => {
      add(partner, 1)
      books.begun(partner)
    },
    ended: (partner, state) => {
      add(partner, -1)
      books.ended(partner, state)
    },
  }
}
