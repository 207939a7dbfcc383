/** What takes events and requests in and discloses them: deliveries, the relay, the server that SDKs reach. Holds no rules. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { SharedFreshness } from '../choices/freshness.ts'
import { notifyingChoices } from '../choices/notifying.ts'
import type { Choices, ErasureSteps } from '../choices/ports.ts'
import { createSharedCells, type SharedCells } from '../delivery/partner-cells.ts'
import type { Deliveries } from '../delivery/ports.ts'
import { createReconciler, readCatchUp } from '../delivery/reconcile.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Inbox } from '../inbox/ports.ts'
import { createDataPlane } from '../ingress/app.ts'
import type { IngressDeps } from '../ingress/deps.ts'
import { createUserVerifier } from '../ingress/user-token.ts'
import type { PartnerId } from '../model/brand.ts'
import type { NoticeSender } from '../notices/sender.ts'
import { describeError } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { closeServer, freePort, hasSharedPorts, listenWidely, urlOf } from '../platform/servers.ts'
import type { Publisher } from '../publish/publisher.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { createRolloutWatch, type RolloutWatch } from '../publish/rollout-watch.ts'
import { createDataServer, type DataServer } from './data-server.ts'
import { type DataThreads, startDataThreads } from './data-threads.ts'
import { listenPrivately } from './front-socket.ts'
import { type HotParts, openHot, STOP_GRACE_MS } from './hot-plane.ts'
import type { Keys } from './keys.ts'
import type { Live } from './live.ts'
import { type JoinedNotices, type NoticeSenderJoin, startNoticeSender } from './notices.ts'
import type { JoinedRights } from './rights.ts'
import { StartRefused } from './start-refused.ts'
import type { Stores } from './stores.ts'
import { heapOf } from './thread-limits.ts'

export interface DataPlaneParts extends Omit<HotParts, 'choices' | 'addresses' | 'rollouts' | 'cells' | 'relayPart'> {
  readonly revisions: RevisionBook
  readonly publisher: Pick<Publisher, 'stopRollout'>
  readonly stores: Pick<Stores, 'ledger' | 'recorded' | 'archive' | 'intake' | 'startedLedger'>
  readonly serveLedger: IngressDeps['serveLedger']
  readonly choices: Choices & Pick<ErasureSteps, 'personOf'>
  readonly joined: Pick<
    JoinedRights,
    | 'rights'
    | 'receipts'
    | 'tables'
    | 'desk'
    | 'children'
    | 'links'
    | 'pageKey'
    | 'stateChoice'
    | 'deletionDesk'
    | 'deletionSigning'
    | 'gate'
    | 'forgetWithErasure'
  >
  readonly notices: JoinedNotices
  readonly spread: IngressDeps['spread']
  readonly relayOwners: IngressDeps['relayOwners']
  readonly metrics: Metrics
  /** 1: all of it on this thread. */
  readonly threads: number
  readonly keys: Pick<Keys, 'index' | 'pseudonym'>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly freshness: SharedFreshness
  readonly inbox: Inbox
  readonly tail: Live['tail']
  readonly heard: Live['heard']
  readonly relayBooks: RelayBooks
  readonly isOverdue: () => boolean
}

export interface DataPlane {
  readonly deliveries: Deliveries
  readonly sender: Pick<NoticeSender, 'wake' | 'flush'>
  /** Where others reach it. */
  readonly url: string
  /** Of senders: how many there are, and may be. */
  readonly connections: DataServer['connections']
  /** Undefined where there is only this thread. */
  readonly threads: DataThreads | undefined
  /** Takes no more; waits for what is under way and for its outcomes to be durable. */
  stop(): Promise<void>
}

