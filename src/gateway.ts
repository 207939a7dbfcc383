/** The composition root: configuration → parts, started in order and stopped in reverse. Holds no rules. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createFreshness } from './choices/freshness.ts'
import { RESTORING } from './cli/backup/copy.ts'
import type { GatewayConfig, Listen } from './contracts/config.ts'
import { readDraft } from './contracts/draft.ts'
import { openConfig, type Reloaded } from './contracts/live-config.ts'
import { formatProblem } from './contracts/problem.ts'
import { startPublishing } from './contracts/publishing.ts'
import { createRolloutWatch, type RolloutWatch } from './contracts/rollout-watch.ts'
import { openAccess } from './control/access/open-access.ts'
import { createControlPlane } from './control/app.ts'
import type { ReloadResult } from './control/deps.ts'
import { openIdempotencyKeys } from './control/idempotency.ts'
import { createControlServer } from './control/server.ts'
import type { SimulateDeps } from './control/simulate.ts'
import { createStop } from './control/stop.ts'
import { startDeliveries } from './delivery/deliveries.ts'
import { resolveBySystem } from './delivery/egress.ts'
import { createHttpWire } from './delivery/http-wire.ts'
import type { LaneObserver } from './delivery/lane.ts'
import type { Deliveries, LaneState } from './delivery/ports.ts'
import { createReconciler } from './delivery/reconcile.ts'
import { createRecorder } from './delivery/recorder.ts'
import { createSecretReader } from './delivery/secrets.ts'
import { createDisclosureIds } from './flow/disclosure-id.ts'
import { createParts } from './flow/parts.ts'
import type { StandingReader } from './flow/ports.ts'
import { createPreparer } from './flow/prepare.ts'
import { createRelayer, type RelayObserver } from './flow/relay.ts'
import { createRelayBooks } from './flow/relay-books.ts'
import { createRoutes, type Routes } from './flow/routes.ts'
import { createWorld } from './flow/simulate/world.ts'
import { createDataPlane } from './ingress/app.ts'
import { type IpPlaces, openIpPlaces } from './ingress/ip-places.ts'
import { createUserVerifier } from './ingress/user-token.ts'
import type { IntakeTotals } from './intake/ports.ts'
import { keyedReference, loadKeys } from './keys.ts'
import type { Anchoring } from './ledger/anchors/anchoring.ts'
import { underAnchorDuty } from './ledger/anchors/duty.ts'
import { countWithheld } from './ledger/withheld-counts.ts'
import type { EventRef, PartnerId, Revision } from './model/brand.ts'
import type { RevisionPlan } from './model/contract.ts'
import { createLog, describeError, type Log } from './observe/log.ts'
import { createMetrics, type Metrics } from './observe/metrics.ts'
import { createUnderWay } from './observe/under-way.ts'
import { metricSourcesOf, observedChoices, observedLedger, observedWire } from './observed.ts'
import { partnerTypes } from './partners/registry.ts'
import { joinRights } from './rights.ts'
import { createDecoders } from './signals/decoders.ts'
import { createCountryReader } from './signals/place.ts'
import { StartRefused } from './start-refused.ts'
import { lockFolder } from './storage/sqlite/lock.ts'
import { startChoices } from './threads/choices-client.ts'
import { startIntake } from './threads/intake-client.ts'
import { startLedgerAnchoring } from './threads/ledger-anchoring.ts'
import { startLedger } from './threads/ledger-client.ts'
import { startLedgerSealer } from './threads/ledger-sealer-client.ts'

export interface StartOptions {
  readonly configFolder: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly log?: Log
  /** Starts although opt-outs may be lost: see `docs/erasure-and-retention.md`. Default false. */
  readonly acceptLostChoices?: boolean
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

/** How long a stop waits for requests under way before their sockets are closed. */
const STOP_GRACE_MS = 10_000
/** Above the usual idle time of a proxy in front, so that it closes first and never sends into a closing socket. */
const KEEP_ALIVE_MS = 75_000
const REQUEST_TIMEOUT_MS = 15_000
const HOUR_MS = 3_600_000
/** How often counts of minutes that are over are recorded. */
const COUNTS_FLUSH_MS = 5_000
/** How often the IP database is looked at: it changes about once a week. */
const PLACES_REFRESH_MS = 60_000

