/** Configuration → everything that keeps or counts, opened in order and believed: what both planes stand on. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ResourceLimits } from 'node:worker_threads'
import { createFreshness } from '../choices/freshness.ts'
import { meteredChoices } from '../choices/metered.ts'
import { createSecretReader } from '../delivery/secrets.ts'
import { createRelayBooks } from '../flow/relay-books.ts'
import { openInbox } from '../inbox/inbox.ts'
import type { Inbox } from '../inbox/ports.ts'
import { InboxUnreadable, inboxIn } from '../inbox/store.ts'
import type { Intake } from '../intake/ports.ts'
import type { Anchoring } from '../ledger/anchors/anchoring.ts'
import type { EpochMs } from '../model/brand.ts'
import type { NoticeStore } from '../notices/ports.ts'
import { createLog, describeError, type Log, type LogEnd } from '../observe/log.ts'
import { createMetrics, type Metrics } from '../observe/metrics.ts'
import { createUnderWay, type UnderWay } from '../observe/under-way.ts'
import { partnerTypes } from '../partners/registry.ts'
import { readVersion } from '../platform/version.ts'
import type { Publishing } from '../publish/publishing.ts'
import { createCountryReader } from '../signals/place.ts'
import { ownershipOf } from '../storage/sqlite/lock.ts'
import type { EmbeddedChoices } from '../threads/choices-client.ts'
import type { Acceptable } from './accepted-losses.ts'
import { believe } from './believe.ts'
import type { DataPlane } from './data-plane.ts'
import type { DataThreads } from './data-threads.ts'
import { openCases } from './desk.ts'
import { createElsewhere } from './elsewhere.ts'
import { followSettings } from './follow-settings.ts'
import { type Forwarding, withForwarded } from './forwarding.ts'
import { openPlaces } from './geoip.ts'
import { hearErasures } from './hear-erasures.ts'
import { metricSourcesOf } from './metered.ts'
import { joinNotices } from './notices.ts'
import { type OpenedFolder, openFolder, tellOfFolder } from './open-folder.ts'
import { type JoinedRights, joinRights } from './rights.ts'
import { StartRefused } from './start-refused.ts'
import { openStores } from './stores.ts'
import { threadsOf } from './thread-limits.ts'

const elapsedMs = (): number => performance.now()
/** For a reader of the log that does not read. */
const LOG_GRACE_MS = 1_000

export interface StartOptions {
  readonly configFolder: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly log?: Log
  /** What is accepted as lost, once: see `docs/bad-days.md`. Default: nothing. */
  readonly accept?: Iterable<Acceptable>
  /** Heap of the intake's thread; default: what all that may be under way at once needs. */
  readonly intakeLimits?: ResourceLimits
  /** The main thread's clock; the stores' threads have their own. Default: the system's. */
  readonly now?: () => EpochMs
}

/** What is asked before there is any. */
interface Later {
  anchoring?: Anchoring
  notices?: Pick<NoticeStore, 'counts' | 'countPending'>
  dataPlane?: DataPlane
  publishing?: Publishing
  joined?: JoinedRights
  hearErasures?: () => Promise<void>
  forwarding?: Forwarding | undefined
}

/**
 * Opens what is kept, catches up with what is on record, and holds both against each other, before anything is sent or
 * taken in. Whatever is opened goes onto `stack`, which closes it in reverse.
 */