/** Listens first: where that fails, nothing was sent. Deliveries begin at once. */
export async function startDataPlane(given: DataPlaneParts): Promise<DataPlane> {
  const { config, types, revisions, choices, joined, metrics, log, now } = given
  const { ledger, intake } = given.stores
  const { rights, stateChoice, deletionDesk } = joined
  const observing = notifyingChoices(choices, given.notices.signalled)
  const rollouts = watchRollouts(given)
  const cells = createSharedCells(MAIN_PLACE, given.threads)
  const hot = openHot({ ...given, choices: observing, addresses: given.notices.book, rollouts, cells })
  const waiting = Object.entries((await intake.totals()).pairs)
    .filter(([, { pending }]) => pending > 0)
    .map(([id]) => id as PartnerId)
  const sending = Promise.withResolvers<NoticeSender>()
  const { server, connections } = createDataServer(
    config,
    (isBeyond) =>
      createDataPlane({
        ...hot.ingress,
        ...{ intake, spread: given.spread, relayOwners: given.relayOwners },
        choices: observing,
        stateChoice,
        rights,
        ...reported(joined, metrics),
        desk: joined.desk,
        systems: systemsOf(given),
        person: { links: joined.links, key: joined.pageKey, random: randomBytes },
        deletionDesk,
        noticeAnswers: async (...given) => (await sending.promise).received(...given),
        ledger,
        serveLedger: given.serveLedger,
        revisions,
        types,
        publicApiHost: undefined,
        verifyUser: createUserVerifier(now),
        isBeyond,
      }),
    { metrics, log },
  )
  const own = given.threads === 1
  const startOwn = async (): Promise<Begun> => {
    const url = await listenWidely(server, config.dataPlane, 'data_plane')
    const deliveries = hot.deliver(createReconciler(await readCatchUp(intake, ledger)), waiting)
    return { url, connections, deliveries, threads: undefined, stop: () => deliveries.stop() }
  }
  const begun = own ? await startOwn() : await startSeveral(given, { server, observing, rollouts, waiting, cells })
  const sender = startSender(given, { ...hot.core, gate: hot.breakers })
  sending.resolve(sender)
  return {
    ...begun,
    sender,
    stop: () => hot.stop([closeServer(server, STOP_GRACE_MS), begun.stop(), sender.stop()]),
  }
}

/** Beyond those of the data threads. */
const MAIN_PLACE = 15

type Begun = Omit<DataPlane, 'sender'>

/** This thread answers what the data threads hand on, over a private socket. */
async function startSeveral(
  given: DataPlaneParts,
  parts: {
    readonly server: Server
    readonly observing: Pick<Choices, 'observe'>
    readonly rollouts: RolloutWatch
    readonly waiting: readonly PartnerId[]
    readonly cells: SharedCells
  },
): Promise<Begun> {
  const { config, joined, stores, notices, tail } = given
  const heap = heapOf(given.threads, config)
  const { host } = config.dataPlane
  const port = await freePort(config.dataPlane, 'data_plane')
  if (!(await hasSharedPorts({ host, port }, 'data_plane')))
    throw new StartRefused('threads: on this system no two threads can listen on one port. Set threads: 1.')
  const front = await listenPrivately(parts.server)
  const threads = await startDataThreads({
    ...given,
    ...parts,
    count: given.threads,
    heap,
    at: { host, port },
    choices: parts.observing,
    childrenLate: joined.children.late,
    children: joined.children,
    addresses: notices.book,
    catchUp: await readCatchUp(stores.intake, stores.ledger),
    elsewhere: front.path,
    isWatched: () => tail.isOn,
  }).catch(async (error: unknown) => {
    await closeServer(parts.server, STOP_GRACE_MS)
    await front.remove()
    throw error
  })
  const sum = (of: (each: { readonly open: number; readonly most: number }) => number): number =>
    threads.readings().reduce((total, { state }) => total + (state === undefined ? 0 : of(state.connections)), 0)
  return {
    url: urlOf({ host, port }),
    connections: () => ({ open: sum(({ open }) => open), most: sum(({ most }) => most) }),
    deliveries: threads.deliveries,
    threads,
    stop: async () => {
      await threads.stop()
      await front.remove()
    },
  }
}

function watchRollouts({ revisions, publisher, metrics, log }: DataPlaneParts): RolloutWatch {
  return createRolloutWatch({
    contractOf: (partner) => revisions.contract(partner),
    stop: (partner, why) => {
      metrics.rolloutStopped(partner, why)
      log.error({ partner, why }, 'a staged rollout stopped by itself: nobody has its wider terms any more')
      publisher
        .stopRollout(partner, why)
        .catch((error: unknown) =>
          log.error({ partner, ...describeError(error) }, 'a staged rollout could not be stopped'),
        )
    },
  })
}

function systemsOf({ config, readSecret }: Pick<DataPlaneParts, 'config' | 'readSecret'>) {
  return config.desks.map(({ secret, callback: _, ...system }) => ({ system, secret: () => readSecret({ ...secret }) }))
}

function startSender(
  { config, types, revisions, joined, notices, readSecret, metrics, log }: DataPlaneParts,
  core: NoticeSenderJoin['core'],
): NoticeSender {
  return startNoticeSender({
    ...{ joined: notices, core, config, types, revisions, readSecret, signing: joined.deletionSigning },
    observe: {
      ended: metrics.noticeEnded,
      failed: (error) => log.error(describeError(error), 'a notice could not be sent: tried again'),
    },
  })
}

/** Receipts, and what the transparency report is made of. */
function reported({ tables, receipts }: DataPlaneParts['joined'], { recentChoices }: Metrics) {
  return { tables, receipts, recentChoices }
}
