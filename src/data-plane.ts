/** What takes events and requests in and discloses them: deliveries, the relay, the server that SDKs reach. Holds no rules. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { SharedFreshness } from './choices/freshness.ts'
import type { Choices } from './choices/ports.ts'
import type { GatewayConfig } from './contracts/config.ts'
import type { Publisher } from './contracts/publish.ts'
import type { RevisionBook } from './contracts/revisions.ts'
import { createRolloutWatch, type RolloutWatch } from './contracts/rollout-watch.ts'
import { startDeliveries } from './delivery/deliveries.ts'
import { resolveBySystem } from './delivery/egress.ts'
import { createHttpWire } from './delivery/http-wire.ts'
import type { LaneObserver } from './delivery/lane.ts'
import type { Deliveries } from './delivery/ports.ts'
import { createReconciler } from './delivery/reconcile.ts'
import { createRecorder } from './delivery/recorder.ts'
import type { ReadSecret } from './delivery/secrets.ts'
import { createDisclosureIds, createRelayRefs } from './flow/disclosure-id.ts'
import type { Parts } from './flow/parts.ts'
import type { StandingReader } from './flow/ports.ts'
import { createPreparer } from './flow/prepare.ts'
import { createRelayer, type RelayObserver } from './flow/relay.ts'
import type { RelayBooks } from './flow/relay-books.ts'
import type { Routes } from './flow/routes.ts'
import { createTurns } from './flow/turns.ts'
import { createDataPlane } from './ingress/app.ts'
import { createUserVerifier } from './ingress/user-token.ts'
import type { EpochMs, EventRef, PartnerId } from './model/brand.ts'
import { describeError, type Log } from './observe/log.ts'
import type { Metrics } from './observe/metrics.ts'
import type { UnderWay } from './observe/under-way.ts'
import { observedWire } from './observed.ts'
import type { RegisteredType } from './partners/envelope-limits.ts'
import type { Places } from './places.ts'
import type { JoinedRights } from './rights.ts'
import { closeServer } from './servers.ts'
import type { CountryReader } from './signals/place.ts'
import type { Stores } from './stores.ts'

/** Above the usual idle time of a proxy in front, so that it closes first and never sends into a closing socket. */
const KEEP_ALIVE_MS = 75_000
const REQUEST_TIMEOUT_MS = 15_000
const HOUR_MS = 3_600_000

export interface DataPlaneParts {
  readonly config: GatewayConfig
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: RevisionBook
  readonly publisher: Pick<Publisher, 'stopRollout'>
  readonly freshness: SharedFreshness
  readonly stores: Pick<Stores, 'ledger' | 'recorded' | 'archive' | 'intake'>
  readonly choices: Choices
  readonly joined: Pick<JoinedRights, 'rights' | 'stateChoice' | 'deletionDesk' | 'gate'>
  readonly parts: Parts
  readonly routes: () => Routes
  readonly countryOf: CountryReader
  readonly places: Places
  readonly eventRefOf: (app: string, messageId: string) => EventRef
  readonly readSecret: ReadSecret
  readonly relayBooks: RelayBooks
  /** Requests to partners under way. */
  readonly requestsBegun: UnderWay
  readonly metrics: Metrics
  readonly now: () => EpochMs
  readonly log: Log
  readonly stopping: () => boolean
  readonly failed: (where: string, error: unknown) => void
}

export interface DataPlane {
  readonly deliveries: Deliveries
  /** Listens nowhere yet. */
  readonly server: Server
  /** Takes no more; waits for what is under way and for its outcomes to be durable. */
  stop(): Promise<void>
}

/** Deliveries begin at once. */
export async function startDataPlane(given: DataPlaneParts): Promise<DataPlane> {
  const { config, types, revisions, freshness, choices, joined, parts, places, metrics, log, now, stopping } = given
  const { ledger, recorded, archive, intake } = given.stores
  const { rights, stateChoice, deletionDesk } = joined
  const preparer = createPreparer()
  const rollouts = createRolloutWatch({
    contractOf: (partner) => revisions.contract(partner),
    stop: (partner, why) => {
      metrics.rolloutStopped(partner, why)
      log.error({ partner, why }, 'a staged rollout stopped by itself: nobody has its wider terms any more')
      given.publisher
        .stopRollout(partner, why)
        .catch((error: unknown) =>
          log.error({ partner, ...describeError(error) }, 'a staged rollout could not be stopped'),
        )
    },
  })
  const contractOf = (partner: PartnerId) => revisions.contract(partner)
  const plainWire = createHttpWire({
    contractOf,
    secretsOf: ({ type }) => types.get(type)?.secrets ?? [],
    readSecret: given.readSecret,
    resolve: resolveBySystem,
    now,
  })
  const wire = observedWire(plainWire, given.requestsBegun, metrics.egressRefused)
  const waiting = Object.entries((await intake.totals()).pairs)
    .filter(([, { pending }]) => pending > 0)
    .map(([id]) => id as PartnerId)
  const recorder = createRecorder(recorded, stopping, now, metrics.ledgerCommit)
  const newDisclosureId = createDisclosureIds(randomBytes)
  const standing: StandingReader = {
    lookup: (identityKeys) => choices.lookup(identityKeys),
    isCurrent: (stamp) => freshness.isCurrent(stamp),
  }
  const deliveries = startDeliveries(
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

  const nextTurn = createTurns(setImmediate)
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
    newRef: createRelayRefs(randomBytes),
    nextTurn,
    after: (ms, call) => {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    books: given.relayBooks,
    observe: relayObserver(metrics, log),
  })

  const server = createServer(
    createDataPlane({
      relay: { relayer, nextTurn, mapOf: (partner) => parts.relay(partner) },
      intake,
      choices,
      stateChoice,
      rights,
      deletionDesk,
      ledger,
      archive,
      revisions,
      types,
      routes: given.routes,
      countryOf: given.countryOf,
      placeOf: places.lookup,
      limits: {
        ...config.limits,
        ...config.pressure,
        unknownKeyGraceMs: config.unknownKeyGraceHours * HOUR_MS,
      },
      trustedProxies: config.trustedProxies,
      publicApiHost: undefined,
      verifyUser: createUserVerifier(now),
      eventRefOf: given.eventRefOf,
      now,
      newMessageId: randomUUID,
      stopping,
      observe: {
        accepted: metrics.accepted,
        duplicate: metrics.duplicate,
        rejected: metrics.rejected,
        answeredError: metrics.answeredError,
        failed: given.failed,
      },
    }),
  )
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  return {
    deliveries,
    server,
    stop: async () => {
      await Promise.all([closeServer(server), deliveries.stop()])
      await relayer.idle()
      await wire.close()
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
