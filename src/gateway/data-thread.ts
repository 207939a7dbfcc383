/** Worker entry: one of several data threads. Takes in events and partners' own requests, and sends what this thread took in. */
import { type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createFreshness } from '../choices/freshness.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { createSharedCells } from '../delivery/partner-cells.ts'
import { type CatchUp, createReconciler } from '../delivery/reconcile.ts'
import { createSecretReader } from '../delivery/secrets.ts'
import type { Addressed } from '../flow/addresses.ts'
import { createParts } from '../flow/parts.ts'
import { createRoutes, type Routes } from '../flow/routes.ts'
import { createNameScout } from '../inbox/inbox.ts'
import { createHotPlane } from '../ingress/app.ts'
import type { PairHistory } from '../ledger/ports.ts'
import { countWithheld } from '../ledger/withheld-counts.ts'
import { observeAppends, requireAnchored } from '../ledger/wrap.ts'
import { createThreadTail } from '../live/tail.ts'
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { describeError } from '../observe/log.ts'
import { createUnderWay } from '../observe/under-way.ts'
import { partnerTypes } from '../partners/registry.ts'
import { closeServer, type ListenAt, listenBeside } from '../platform/servers.ts'
import { createMirror, type Mirror } from '../publish/mirror.ts'
import { readRevision } from '../publish/revision-files.ts'
import { isInRollout } from '../publish/rollout-watch.ts'
import type { StopState } from '../publish/stops.ts'
import { createCountryReader } from '../signals/place.ts'
import { createErasedGate } from '../subjects/erased-gate.ts'
import { readChoices } from '../threads/choices-client.ts'
import { intakeThrough } from '../threads/intake-client.ts'
import { type LedgerWay, ledgerThrough } from '../threads/ledger-client.ts'
import { callPort, serveCalls } from '../threads/rpc.ts'
import { createDataServer } from './data-server.ts'
import { evenShare } from './even-share.ts'
import { handTo } from './front-socket.ts'
import { openPlaces } from './geoip.ts'
import { openHot, STOP_GRACE_MS } from './hot-plane.ts'
import { COUNTS_FLUSH_MS } from './stores.ts'
import { createTelling } from './thread-tells.ts'
import { threadWords } from './thread-words.ts'

/** What a data thread is started with. */
export interface ThreadStart {
  /** Its place among them, from 0. */
  readonly place: number
  readonly threads: number
  /** What they share of each partner: see `createSharedCells`. */
  readonly cells: SharedArrayBuffer
  /** Limits that hold for all of them together are its part alone. */
  readonly config: GatewayConfig
  readonly at: ListenAt
  readonly plan: RevisionPlan
  readonly stops: StopState
  readonly erased: readonly ErasedCall[]
  readonly keys: { readonly index: KeyObject; readonly pseudonym: KeyObject }
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly freshness: SharedArrayBuffer
  /** Of `SharedFreshness`. */
  readonly slot: number
  readonly words: SharedArrayBuffer
  readonly ways: { readonly hub: MessagePort; readonly intake: MessagePort; readonly ledger: LedgerWay }
  readonly windowBytes: number
  /** Where requests go that it does not answer. */
  readonly elsewhere: string
  readonly catchUp: CatchUp
  /** Partners with pairs in the intake. */
  readonly waiting: readonly PartnerId[]
}
export interface ErasedCall {
  readonly identities: readonly IdentityKey[]
  readonly at: EpochMs
}

/** What its main thread does for it. */
export interface HubCalls {
  observe(observations: readonly Observation[]): Promise<void>
  lateChildren(people: readonly (readonly IdentityKey[])[]): Promise<number>
  keepAddresses(sent: readonly Addressed[]): Promise<void>
  tells(tells: Parameters<Parameters<typeof createTelling>[0]>[0]): void
}

