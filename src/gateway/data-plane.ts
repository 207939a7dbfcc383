/** What takes events and requests in and discloses them: deliveries, the relay, the server that SDKs reach. Holds no rules. */
import { randomBytes } from 'node:crypto'
import { notifyingChoices } from '../choices/notifying.ts'
import type { Choices, ErasureSteps } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { type BreakerObserver, createBreakers } from '../delivery/breaker.ts'
import { startDeliveries } from '../delivery/deliveries.ts'
import { resolveBySystem } from '../delivery/egress.ts'
import { createHttpWire, type HttpWire } from '../delivery/http-wire.ts'
import { observedWire } from '../delivery/observed-wire.ts'
import type { Deliveries } from '../delivery/ports.ts'
import { createReconciler } from '../delivery/reconcile.ts'
import { createRecorder } from '../delivery/recorder.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import { createDisclosureIds, createEventSecrets, createRelayRefs } from '../flow/disclosure-id.ts'
import type { Parts } from '../flow/parts.ts'
import type { SendingObserver } from '../flow/ports.ts'
import { createPreparer } from '../flow/prepare.ts'
import { createRelayer } from '../flow/relay.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Routes } from '../flow/routes.ts'
import { createTurns } from '../flow/turns.ts'
import type { NameWatch } from '../inbox/ports.ts'
import { createDataPlane } from '../ingress/app.ts'
import type { IngressDeps } from '../ingress/deps.ts'
import { createUserVerifier } from '../ingress/user-token.ts'
import type { SdkListener, Tail } from '../live/ports.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Outcome } from '../model/disclosure.ts'
import type { NoticeSender } from '../notices/sender.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { UnderWay } from '../observe/under-way.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import { closeServer, listenWidely } from '../platform/servers.ts'
import type { Publisher } from '../publish/publisher.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { createRolloutWatch, type RolloutWatch } from '../publish/rollout-watch.ts'
import type { CountryReader } from '../signals/place.ts'
import { createDataServer, type DataServer } from './data-server.ts'
import type { Places } from './geoip.ts'
import { type JoinedNotices, type NoticeSenderJoin, startNoticeSender } from './notices.ts'
import type { JoinedRights } from './rights.ts'
import type { Stores } from './stores.ts'

const HOUR_MS = 3_600_000
/** How long a stop lets requests end that are under way, here and to partners; then they are cut off and on record as unknown. */
const STOP_GRACE_MS = 4_000

export interface DataPlaneParts {
  readonly config: GatewayConfig
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: RevisionBook
  readonly publisher: Pick<Publisher, 'stopRollout'>
  readonly stores: Pick<Stores, 'ledger' | 'recorded' | 'archive' | 'intake'>
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
  readonly parts: Parts
  readonly routes: () => Routes
  readonly countryOf: CountryReader
  readonly places: Places
  readonly readSecret: ReadSecret
  readonly inbox: NameWatch
  readonly tail: Tail
  readonly heard: SdkListener
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
  readonly sender: Pick<NoticeSender, 'wake' | 'flush'>
  /** Where others reach it. */
  readonly url: string
  /** Of senders: how many there are, and may be. */
  readonly connections: DataServer['connections']
  /** Takes no more; waits for what is under way and for its outcomes to be durable. */
  stop(): Promise<void>
}