export async function openParts(stack: AsyncDisposableStack, options: StartOptions) {
  const { configFolder, environment = process.env, accept = [], intakeLimits, now = Date.now } = options
  const accepted: ReadonlySet<Acceptable> = new Set(accept)
  const types = partnerTypes()
  const folder = await openFolder({ configFolder, environment, types, accepted, ownershipOf, now }, stack)
  const { config, revisions, keys } = folder
  const { log, endLog } = logOf(options, config.logLevel)
  tellOfFolder(log, folder, configFolder)

  const later: Later = {}
  const failed = (where: string, error: unknown): void => {
    metrics.failed(where)
    log.error({ where, ...describeError(error) }, 'failed')
  }
  const freshness = createFreshness()
  freshness.registerDataThread()
  const underWay = () => createUnderWay(elapsedMs)
  const [requestsBegun, choicesWaiting, recordsWaiting] = [underWay(), underWay(), underWay()]
  const lost = Promise.withResolvers<{ readonly store: string; readonly error: Error }>()
  const stores = await openStores({
    config,
    keys,
    cell: folder.cell,
    freshness,
    recordsWaiting,
    anchorOverdue: () => later.anchoring?.overdue() === true,
    lost: (store, error) => lost.resolve({ store, error }),
    // Before there is any sending, `catchUp` does it.
    onErasure: async () => later.hearErasures?.(),
    acceptLostEvents: accepted.has('lost-events'),
    intakeLimits,
    now,
    log,
  })
  stack.defer(() => stores.close())
  const { ledger, archive, intake } = stores
  const record = async (action: string, facts: Readonly<Record<string, string | number>>): Promise<void> => {
    await ledger.append([{ kind: 'control', time: now(), action, facts }])
  }

  const places = await openPlaces(config, log)
  stack.defer(() => places.stop())
  const inbox = await openNames(folder, now, failed)
  stack.defer(() => inbox.close())
  const relayBooks = createRelayBooks()
  const metrics: Metrics = createMetrics(
    metricSourcesOf({
      intake,
      ledger,
      choices: stores.choices,
      cluster: () => withForwarded(stores.cluster(), later.forwarding),
      revisions,
      relayed: () => relayBooks.totals(),
      threadsBehind: () => freshness.behind(),
      dataThreads: () => later.dataPlane?.threads?.readings() ?? [],
      lanes: () => later.dataPlane?.deliveries.lanes() ?? [],
      connections: () => later.dataPlane?.connections() ?? { open: 0, most: 0 },
      recordsWaiting,
      choicesWaiting,
      dataFolder: config.dataFolder,
      notices: async () => later.notices?.counts() ?? [],
      noticesToPlan: async () => later.notices?.countPending() ?? 0,
      inbox,
      // Asked by a scrape, which the control plane answers: that is opened after it.
      publishing: () => later.publishing!,
      desk: () => later.joined?.desk,
      children: () => later.joined?.children,
      now,
    }),
    readVersion(),
  )
  const choices = meteredChoices(stores.choices, {
    waiting: choicesWaiting,
    begun: begunInThreads(requestsBegun, () => later.dataPlane?.threads),
    metrics,
    nowMs: elapsedMs,
  })
  const toldNobody = 'whom to tell of a choice could not be looked up: tried again'
  const notices = await joinNotices(
    { ...stores, config, keys, types, revisions, now, ledger: stores.startedLedger },
    {
      lost: (error) => lost.resolve({ store: 'notices', error }),
      failed: (error) => log.error(describeError(error), toldNobody),
    },
    stack,
  )
  later.notices = notices.asked
  const joined = joinRights({
    ...{ ...stores, config, keys, revisions, types, notices, now, log, ledger: stores.startedLedger },
    ...erasingInThreads(choices, intake, () => later.dataPlane?.threads),
    elsewhere: createElsewhere(folder.cell, stores, () => later.forwarding),
    cases: await openCases(config.dataFolder, keys, now, log),
  })
  later.joined = joined
  stack.defer(() => joined.close())
  if (config.cluster !== undefined) later.hearErasures = hearErasures(stack, stores.choices, joined, failed)
  await joined.catchUp({ mayLoseChoices: accepted.has('lost-choices') })

  const readSecret = createSecretReader(environment)
  const believed = await believe({ folder, accepted, archive, intake, stores, readSecret, later, metrics, record, log })
  later.anchoring = believed.anchoring
  stack.defer(() => believed.anchoring.close())
  await followSettings(folder, { ...stores, record, log, failed })
  return {
    folder,
    configFolder,
    types,
    freshness,
    requestsBegun,
    stores,
    lost: lost.promise,
    record,
    countryOf: createCountryReader(),
    places,
    inbox,
    relayBooks,
    metrics,
    choices,
    joined,
    notices,
    readSecret,
    environment,
    threads: threadsOf(config),
    believed,
    later,
    upToDate: async (): Promise<void> => later.dataPlane?.threads?.flush(),
    log,
    endLog,
    failed,
    now,
  }
}

/** What data threads hold of a person goes with an erasure, before it is answered. */
function erasingInThreads(
  choices: EmbeddedChoices,
  intake: Intake,
  threads: () => DataThreads | undefined,
): { readonly choices: EmbeddedChoices; readonly intake: Intake } {
  return {
    choices: {
      ...choices,
      beginErasure: async (erasure) => {
        await threads()?.erased({ identities: erasure.keys, at: erasure.at })
        await choices.beginErasure(erasure)
      },
    },
    intake: {
      ...intake,
      purge: async (identities, subjects) => {
        await threads()?.evict(identities)
        const purged = await intake.purge(identities, subjects)
        await threads()?.evict(identities)
        return purged
      },
    },
  }
}

function begunInThreads(begun: UnderWay, threads: () => DataThreads | undefined): UnderWay {
  const drained = async (): Promise<void> => {
    await Promise.all([begun.drained(), threads()?.drained()])
  }
  return { ...begun, drained }
}

/** Names that no contract names. Nothing is granted past what was blocked, so a start that cannot read it is none. */
async function openNames(
  { config, revisions }: OpenedFolder,
  now: () => number,
  failed: (where: string, error: unknown) => void,
): Promise<Inbox> {
  const store = inboxIn(join(config.dataFolder, 'inbox.json'))
  const inbox = await openInbox({ store, current: revisions.current, now, random: randomBytes, failed }).catch(
    (error: unknown) => {
      throw error instanceof InboxUnreadable ? new StartRefused(error.message) : error
    },
  )
  revisions.onChange(async () => inbox.refresh())
  return inbox
}

/** A log that was given is its giver's to end. */
function logOf({ log }: StartOptions, level: string): { readonly log: Log; endLog(): Promise<LogEnd> } {
  if (log !== undefined) return { log, endLog: () => Promise.resolve('out') }
  const own = createLog(level)
  return { log: own, endLog: () => own.close(LOG_GRACE_MS) }
}