export async function startGateway({
  configFolder,
  environment = process.env,
  log: givenLog,
  acceptLostChoices = false,
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
  const startedChoices = await startChoices({
    dataFolder: config.dataFolder,
    indexKey: keys.index,
    freshness,
    now,
    randomBytes,
  })
  const startedLedger = await startLedger({
    dataFolder: config.dataFolder,
    signingKey: keys.signing,
    origin: config.ledger.origin,
    limits: {
      segmentLeaves: config.ledger.segmentLeaves,
      segmentAgeMs: config.ledger.segmentHours * HOUR_MS,
    },
    keyEncryptionKey: keys.encryption,
    commitmentKey: keys.commitment.export(),
    sealValues: config.ledger.sealValues,
  })
  const { unresolvedAtStart } = startedLedger
  if (unresolvedAtStart > 0) log.warn({ intents: unresolvedAtStart }, 'intents without an outcome: assumed disclosed')
  const archive = startLedgerSealer({
    dataFolder: config.dataFolder,
    size: () => startedLedger.size(),
    failed: (error) => log.error(describeError(error), 'the ledger’s sealer failed: tried again, sends go on'),
  })
  let anchoring: Anchoring | undefined
  const ledger = underAnchorDuty(observedLedger(startedLedger, recordsWaiting), () => anchoring?.overdue() === true)
  const counting = countWithheld(ledger, {
    now,
    random: randomBytes,
    failed: (error) => log.error(describeError(error), 'counts of withheld pairs could not be recorded: tried again'),
  })
  const recorded = config.ledger.withheld === 'each' ? ledger : counting
  const countingTimer = setInterval(() => void counting.flush(), COUNTS_FLUSH_MS)
  countingTimer.unref()
  const intake = await startIntake({
    dataFolder: config.dataFolder,
    keyEncryptionKey: keys.encryption,
    ...intakeOptions(config),
  })

  const parts = createParts(revisions, types, keys.pseudonym)
  const preparer = createPreparer()
  const countryOf = createCountryReader()
  const places = await openPlaces(config, log)
  const placeOf: IpPlaces['lookup'] = (ip) => places?.lookup(ip)
  const placesTimer = places === undefined ? undefined : setInterval(() => void places.refresh(), PLACES_REFRESH_MS)
  placesTimer?.unref()
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

  let deliveries: Deliveries | undefined
  const relayBooks = createRelayBooks()
  const metrics: Metrics = createMetrics(
    metricSourcesOf({
      intake,
      ledger,
      choices: startedChoices,
      revisions,
      relayed: () => relayBooks.totals(),
      threadsBehind: () => freshness.behind(),
      lanes: () => deliveries?.lanes() ?? [],
      recordsWaiting,
      choicesWaiting,
      dataFolder: config.dataFolder,
      now,
    }),
  )
  const choices = observedChoices(startedChoices, {
    waiting: choicesWaiting,
    begun: requestsBegun,
    metrics,
    nowMs: elapsedMs,
  })
  const joined = joinRights({
    config,
    keys,
    choices,
    ledger: startedLedger,
    archive,
    intake,
    revisions,
    types,
    now,
    log,
  })
  const { rights, stateChoice, deletionDesk } = joined
  try {
    await joined.catchUp({ mayLoseChoices: acceptLostChoices })
  } catch (error) {
    clearInterval(countingTimer)
    await closeAll([joined, intake, archive, recorded, choices])
    freshness.close()
    unlock()
    throw error
  }

  const applyChange = async (): Promise<void> => {
    routes = routesOf()
    const inForce = freshness.publish()
    deliveries?.refresh()
    await inForce
  }
  revisions.onChange(applyChange)
  revisions.onStops(applyChange)
  // Before anything is sent: what the files narrow is in force from the first item on.
  const publishing = await startPublishing({
    folder: configFolder,
    gateway: config,
    types,
    revisions,
    now,
    record: async (action, facts) => {
      await ledger.append([{ kind: 'control', time: now(), action, facts }])
    },
    observe: {
      read: (reloaded) => tellOfFiles(log, reloaded),
      failed: (error) => log.error(describeError(error), 'publishing failed'),
    },
  })

  const rollouts = createRolloutWatch({
    contractOf: (partner) => revisions.contract(partner),
    stop: (partner, why) => {
      metrics.rolloutStopped(partner, why)
      log.error({ partner, why }, 'a staged rollout stopped by itself: nobody has its wider terms any more')
      publishing.publisher
        .stopRollout(partner, why)
        .catch((error: unknown) =>
          log.error({ partner, ...describeError(error) }, 'a staged rollout could not be stopped'),
        )
    },
  })
  const readSecret = createSecretReader(environment)
  const contractOf = (partner: PartnerId) => revisions.contract(partner)
  const plainWire = createHttpWire({
    contractOf,
    secretsOf: ({ type }) => types.get(type)?.secrets ?? [],
    readSecret,
    resolve: resolveBySystem,
    now,
  })
  const wire = observedWire(plainWire, requestsBegun, metrics.egressRefused)
  const waiting = Object.entries((await intake.totals()).pairs)
    .filter(([, { pending }]) => pending > 0)
    .map(([id]) => id as PartnerId)
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
  const recorder = createRecorder(recorded, stopping, now, metrics.ledgerCommit)
  const newDisclosureId = createDisclosureIds(randomBytes)
  const standing: StandingReader = {
    lookup: (identityKeys) => choices.lookup(identityKeys),
    isCurrent: (stamp) => freshness.isCurrent(stamp),
  }
  deliveries = startDeliveries(
    {
      intake,
      recorder,
      wire,
      now,
      newId: newDisclosureId,
      standing,
      parts,
      preparer,
      current: () => revisions.current(),
      isErased: joined.gate.isErased,
      contractOf,
      ledgerSize: () => ledger.size(),
      reconciler: await createReconciler(intake, ledger),
      random: Math.random,
      observe: laneObserver(metrics, log, rollouts),
    },
    waiting,
  )
  const running = deliveries

  const reload = async (): Promise<ReloadResult> => {
    const { ok, problems, revision, changed, waiting } = await publishing.reload()
    if (!ok) return { ok, problems: problems.map(formatProblem) }
    return { ok, revision, changed, ...(waiting === undefined ? {} : { waiting: waiting.number }) }
  }
  const simulation: SimulateDeps = {
    decoders: createDecoders(),
    countryOf,
    placeOf,
    eventRefOf,
    keyOf: (identity) => choices.keyOf(identity),
    current: () => revisions.current(),
    // Sound: whether it was published is what `at` answers.
    revisionAt: (number) => revisions.at(number as Revision),
    worldOf: (plan) =>
      createWorld(plan, { types, pseudonymKey: keys.pseudonym, stopped: (partner) => revisions.stopped(partner) }),
    readDraft: (draft) =>
      readDraft(draft, revisions.current(), { types, allowLoopback: config.allowLoopbackPartners, now: now() }),
    recent: (before, max) => intake.recent(before, max),
    standingOf: ({ identityKeys }) => choices.lookup(identityKeys).standing,
    now,
  }
  const observeFailure = (where: string, error: unknown): void => {
    metrics.failed(where)
    log.error({ where, ...describeError(error) }, 'failed')
  }

  const relayer = createRelayer({
    recorder,
    wire,
    now,
    newId: newDisclosureId,
    requireKeys: intake.requireKeys,
    choices,
    standing,
    parts,
    preparer,
    current: () => revisions.current(),
    // No message id to make it from: random, and as unlinkable. Sound: 32 hex digits.
    newRef: () => randomUUID().replaceAll('-', '') as EventRef,
    after: (ms, call) => {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    books: relayBooks,
    observe: relayObserver(metrics, log),
  })

  const dataServer = createServer(
    createDataPlane({
      relay: { relayer, mapOf: (partner) => parts.relay(partner) },
      intake,
      choices,
      stateChoice,
      rights,
      deletionDesk,
      ledger,
      archive,
      revisions,
      types,
      routes: () => routes,
      countryOf,
      placeOf,
      limits: {
        ...config.limits,
        ...config.pressure,
        unknownKeyGraceMs: config.unknownKeyGraceHours * HOUR_MS,
      },
      trustedProxies: config.trustedProxies,
      publicApiHost: undefined,
      verifyUser: createUserVerifier(now),
      eventRefOf,
      now,
      newMessageId: randomUUID,
      stopping,
      observe: {
        accepted: metrics.accepted,
        duplicate: metrics.duplicate,
        rejected: metrics.rejected,
        answeredError: metrics.answeredError,
        failed: observeFailure,
      },
    }),
  )
  const { metricsToken } = config.control
  const access = await openAccess({
    control: config.control,
    dataFolder: config.dataFolder,
    ledger,
    referenceOf: (issuer, subject) => keyedReference(keys.index, 'actor', issuer, subject),
    now,
    failed: observeFailure,
  })
  if (access.tokenLiesInClear)
    log.warn(
      { file: join(config.dataFolder, 'keys', 'staff.token') },
      'the bootstrap token lies in clear: keep it elsewhere and remove the file',
    )
  const controlServer = createControlServer(
    config.control,
    createControlPlane({
      intake,
      choices,
      stateChoice,
      rights,
      ledger,
      archive,
      revisions,
      deliveries: running,
      relayTotals: () => relayBooks.totals(),
      metrics,
      simulation,
      now,
      ...access,
      idempotency: await openIdempotencyKeys(config.dataFolder, keys.encryption, now),
      browser: { hosts: [config.control.host, ...config.control.hosts], origins: config.control.origins },
      trustedProxies: config.trustedProxies,
      metricsToken: metricsToken === undefined ? undefined : () => readSecret({ ...metricsToken }),
      stop: createStop({
        revisions,
        ledger,
        inForce: () => freshness.publish(),
        workers: () => freshness.confirmations(),
        now,
        failed: observeFailure,
      }),
      reload,
      publishing,
      revisionTexts: (revision) => revisions.texts(revision),
      started: () => state !== 'starting',
      stopping,
      observe: { failed: observeFailure, called: metrics.controlCall },
    }),
  )

  let finished: () => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    finished = resolve
  })
  const stopOnce = once(async () => {
    state = 'stopping'
    log.info({}, 'stopping')
    clearInterval(placesTimer)
    publishing.stop()
    await Promise.all([closeServer(dataServer), running.stop()])
    await relayer.idle()
    await wire.close()
    await closeServer(controlServer)
    clearInterval(countingTimer)
    anchoring?.close()
    await closeAll([access, joined, intake, archive, recorded, choices])
    freshness.close()
    unlock()
    log.info({}, 'stopped')
    finished()
  })
  startedLedger.onLost((error) => {
    log.error(describeError(error), 'the ledger writer ended: stopping, so that a new start reads the ledger afresh')
    process.exitCode = 1
    void stopOnce()
  })

  dataServer.keepAliveTimeout = KEEP_ALIVE_MS
  dataServer.requestTimeout = REQUEST_TIMEOUT_MS
  const dataUrl = await listen(dataServer, config.dataPlane)
  const controlUrl = await listen(controlServer, config.control)
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
    reload,
    revision: () => revisions.current(),
    totals: () => intake.totals(),
    lanes: () => running.lanes(),
    stop: stopOnce,
  }
}

