/** What operators reach: access, simulations, the control server. Holds no rules. */
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { SharedFreshness } from './choices/freshness.ts'
import type { GatewayConfig } from './contracts/config.ts'
import { readDraft } from './contracts/draft.ts'
import { formatProblem } from './contracts/problem.ts'
import type { Publishing } from './contracts/publishing.ts'
import type { RevisionBook } from './contracts/revisions.ts'
import { openAccess } from './control/access/open-access.ts'
import { createControlPlane } from './control/app.ts'
import type { ControlDeps, ReloadResult } from './control/deps.ts'
import { openIdempotencyKeys } from './control/idempotency.ts'
import { createControlServer } from './control/server.ts'
import type { SimulateDeps } from './control/simulate.ts'
import { createStop } from './control/stop.ts'
import type { Deliveries } from './delivery/ports.ts'
import type { ReadSecret } from './delivery/secrets.ts'
import type { RelayBooks } from './flow/relay-books.ts'
import { createWorld } from './flow/simulate/world.ts'
import { type Keys, keyedReference } from './keys.ts'
import type { EpochMs, EventRef, Revision } from './model/brand.ts'
import type { Log } from './observe/log.ts'
import type { Metrics } from './observe/metrics.ts'
import type { RegisteredType } from './partners/envelope-limits.ts'
import type { Places } from './places.ts'
import type { JoinedRights } from './rights.ts'
import { createDecoders } from './signals/decoders.ts'
import type { CountryReader } from './signals/place.ts'
import type { Stores } from './stores.ts'

export interface ControlPlaneParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: RevisionBook
  readonly publishing: Publishing
  readonly freshness: SharedFreshness
  readonly stores: Pick<Stores, 'ledger' | 'archive' | 'intake'>
  readonly choices: ControlDeps['choices']
  readonly joined: Pick<JoinedRights, 'rights' | 'stateChoice'>
  readonly deliveries: Deliveries
  readonly relayBooks: RelayBooks
  readonly countryOf: CountryReader
  readonly places: Places
  readonly eventRefOf: (app: string, messageId: string) => EventRef
  readonly readSecret: ReadSecret
  readonly metrics: Metrics
  readonly now: () => EpochMs
  readonly log: Log
  readonly started: () => boolean
  readonly stopping: () => boolean
  readonly failed: (where: string, error: unknown) => void
}

export interface ControlPlane {
  /** Listens nowhere yet. */
  readonly server: Server
  /** Reads the configuration files again; a bad one changes nothing. */
  reload(): Promise<ReloadResult>
  /** Writes what the audit trail has only counted so far. After the server has closed, before the ledger closes. */
  close(): Promise<void>
}

export async function openControlPlane(given: ControlPlaneParts): Promise<ControlPlane> {
  const { config, keys, revisions, publishing, freshness, choices, joined, metrics, now, log, failed } = given
  const { ledger, archive, intake } = given.stores
  const reload = async (): Promise<ReloadResult> => {
    const { ok, problems, revision, changed, waiting } = await publishing.reload()
    if (!ok) return { ok, problems: problems.map(formatProblem) }
    return { ok, revision, changed, ...(waiting === undefined ? {} : { waiting: waiting.number }) }
  }
  const { metricsToken } = config.control
  const access = await openAccess({
    control: config.control,
    dataFolder: config.dataFolder,
    ledger,
    referenceOf: (issuer, subject) => keyedReference(keys.index, 'actor', issuer, subject),
    now,
    failed,
  })
  if (access.tokenLiesInClear)
    log.warn(
      { file: join(config.dataFolder, 'keys', 'staff.token') },
      'the bootstrap token lies in clear: keep it elsewhere and remove the file',
    )
  const server = createControlServer(
    config.control,
    createControlPlane({
      intake,
      choices,
      stateChoice: joined.stateChoice,
      rights: joined.rights,
      ledger,
      archive,
      revisions,
      deliveries: given.deliveries,
      relayTotals: () => given.relayBooks.totals(),
      metrics,
      simulation: simulationDeps(given),
      now,
      ...access,
      idempotency: await openIdempotencyKeys(config.dataFolder, keys.encryption, now),
      browser: { hosts: [config.control.host, ...config.control.hosts], origins: config.control.origins },
      trustedProxies: config.trustedProxies,
      metricsToken: metricsToken === undefined ? undefined : () => given.readSecret({ ...metricsToken }),
      stop: createStop({
        revisions,
        ledger,
        inForce: () => freshness.publish(),
        workers: () => freshness.confirmations(),
        now,
        failed,
      }),
      reload,
      publishing,
      revisionTexts: (revision) => revisions.texts(revision),
      started: given.started,
      stopping: given.stopping,
      observe: { failed, called: metrics.controlCall },
    }),
  )
  return { server, reload, close: () => access.close() }
}

/** What simulations are made with: the very parts that delivery works with, and no wire. */
function simulationDeps(given: ControlPlaneParts): SimulateDeps {
  const { config, keys, types, revisions, choices, now } = given
  const { intake } = given.stores
  return {
    decoders: createDecoders(),
    countryOf: given.countryOf,
    placeOf: given.places.lookup,
    eventRefOf: given.eventRefOf,
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
}
