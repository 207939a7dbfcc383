/** The hot half of a data plane, on whichever thread: what takes events and requests in and discloses them. Holds no rules. */
import { randomBytes } from 'node:crypto'
import type { GatewayConfig } from '../contracts/config.ts'
import { type BreakerObserver, createBreakers } from '../delivery/breaker.ts'
import { startDeliveries } from '../delivery/deliveries.ts'
import { resolveBySystem } from '../delivery/egress.ts'
import { createHttpWire, type HttpWire } from '../delivery/http-wire.ts'
import { observedWire } from '../delivery/observed-wire.ts'
import { createPace, type Pace } from '../delivery/pace.ts'
import type { SharedCells } from '../delivery/partner-cells.ts'
import type { Deliveries } from '../delivery/ports.ts'
import type { Reconciler } from '../delivery/reconcile.ts'
import { createRecorder } from '../delivery/recorder.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import type { AddressBook } from '../flow/addresses.ts'
import { createDisclosureIds, createEventSecrets, createRelayRefs } from '../flow/disclosure-id.ts'
import type { Parts } from '../flow/parts.ts'
import type { SendingObserver, StandingReader } from '../flow/ports.ts'
import { createPreparer } from '../flow/prepare.ts'
import { createRelayer } from '../flow/relay.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Routes } from '../flow/routes.ts'
import { createTurns } from '../flow/turns.ts'
import type { NameWatch } from '../inbox/ports.ts'
import type { HotDeps } from '../ingress/deps.ts'
import type { Intake } from '../intake/ports.ts'
import type { Ledger } from '../ledger/ports.ts'
import type { SdkListener, Tail } from '../live/ports.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Outcome } from '../model/disclosure.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { HotMetrics } from '../observe/metrics.ts'
import type { UnderWay } from '../observe/under-way.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import type { MirroredRevisions } from '../publish/mirror.ts'
import type { RolloutWatch } from '../publish/rollout-watch.ts'
import type { CountryReader } from '../signals/place.ts'
import type { Places } from './geoip.ts'
import type { JoinedRights } from './rights.ts'

const HOUR_MS = 3_600_000
/** How long a stop lets requests end that are under way, here and to partners; then they are cut off and on record as unknown. */
export const STOP_GRACE_MS = 4_000

/** What events and requests are taken in and disclosed with: the same on the main thread and on a data thread. */
export interface HotParts {
  readonly config: GatewayConfig
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: MirroredRevisions
  readonly rollouts: RolloutWatch
  readonly stores: { readonly ledger: Ledger; readonly recorded: Ledger; readonly intake: Intake }
  /** `observe` has partners told, too. */
  readonly choices: HotDeps['choices'] & StandingReader
  readonly joined: Pick<JoinedRights, 'forgetWithErasure'> & {
    readonly children: HotDeps['children']
    readonly gate: Pick<JoinedRights['gate'], 'isErased'>
  }
  readonly addresses: AddressBook
  readonly parts: Parts
  readonly routes: () => Routes
  readonly countryOf: CountryReader
  readonly places: Places
  readonly readSecret: ReadSecret
  readonly inbox: NameWatch
  readonly tail: Tail
  readonly heard: SdkListener
  readonly relayBooks: Pick<RelayBooks, 'begun' | 'ended'>
  /** Requests to partners under way. */
  readonly requestsBegun: UnderWay
  /** What the data threads share of each partner, and which of them this is. */
  readonly cells: SharedCells
  /** How many of a partner's connections for relayed requests are this thread's; 0: another thread relays. Default: all. */
  readonly relayPart?: (connections: number) => number
  readonly metrics: HotMetrics
  readonly now: () => EpochMs
  readonly log: Log
  readonly stopping: () => boolean
  readonly failed: (where: string, error: unknown) => void
}