/** What reading the files came to, for whoever looks at the log. */
function tellOfFiles(
  log: Log,
  { ok, problems, warnings, revision, changed, waiting, turnedDown, restartNeeded }: Reloaded,
): void {
  for (const warning of warnings) log.warn({ problem: formatProblem(warning) }, 'configuration: please look')
  for (const problem of problems)
    log.error(
      { problem: formatProblem(problem), running: revision },
      'configuration is bad: the last good revision runs',
    )
  if (!ok) return
  if (waiting !== undefined)
    log.warn(
      { proposal: waiting.number, change: waiting.change },
      'the files give somebody more than what is live: that part waits for approval',
    )
  if (turnedDown) log.warn({ revision }, 'the files hold a change that was turned down: they and what is live differ')
  log.info({ revision, changed, restartNeeded }, 'configuration read')
}

/** Without a database the country is what events say, and an event that says none falls under the strictest law. */
async function openPlaces({ ipDatabase }: GatewayConfig, log: Log): Promise<IpPlaces | undefined> {
  if (ipDatabase === undefined) {
    log.warn({}, 'no ip_database in gateway.yaml: events that name no country fall under the default regime')
    return undefined
  }
  return openIpPlaces(ipDatabase, (error) =>
    log.error(
      { file: ipDatabase, ...describeError(error) },
      'the IP database cannot be used: the last good one is, if any',
    ),
  )
}