/** Listens first: where that fails, nothing was sent. Deliveries begin at once. */
export async function startDataPlane(given: DataPlaneParts): Promise<DataPlane> {
  const { config, types, revisions, choices, joined, parts, places, metrics, log, now, stopping } = given
  const { ledger, recorded, archive, intake } = given.stores
  const { rights, stateChoice, deletionDesk } = joined
  const preparer = createPreparer()
  joined.forgetWithErasure(preparer.forget)
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
  const wire = openWire(given, contractOf)
  const waiting = Object.entries((await intake.totals()).pairs)
    .filter(([, { pending }]) => pending > 0)
    .map(([id]) => id as PartnerId)
  const recorder = createRecorder(recorded, stopping, now, metrics.ledgerCommit)
  const newDisclosureId = createDisclosureIds(randomBytes)
  const breakers = createBreakers(now, breakerObserver(log))
  /** What an event and a relayed request are decided and sent with alike. */
  const core = {
    recorder,
    addresses: given.notices.book,
    wire,
    now,
    newId: newDisclosureId,
    standing: choices,
    parts,
    preparer,
    current: () => revisions.current(),
    isErased: joined.gate.isErased,
    observe: sendingObserver(metrics, log, rollouts),
  }
  const nextTurn = createTurns(setImmediate)
  const sending = Promise.withResolvers<NoticeSender>()
  const observing = notifyingChoices(choices, given.notices.signalled)
  const relayer = createRelayer({
    ...core,
    gate: breakers,
    requireKeys: intake.requireKeys,
    choices: observing,
    newRef: createRelayRefs(randomBytes),
    nextTurn,
    after: (ms, call) => {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    books: given.relayBooks,
  })

  const { server, connections } = createDataServer(
    config,
    (isBeyond) =>
      createDataPlane({
        relay: { relayer, mapOf: (partner) => parts.relay(partner) },
        ...{ intake, spread: given.spread, relayOwners: given.relayOwners },
        choices: observing,
        stateChoice,
        rights,
        ...reported(joined, metrics),
        desk: joined.desk,
        systems: systemsOf(given),
        children: joined.children,
        person: { links: joined.links, key: joined.pageKey, random: randomBytes },
        deletionDesk,
        noticeAnswers: async (...given) => (await sending.promise).received(...given),
        ledger,
        archive,
        revisions,
        types,
        routes: given.routes,
        names: given.inbox,
        tail: given.tail,
        heard: given.heard,
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
        newEventSecret: createEventSecrets(randomBytes),
        now,
        stopping,
        isBeyond,
        observe: {
          accepted: metrics.accepted,
          duplicate: metrics.duplicate,
          rejected: metrics.rejected,
          answeredError: metrics.answeredError,
          failed: given.failed,
        },
      }),
    { metrics, log },
  )
  const url = await listenWidely(server, config.dataPlane, 'data_plane')
  const deliveries = startDeliveries(
    {
      ...core,
      tail: given.tail,
      breakers,
      intake,
      contractOf,
      ledgerSize: () => ledger.size(),
      reconciler: await createReconciler(intake, ledger),
      random: Math.random,
    },
    waiting,
  )
  const sender = startSender(given, { ...core, gate: breakers })
  sending.resolve(sender)
  return {
    deliveries,
    sender,
    url,
    connections,
    stop: async () => {
      const abandoned = setTimeout(wire.abandonAll, STOP_GRACE_MS)
      await Promise.all([closeServer(server, STOP_GRACE_MS), deliveries.stop(), sender.stop()])
      clearTimeout(abandoned)
      await relayer.idle()
      await wire.close()
    },
  }
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

function openWire(
  { types, readSecret, requestsBegun, metrics, now }: DataPlaneParts,
  contractOf: (partner: PartnerId) => ContractPlan | undefined,
): HttpWire {
  const plain = createHttpWire({
    contractOf,
    secretsOf: ({ type }) => types.get(type)?.secrets ?? [],
    readSecret,
    resolve: resolveBySystem,
    now,
  })
  return observedWire(plain, requestsBegun, metrics.egressRefused)
}

function sendingObserver(metrics: Metrics, log: Log, rollouts: RolloutWatch): SendingObserver {
  return {
    decided: metrics.decided,
    ended: (partner, outcome, item) => {
      metrics.ended(partner, labelOf(outcome))
      rollouts.ended(partner, outcome, item)
    },
    withheld: metrics.withheld,
    guardHit: (partner, what, isStaged) => {
      metrics.guardHit(partner)
      log.error({ partner, what }, 'guard: a withheld value was in the bytes; nothing was sent')
      rollouts.guardHit(partner, isStaged)
    },
    failed: (partner, error) => log.error({ partner, ...describeError(error) }, 'delivery failed in the gateway'),
  }
}

/** Refused for now is another thing than refused: the partner is down or busy, and nothing is wrong with what it was sent. */
function labelOf(outcome: Outcome): string {
  return outcome.kind === 'refused' && outcome.retry ? 'unavailable' : outcome.kind
}

function breakerObserver(log: Log): BreakerObserver {
  return {
    failing: (partner, cause, { breaker, failures, pausedUntil }) => {
      const until = pausedUntil === undefined ? {} : { pausedUntil: new Date(pausedUntil).toISOString() }
      log.warn({ partner, cause, failures, breaker, ...until }, 'a partner does not take what it is sent')
    },
    wellAgain: (partner, failures) => log.info({ partner, failures }, 'a partner is well again'),
  }
}

/** Receipts, and what the transparency report is made of. */
function reported({ tables, receipts }: DataPlaneParts['joined'], { recentChoices }: Metrics) {
  return { tables, receipts, recentChoices }
}