async function serve(): Promise<void> {
  if (parentPort === null) throw new Error('src/gateway/data-thread.ts runs as a worker')
  const start = workerData as ThreadStart
  const { config, keys, ways } = start
  const now = Date.now
  const elapsedMs = (): number => performance.now()
  const freshness = createFreshness(start.freshness)
  const { slot } = freshness.registerDataThread(start.slot)
  const words = threadWords(start.words)
  const hub = callPort(ways.hub, 'ERR_STOPPING')
  const ask =
    <Name extends keyof HubCalls>(name: Name) =>
    (argument: Parameters<HubCalls[Name]>[0]) =>
      hub.call<Awaited<ReturnType<HubCalls[Name]>>>(name, argument)
  const telling = createTelling((tells) => hub.call('tells', tells))
  const { tell, log } = telling

  const types = partnerTypes()
  const revisions = createMirror(start.plan, start.stops, words.live, (number) =>
    readRevision(join(config.dataFolder, 'revisions'), number),
  )
  const reading = readChoices(config.dataFolder, keys.index, freshness)
  const intake = intakeThrough(ways.intake, start.windowBytes)
  const recordsWaiting = createUnderWay(elapsedMs)
  const ledger = requireAnchored(observeAppends(ledgerThrough(ways.ledger), recordsWaiting), () => words.overdue)
  const counting = countWithheld(ledger, {
    now,
    random: randomBytes,
    failed: (error) => log.error(describeError(error), 'counts of withheld pairs could not be recorded: tried again'),
  })
  const countingTimer = setInterval(() => void counting.flush(), COUNTS_FLUSH_MS)
  const gate = createErasedGate(config.intake.maxAgeHours * 3_600_000)
  for (const { identities, at } of start.erased) gate.add(identities, at)
  const forgets: (() => void)[] = []
  const requestsBegun = createUnderWay(elapsedMs)
  const tail = createThreadTail(() => words.watched, now, tell)
  const names = createNameScout({ current: revisions.current, now, random: randomBytes, tell })
  const reconciler = createReconciler(start.catchUp)

  const hot = openHot({
    config,
    types,
    revisions,
    rollouts: {
      ended: (partner, outcome, item) => {
        const contract = revisions.contract(partner)
        if (contract !== undefined && isInRollout(contract)) tell.tried(partner, outcome, item)
      },
      guardHit: tell.guardHit,
    },
    stores: { ledger, recorded: config.ledger.withheld === 'each' ? ledger : counting, intake },
    choices: { ...reading, observe: ask('observe') },
    joined: {
      forgetWithErasure: (forget) => void forgets.push(forget),
      children: { late: ask('lateChildren'), count: tell.count },
      gate,
    },
    addresses: { keep: ask('keepAddresses') },
    parts: createParts(revisions, types, keys.pseudonym),
    routes: routesOver(revisions, types),
    countryOf: createCountryReader(),
    places: await openPlaces(config, log),
    readSecret: createSecretReader(start.environment),
    inbox: names,
    tail,
    heard: telling.heard,
    relayBooks: { begun: tell.begun, ended: tell.ended },
    requestsBegun,
    cells: createSharedCells(start.place, start.threads, start.cells),
    relayPart: (all) => relayPart(all, start),
    metrics: telling.metrics,
    now,
    log,
    stopping: () => words.stopping,
    failed: (where, error) => tell.failed(where, error instanceof Error ? error : new Error('unknown')),
  })
  const { server, connections } = createDataServer(
    config,
    (isBeyond) =>
      createHotPlane({ ...hot.ingress, isBeyond }, handTo(start.elsewhere, config.pressure.retryAfterSeconds)),
    telling,
    start.threads,
  )
  const share = evenShare(server, words.connections, start.place)
  let deliveries: ReturnType<typeof hot.deliver> | undefined
  const delaySeconds = watchDelay()
  telling.beforeEach(() => {
    tail.flush()
    names.flush()
    tell.state({
      lanes: deliveries?.lanes() ?? [],
      connections: connections(),
      ledgerWaitsSeconds: recordsWaiting.oldestSeconds(),
      delaySeconds: delaySeconds(),
      requests: share.requests(),
    })
  })

  serveCalls(parentPort, {
    start: async () => {
      await listenBeside(server, start.at, 'data_plane')
      deliveries = hot.deliver(reconciler, start.waiting)
    },
    prepare: (plan: RevisionPlan) => revisions.prepare(plan),
    changed: (stops: StopState) => {
      revisions.changed(stops)
      names.refresh()
      deliveries?.refresh()
    },
    erased: ({ identities, at }: ErasedCall) => gate.add(identities, at),
    evict: (identities: readonly IdentityKey[]) => {
      intake.evict(identities)
      for (const forget of forgets) forget()
    },
    learn: (histories: readonly PairHistory[]) => reconciler.learn(histories),
    wake: (partner: PartnerId) => deliveries?.wake(partner),
    drained: () => requestsBegun.drained(),
    flush: telling.flush,
    close: async () => {
      await hot.stop([closeServer(server, STOP_GRACE_MS), deliveries?.stop() ?? Promise.resolve()])
      clearInterval(countingTimer)
      await counting.flush(true)
      await telling.stop()
      freshness.releaseDataThread(slot)
      freshness.close()
      reading.close()
    },
  })
}

/** A scrape comes seldom, and has to see what was before it. */
function watchDelay(): () => number {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  let before = 0
  setInterval(() => {
    before = delay.max
    delay.reset()
  }, DELAY_WINDOW_MS).unref()
  return () => Math.max(before, delay.max) / 1e9
}

/** Made anew when another revision is live, or stops have changed. */
function routesOver(revisions: Mirror, types: ReturnType<typeof partnerTypes>): () => Routes {
  let made: { readonly plan: RevisionPlan; readonly version: number; readonly routes: Routes } | undefined
  return () => {
    const plan = revisions.current()
    const version = revisions.version()
    if (made?.plan !== plan || made.version !== version) {
      const routes = createRoutes(plan, (type) => types.get(type)?.abilities, revisions.stopped)
      made = { plan, version, routes }
    }
    return made.routes
  }
}

/** Where there are fewer than threads, the main thread has all of them. */
function relayPart(connections: number, { place, threads }: ThreadStart): number {
  if (connections < threads) return 0
  return Math.floor(connections / threads) + (place < connections % threads ? 1 : 0)
}

const DELAY_WINDOW_MS = 10_000
await serve()
