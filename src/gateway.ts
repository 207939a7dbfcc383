/** The composition root: configuration → stores, data plane, control plane; started in order, stopped in reverse. Holds no rules. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResourceLimits } from 'node:worker_threads'
import { createFreshness } from './choices/freshness.ts'
import { RESTORING } from './cli/backup/copy.ts'
import type { GatewayConfig } from './contracts/config.ts'
import { createExaminer } from './contracts/examiner.ts'
import { openConfig } from './contracts/live-config.ts'
import { formatProblem } from './contracts/problem.ts'
import { startPublishing } from './contracts/publishing.ts'
import type { ReloadResult } from './control/deps.ts'
import { openControlPlane } from './control-plane.ts'
import { type DataPlane, startDataPlane } from './data-plane.ts'
import type { LaneState } from './delivery/ports.ts'
import { createSecretReader } from './delivery/secrets.ts'
import { createParts } from './flow/parts.ts'
import { createRelayBooks } from './flow/relay-books.ts'
import { createRoutes, type Routes } from './flow/routes.ts'
import type { IntakeTotals } from './intake/ports.ts'
import { keyedReference, loadKeys } from './keys.ts'
import type { Anchoring } from './ledger/anchors/anchoring.ts'
import type { EventRef } from './model/brand.ts'
import type { RevisionPlan } from './model/contract.ts'
import { createLog, describeError, type Log } from './observe/log.ts'
import { createMetrics, type Metrics } from './observe/metrics.ts'
import { createUnderWay } from './observe/under-way.ts'
import { metricSourcesOf, observedChoices } from './observed.ts'
import { partnerTypes } from './partners/registry.ts'
import { openPlaces } from './places.ts'
import { joinRights } from './rights.ts'
import { closeServer, listen } from './servers.ts'
import { createCountryReader } from './signals/place.ts'
import { StartRefused } from './start-refused.ts'
import { lockFolder } from './storage/sqlite/lock.ts'
import { openStores } from './stores.ts'
import { tellOfFiles, tellOfSaving } from './tell.ts'
import { startExaminer } from './threads/examiner-client.ts'
import { startLedgerAnchoring } from './threads/ledger-anchoring.ts'

export interface StartOptions {
  readonly configFolder: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly log?: Log
  /** Starts although opt-outs may be lost: see `docs/erasure-and-retention.md`. Default false. */
  readonly acceptLostChoices?: boolean
  /** Heap of the intake's thread; default: what all that may be under way at once needs. */
  readonly intakeLimits?: ResourceLimits
}

export interface Gateway {
  readonly config: GatewayConfig
  readonly dataUrl: string
  readonly controlUrl: string
  /** Resolves when the gateway has stopped, however that came about. */
  readonly stopped: Promise<void>
  reload(): Promise<ReloadResult>
  revision(): RevisionPlan
  totals(): Promise<IntakeTotals>
  lanes(): readonly LaneState[]
  /** Takes no more, finishes what is under way, syncs and closes. Idempotent. */
  stop(): Promise<void>
}