function intakeOptions({ intake }: GatewayConfig) {
  return {
    options: {
      keepHours: intake.keepHours,
      maxAgeHours: intake.maxAgeHours,
      dedupeWindowMs: intake.dedupeWindowMinutes * 60_000,
      dedupeMaxKeys: intake.dedupeMaxIds,
    },
  }
}

function laneObserver(metrics: Metrics, log: Log, rollouts: RolloutWatch): LaneObserver {
  return {
    decided: (partner, decision, event) => metrics.decided(partner, decision, Object.keys(event.fields)),
    ended: (partner, outcome, item) => {
      metrics.ended(partner, outcome.kind)
      rollouts.ended(partner, outcome, item)
    },
    withheld: metrics.withheld,
    guardHit: (partner, what, isStaged) => {
      guardHit(metrics, log)(partner, what)
      rollouts.guardHit(partner, isStaged)
    },
    failed: deliveryFailed(log),
  }
}

function relayObserver(metrics: Metrics, log: Log): RelayObserver {
  return {
    decided: (partner, decision, view) => metrics.decided(partner, decision, Object.keys(view)),
    ended: (partner, outcome) => metrics.ended(partner, outcome.kind),
    withheld: metrics.withheld,
    guardHit: guardHit(metrics, log),
    failed: deliveryFailed(log),
  }
}

function guardHit(metrics: Metrics, log: Log): (partner: PartnerId, what: string) => void {
  return (partner, what) => {
    metrics.guardHit(partner)
    log.error({ partner, what }, 'guard: a withheld value was in the bytes; nothing was sent')
  }
}

function deliveryFailed(log: Log): (partner: PartnerId, error: unknown) => void {
  return (partner, error) => log.error({ partner, ...describeError(error) }, 'delivery failed in the gateway')
}

async function listen(server: Server, { host, port }: Listen): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // Sound: a TCP server that listens has an address of this form.
  const { port: bound } = server.address() as AddressInfo
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `${server instanceof TlsServer ? 'https' : 'http'}://${shown}:${bound}`
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS)
  await closed
  clearTimeout(timer)
}

async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const part of parts) await part.close()
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
