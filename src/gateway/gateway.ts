/** The composition root: configuration → stores, data plane, control plane; started in order, stopped in reverse. Holds no rules. */
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { SharedFreshness } from '../choices/freshness.ts'
import { EVERYONE } from '../choices/last-changed.ts'
import { namedNamespaces } from '../choices/namespaces.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { ReloadResult } from '../control/deps.ts'
import { createControlServer } from '../control/server.ts'
import type { LaneState } from '../delivery/ports.ts'
import { createParts } from '../flow/parts.ts'
import { createRoutes, type Routes } from '../flow/routes.ts'
import { blockedNames } from '../inbox/inbox.ts'
import type { IntakeTotals } from '../intake/ports.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { describeError, type LogEnd } from '../observe/log.ts'
import { closeServer, listen } from '../platform/servers.ts'
import { createExaminer } from '../publish/examiner.ts'
import { openProposalBook, openProposals, type Proposals } from '../publish/proposals.ts'
import { startPublishing } from '../publish/publishing.ts'
import { savedFiles } from '../publish/saved-files.ts'
import { startExaminer } from '../threads/examiner-client.ts'
import { createChangeLog } from './change-log.ts'
import { tellOfFiles, tellOfSaving, tellOfTransfers } from './config-log.ts'
import { openControlPlane } from './control-plane.ts'
import { type DataPlane, startDataPlane } from './data-plane.ts'
import type { DataThreads } from './data-threads.ts'
import { cellsOf, openForwarding } from './forwarding.ts'
import { openLive } from './live.ts'
import type { OpenedFolder } from './open-folder.ts'
import { openParts, type StartOptions } from './open-parts.ts'

/** Of a call of the ops API that is under way at a stop; the data plane has its own. */
const CONTROL_GRACE_MS = 1_000

export interface Gateway {
  readonly config: GatewayConfig
  readonly dataUrl: string
  readonly controlUrl: string
  /** Resolves when the gateway has stopped, however that came about; to what became of its last log lines. */
  readonly stopped: Promise<LogEnd>
  reload(): Promise<ReloadResult>
  revision(): RevisionPlan
  totals(): Promise<IntakeTotals>
  lanes(): readonly LaneState[]
  /** Undefined where the main thread does it all. */
  readonly dataThreads: DataThreads | undefined
  /** Takes no more, finishes what is under way, syncs and closes. Idempotent. */
  stop(): Promise<void>
}