export async function startGateway({
  configFolder,
  environment = process.env,
  log: givenLog,
  acceptLostChoices = false,
  intakeLimits,
}: StartOptions): Promise<Gateway> {
  const now = Date.now
  const types = partnerTypes()
  let unlock = (): void => {}
  const opened = await openConfig({
    folder: configFolder,
    types,
    clock: { now },
    claim: async (dataFolder) => {
      await mkdir(dataFolder, { recursive: true, mode: 0o700 })
      const lock = lockFolder(dataFolder)
      unlock = () => lock.release()
      const half = (await readdir(dataFolder)).find((name) => name.endsWith(RESTORING))
      if (half !== undefined) {
        unlock()
        throw new StartRefused(`${join(dataFolder, half)}: a restore was interrupted. Run it again before a start.`)
      }
    },
  })
  if (!opened.ok) {
    unlock()
    throw new StartRefused(
      `nothing was started: ${opened.problems.length} problems\n${opened.problems.map(formatProblem).join('\n')}`,
    )
  }
  const { gateway: config, revisions } = opened
  const log = givenLog ?? createLog(config.logLevel)
  if (opened.isFirst)
    log.warn(
      { revision: revisions.current().number, folder: configFolder },
      'the data folder held no revision: the files as they are became the first one, approved by nobody',
    )

  let state: 'starting' | 'running' | 'stopping' = 'starting'
  const stopping = (): boolean => state === 'stopping'
  const keys = loadKeys(config, environment)
  const freshness = createFreshness()
  freshness.registerDataThread()
  const elapsedMs = (): number => performance.now()
  const [requestsBegun, choicesWaiting, recordsWaiting] = [
    createUnderWay(elapsedMs),
    createUnderWay(elapsedMs),
    createUnderWay(elapsedMs),
  ]
  let anchoring: Anchoring | undefined
  const lost = Promise.withResolvers<{ readonly store: string; readonly error: Error }>()
  const stores = await openStores({
    config,
    keys,
    freshness,
    recordsWaiting,
    anchorOverdue: () => anchoring?.overdue() === true,
    lost: (store, error) => lost.resolve({ store, error }),
    intakeLimits,
    now,
    log,
  })
  const { ledger, archive, intake } = stores

  const parts = createParts(revisions, types, keys.pseudonym)
  const countryOf = createCountryReader()
  const places = await openPlaces(config, log)
  let routes: Routes = routesOf()
  function routesOf(): Routes {
    return createRoutes(
      revisions.current(),
      (type) => types.get(type)?.abilities,
      (partner) => revisions.stopped(partner),
    )
  }
  const eventRefOf = (app: string, messageId: string): EventRef =>
    keyedReference(keys.index, 'event', app, messageId) as EventRef

  let dataPlane: DataPlane | undefined
  const relayBooks = createRelayBooks()
  const metrics: Metrics = createMetrics(
    metricSourcesOf({
      intake,
      ledger,
      choices: stores.choices,
      revisions,
      relayed: () => relayBooks.totals(),
      threadsBehind: () => freshness.behind(),
      lanes: () => dataPlane?.deliveries.lanes() ?? [],
      recordsWaiting,
      choicesWaiting,
      dataFolder: config.dataFolder,
      now,
    }),
  )
  const choices = observedChoices(stores.choices, {
    waiting: choicesWaiting,
    begun: requestsBegun,
    metrics,
    nowMs: elapsedMs,
  })
  const joined = joinRights({
    config,
    keys,
    choices,
    ledger: stores.startedLedger,
    archive,
    intake,
    revisions,
    types,
    now,
    log,
  })
  try {
    await joined.catchUp({ mayLoseChoices: acceptLostChoices })
  } catch (error) {
    await joined.close()
    await stores.close()
    unlock()
    throw error
  }

  const applyChange = async (): Promise<void> => {
    routes = routesOf()
    const inForce = freshness.publish()
    dataPlane?.deliveries.refresh()
    await inForce
  }
  revisions.onChange(applyChange)
  revisions.onStops(applyChange)
  const examiner = startExaminer({
    failed: (error) => log.error(describeError(error), 'the configuration could not be examined'),
  })
  // Before anything is sent: what the files narrow is in force from the first item on.
  const publishing = await startPublishing({
    folder: configFolder,
    gateway: config,
    revisions,
    // A start waits for it in any case, and a thread would take it a second longer.
    examiner: () => (state === 'starting' ? createExaminer(types) : examiner),
    now,
    record: async (action, facts) => {
      await ledger.append([{ kind: 'control', time: now(), action, facts }])
    },
    observe: {
      read: (reloaded) => tellOfFiles(log, reloaded),
      resaved: (resaved) => tellOfSaving(log, resaved, revisions.current()),
      failed: (error) => log.error(describeError(error), 'publishing failed'),
    },
  })

  const readSecret = createSecretReader(environment)
  anchoring = startLedgerAnchoring({
    anchors: config.ledger.anchors,
    dataFolder: config.dataFolder,
    archive,
    readSecret,
    observe: {
      anchored: metrics.anchored,
      failed: (anchor, error) => {
        metrics.anchorFailed(anchor)
        log.error({ anchor, ...describeError(error) }, 'a checkpoint could not be put outside: tried again')
      },
    },
  })
  const failed = (where: string, error: unknown): void => {
    metrics.failed(where)
    log.error({ where, ...describeError(error) }, 'failed')
  }
  const shared = {
    config,
    types,
    revisions,
    freshness,
    stores,
    choices,
    joined,
    countryOf,
    places,
    eventRefOf,
    readSecret,
    relayBooks,
    metrics,
    now,
    log,
    stopping,
    failed,
  }
  const data = await startDataPlane({
    ...shared,
    publisher: publishing.publisher,
    parts,
    routes: () => routes,
    requestsBegun,
  })
  dataPlane = data
  const control = await openControlPlane({
    ...shared,
    keys,
    publishing,
    deliveries: data.deliveries,
    started: () => state !== 'starting',
  })

  let finished: () => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    finished = resolve
  })
  const stopOnce = once(async () => {
    state = 'stopping'
    log.info({}, 'stopping')
    places.stop()
    publishing.stop()
    await data.stop()
    await closeServer(control.server)
    await examiner.close()
    anchoring?.close()
    await control.close()
    await joined.close()
    await stores.close()
    unlock()
    log.info({}, 'stopped')
    finished()
  })
  void lost.promise.then(({ store, error }) => {
    log.error(
      { store, ...describeError(error) },
      'a writer ended: stopping, so that a new start opens its store afresh',
    )
    process.exitCode = 1
    void stopOnce()
  })

  const dataUrl = await listen(data.server, config.dataPlane)
  const controlUrl = await listen(control.server, config.control)
  await ledger.append([
    {
      kind: 'control',
      time: now(),
      action: 'started',
      facts: { revision: revisions.current().number, digest: revisions.current().digest },
    },
  ])
  state = 'running'
  log.info(
    {
      revision: revisions.current().number,
      partners: revisions.current().contracts.length,
      data: join(config.dataFolder),
    },
    'running',
  )
  return {
    config,
    dataUrl,
    controlUrl,
    stopped,
    reload: control.reload,
    revision: () => revisions.current(),
    totals: () => intake.totals(),
    lanes: () => data.deliveries.lanes(),
    stop: stopOnce,
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