/** Nothing is sent yet. */
export function openHot(given: HotParts) {
  const { config, revisions, choices, joined, parts, metrics, log, now, stopping } = given
  const { ledger, recorded, intake } = given.stores
  const preparer = createPreparer()
  joined.forgetWithErasure(preparer.forget)
  const contractOf = (partner: PartnerId) => revisions.contract(partner)
  const wire = openWire(given, contractOf)
  const breakers = createBreakers(now, breakerObserver(log), given.cells)
  /** What an event and a relayed request are decided and sent with alike. */
  const core = {
    recorder: createRecorder(recorded, stopping, now, metrics.ledgerCommit),
    addresses: given.addresses,
    wire,
    now,
    newId: createDisclosureIds(randomBytes),
    standing: choices,
    parts,
    preparer,
    current: () => revisions.current(),
    isErased: joined.gate.isErased,
    observe: sendingObserver(metrics, log, given.rollouts),
  }
  const relayer = createRelayer({
    ...core,
    gate: breakers,
    requireKeys: intake.requireKeys,
    choices,
    newRef: createRelayRefs(randomBytes),
    nextTurn: createTurns(setImmediate),
    after: (ms, call) => {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    books: given.relayBooks,
  })
  const ingress = {
    relay: {
      relayer,
      mapOf: (partner: PartnerId) => parts.relay(partner),
      paceOf: relayPaces(given),
      isElsewhere: ({ limits }: ContractPlan) => given.relayPart?.(limits.concurrency) === 0,
    },
    intake,
    choices,
    children: joined.children,
    ledger,
    revisions,
    routes: given.routes,
    names: given.inbox,
    tail: given.tail,
    heard: given.heard,
    countryOf: given.countryOf,
    placeOf: given.places.lookup,
    limits: { ...config.limits, ...config.pressure, unknownKeyGraceMs: config.unknownKeyGraceHours * HOUR_MS },
    trustedProxies: config.trustedProxies,
    newEventSecret: createEventSecrets(randomBytes),
    now,
    stopping,
    observe: {
      accepted: metrics.accepted,
      duplicate: metrics.duplicate,
      rejected: metrics.rejected,
      answeredError: metrics.answeredError,
      failed: given.failed,
    },
  }
  return {
    core,
    breakers,
    ingress,
    /** @param waiting partners with pairs in the intake */
    deliver: (reconciler: Reconciler, waiting: readonly PartnerId[]): Deliveries =>
      startDeliveries(
        {
          ...core,
          tail: given.tail,
          breakers,
          intake,
          contractOf,
          cells: given.cells,
          ledgerSize: () => ledger.size(),
          reconciler,
          random: Math.random,
        },
        waiting,
      ),
    /** Stops these with what sends; then nothing is under way any more, and every outcome is durable. */
    stop: async (parts: readonly Promise<unknown>[]): Promise<void> => {
      const abandoned = setTimeout(wire.abandonAll, STOP_GRACE_MS)
      await Promise.all(parts)
      clearTimeout(abandoned)
      await relayer.idle()
      await wire.close()
    },
  }
}

function relayPaces({ cells, revisions, now }: HotParts): (partner: PartnerId) => Pace {
  const paces = new Map<PartnerId, Pace>()
  return (partner) => {
    let pace = paces.get(partner)
    if (pace === undefined) {
      pace = createPace(() => revisions.contract(partner)?.limits.perSecond ?? 1, now, cells.of(partner).relayPace)
      paces.set(partner, pace)
    }
    return pace
  }
}

function openWire(
  { types, readSecret, requestsBegun, metrics, now, relayPart }: HotParts,
  contractOf: (partner: PartnerId) => ContractPlan | undefined,
): HttpWire {
  const plain = createHttpWire({
    contractOf,
    secretsOf: ({ type }) => types.get(type)?.secrets ?? [],
    readSecret,
    resolve: resolveBySystem,
    now,
    partOf: relayPart,
  })
  return observedWire(plain, requestsBegun, metrics.egressRefused)
}

function sendingObserver(metrics: HotMetrics, log: Log, rollouts: RolloutWatch): SendingObserver {
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