export async function startGateway(options: StartOptions): Promise<Gateway> {
  const stack = new AsyncDisposableStack()
  try {
    return await startIn(stack, options)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Whatever is started goes onto `stack`, which stops it in reverse. */
async function startIn(stack: AsyncDisposableStack, options: StartOptions): Promise<Gateway> {
  const opened = await openParts(stack, options)
  const { folder, configFolder, types, freshness, stores, record, choices, believed, later, log, now } = opened
  const { config, revisions, keys } = folder
  let state: 'starting' | 'running' | 'stopping' = 'starting'
  let routes: Routes = routesOf()
  function routesOf(): Routes {
    return createRoutes(
      revisions.current(),
      (type) => types.get(type)?.abilities,
      (partner) => revisions.stopped(partner),
    )
  }
  const applyChange = async (): Promise<void> => {
    routes = routesOf()
    await takeEffect(freshness, later.dataPlane)
  }
  revisions.onChange(applyChange)
  revisions.onStops(applyChange)
  const examiner = startExaminer({
    failed: (error) => log.error(describeError(error), 'the configuration could not be examined'),
  })
  stack.defer(() => examiner.close())
  const changes = createChangeLog(log)
  const settings = folder.cell?.settings
  // Before anything is sent: what the files narrow is in force from the first item on.
  const publishing = await startPublishing({
    blocked: (live, wanted) => blockedNames(opened.inbox.items(), live, wanted),
    prepare: ({ apps }, last) => choices.splitNamespaces(namedNamespaces(apps), last),
    folder: configFolder,
    files: savedFiles(configFolder),
    gateway: config,
    revisions,
    proposals: await proposalsOf(folder),
    // A start waits for it in any case, and a thread would take it a second longer.
    examiner: () => (state === 'starting' ? createExaminer(types) : examiner),
    now,
    record: async (action, facts) => {
      await record(action, facts)
      changes.tell(action, facts)
    },
    observe: {
      read: (reloaded) => tellOfFiles(log, reloaded),
      resaved: (resaved) => tellOfSaving(log, resaved, revisions.current()),
      groundless: (transfers) => tellOfTransfers(log, transfers),
      failed: (error) => log.error(describeError(error), 'publishing failed'),
    },
  })
  later.publishing = publishing
  stack.defer(() => publishing.stop())

  // Both ports are taken before anything is sent: a start that fails for a taken one has disclosed nothing.
  let operators: RequestListener = notYet
  const controlServer = createControlServer(config.control, (request, response) => operators(request, response))
  const controlUrl = await listen(controlServer, config.control, 'control')
  stack.defer(() => closeServer(controlServer, CONTROL_GRACE_MS))
  const forwarding =
    folder.cell &&
    (await openForwarding(stack, { ...opened, ...folder, cell: folder.cell, stopping: () => state === 'stopping' }))
  later.forwarding = forwarding
  const live = openLive({ ...opened, config, revisions, keys })
  const shared = {
    ...opened,
    live,
    tail: live.tail,
    heard: live.heard,
    config,
    revisions,
    spread: forwarding?.spread,
    serveLedger: forwarding?.serveLedger ?? ((path: string) => stores.archive.serve(path)),
    relayOwners: forwarding?.relayOwners,
    cells: cellsOf(folder.cell, stores, forwarding),
    stopping: () => state === 'stopping',
  }
  const data = await startDataPlane({
    ...shared,
    publisher: publishing.publisher,
    keys,
    isOverdue: () => later.anchoring?.overdue() === true,
    parts: createParts(revisions, types, keys.pseudonym),
    routes: () => routes,
  })
  later.dataPlane = data
  stack.defer(() => data.stop())
  const control = await openControlPlane({
    ...shared,
    keys,
    settings,
    changes,
    publishing,
    deliveries: data.deliveries,
    anchors: () => believed.anchoring.states(),
    dataUrl: data.url,
    contradicted: () => believed.anchoring.contradicted(),
    anchorsStale: () => believed.anchoring.staleForMs(),
    started: () => state !== 'starting',
  })
  stack.defer(() => control.close())
  stack.defer(() => live.close())
  operators = control.app

  const { promise: stopped, resolve: finished } = Promise.withResolvers<LogEnd>()
  const stop = once(async () => {
    state = 'stopping'
    log.info({}, 'stopping')
    await stack.disposeAsync()
    log.info({}, 'stopped')
    finished(await opened.endLog())
  })
  void opened.lost.then(({ store, error }) => {
    log.error(
      { store, ...describeError(error) },
      'a writer ended: stopping, so that a new start opens its store afresh',
    )
    process.exitCode = 1
    void stop()
  })
  const { number: revision, digest, contracts } = revisions.current()
  await record('started', { revision, digest, ...(await believed.facts()) })
  believed.anchoring.start()
  state = 'running'
  log.info({ revision, partners: contracts.length, data: join(config.dataFolder) }, 'running')
  return {
    config,
    dataUrl: data.url,
    controlUrl,
    stopped,
    reload: control.reload,
    revision: () => revisions.current(),
    totals: () => opened.upToDate().then(stores.intake.totals),
    lanes: () => data.deliveries.lanes(),
    dataThreads: data.threads,
    stop,
  }
}

/** In the data folder, or in the database that all cells share. */
async function proposalsOf({ config, cell }: OpenedFolder): Promise<Proposals> {
  if (cell === undefined) return openProposals(config.dataFolder)
  const proposals = await openProposalBook(cell.settings.proposals)
  cell.settings.onChange('proposals', proposals.refresh)
  // What changed between the first reading and now.
  await proposals.refresh()
  return proposals
}

/** Of another revision, or stops: on every thread. */
async function takeEffect(freshness: SharedFreshness, data: DataPlane | undefined): Promise<void> {
  if (data?.threads !== undefined) {
    freshness.outdate(EVERYONE)
    await data.threads.spread()
  }
  const inForce = freshness.publish()
  data?.deliveries.refresh()
  await inForce
}

/** Operators who ask before there is anything to ask. */
const notYet: RequestListener = (_request, response) => {
  response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/json' })
  response.end(JSON.stringify({ ready: false, problems: [{ part: 'gateway', why: 'starting' }] }))
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
