/** What operators reach: access, simulations, the control server. Holds no rules. */
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { SharedFreshness } from '../choices/freshness.ts'
import type { SharedSettings } from '../cluster/shared-settings.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { LOCAL } from '../control/access/access.ts'
import { actorsIn } from '../control/access/actor-book.ts'
import { openAccess } from '../control/access/open-access.ts'
import { secretsIn } from '../control/access/secrets.ts'
import { openAccountingHistory } from '../control/accounting-history.ts'
import { createControlPlane } from '../control/app.ts'
import type { ControlDeps, ReloadResult } from '../control/deps.ts'
import { callsIn, openCalls } from '../control/idempotency.ts'
import { createIssuerSignIn, type IssuerSignIn } from '../control/session/issuer-sign-in.ts'
import { createSessions } from '../control/session/sessions.ts'
import { createStop } from '../control/stop.ts'
import { watchStopTimes } from '../control/stop-times.ts'
import type { Deliveries } from '../delivery/ports.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Inbox } from '../inbox/ports.ts'
import type { EpochMs } from '../model/brand.ts'
import { formatProblem, withinFolder } from '../model/problem.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Publishing } from '../publish/publishing.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { startLedgerCheck } from '../threads/ledger-check-client.ts'
import type { ChangeLog } from './change-log.ts'
import { startSystems } from './desk-systems.ts'
import { type Keys, keyedReference } from './keys.ts'
import type { Live } from './live.ts'
import type { JoinedNotices } from './notices.ts'
import type { JoinedRights } from './rights.ts'
import type { Stores } from './stores.ts'
import { startWaitingWebhook } from './waiting-webhook.ts'

export interface ControlPlaneParts {
  readonly config: GatewayConfig
  readonly configFolder: string
  readonly keys: Keys
  /** Undefined where nobody shares them: access and calls are in the data folder. */
  readonly settings: Pick<SharedSettings, 'actors' | 'secrets' | 'calls' | 'onChange'> | undefined
  readonly revisions: RevisionBook
  readonly publishing: Publishing
  readonly freshness: SharedFreshness
  readonly stores: Pick<Stores, 'ledger' | 'archive' | 'intake'>
  readonly choices: ControlDeps['choices']
  readonly joined: Pick<
    JoinedRights,
    'rights' | 'stateChoice' | 'staffReads' | 'links' | 'receipts' | 'desk' | 'children' | 'byHand' | 'packs' | 'tables'
  >
  readonly notices: JoinedNotices
  readonly deliveries: Deliveries
  readonly inbox: Inbox
  readonly live: Live
  /** Where SDKs reach this gateway from here. */
  readonly dataUrl: string
  readonly relayBooks: RelayBooks
  readonly cells: ControlDeps['cells']
  readonly readSecret: ReadSecret
  readonly metrics: Metrics
  readonly changes: ChangeLog
  readonly now: () => EpochMs
  readonly log: Log
  readonly anchors: ControlDeps['anchors']
  /** Anchors that hold another history of this ledger. */
  readonly contradicted: () => readonly string[]
  readonly anchorsStale: ControlDeps['anchorsStale']
  readonly upToDate: ControlDeps['upToDate']
  readonly started: () => boolean
  readonly stopping: () => boolean
  readonly failed: (where: string, error: unknown) => void
}

/** Access and calls of a gateway that shares them with nobody. */
export function filesIn(dataFolder: string) {
  return {
    actors: actorsIn(join(dataFolder, 'actors.jsonl')),
    secrets: secretsIn(join(dataFolder, 'keys')),
    calls: callsIn(join(dataFolder, 'idempotency')),
  }
}

/** The log says who stopped what, once it is in force. */
function told(changes: ChangeLog, stop: ControlDeps['stop']): ControlDeps['stop'] {
  return async (partner, stopped, by) => {
    const result = await stop(partner, stopped, by)
    changes.tell(stopped ? 'stopped' : 'resumed', { partner, ...by })
    return result
  }
}

export interface ControlPlane {
  readonly app: RequestListener
  /** Reads the configuration files again; a bad one changes nothing. */
  reload(by?: string): Promise<ReloadResult>
  /** Writes what the audit trail has only counted so far. After the server has closed, before the ledger closes. */
  close(): Promise<void>
}

export async function openControlPlane(given: ControlPlaneParts): Promise<ControlPlane> {
  const { config, keys, revisions, publishing, freshness, choices, joined, metrics, now, log, failed } = given
  const { ledger, archive, intake } = given.stores
  const reload = async (by?: string): Promise<ReloadResult> => {
    const { ok, problems, revision, changed, waiting, restartNeeded } = await publishing.reload(by)
    if (!ok) return { ok, problems: problems.map(withinFolder(given.configFolder)).map(formatProblem) }
    const { drift } = publishing.filesStatus()
    const proposal = waiting === undefined ? {} : { waiting: waiting.number }
    return { ok, revision, changed, ...proposal, restartNeeded, drift }
  }
  const { metricsToken } = config.control
  const stores = given.settings ?? filesIn(config.dataFolder)
  const access = await openAccess({
    control: config.control,
    stores,
    keyFolder: join(config.dataFolder, 'keys'),
    ledger,
    referenceOf: (issuer, subject) => keyedReference(keys.index, 'actor', issuer, subject),
    now,
    failed,
  })
  if (given.settings !== undefined) {
    given.settings.onChange('access', access.refresh)
    // What changed between the first reading and now.
    await access.refresh()
  }
  given.changes.nameBy((id) => {
    const actor = access.actors.list().find((known) => known.id === id)
    return actor === undefined || actor.issuer !== LOCAL ? actor?.name : (actor.name ?? actor.subject)
  })
  if (access.tokenLiesInClear)
    log.warn(
      { file: join(config.dataFolder, 'keys', 'staff.token') },
      'the bootstrap token lies in clear: keep it elsewhere and remove the file',
    )
  const history = openAccountingHistory({
    totals: () => intake.totals(),
    lanes: () => given.deliveries.lanes(),
    now,
    failed,
  })
  const ledgerCheck = startLedgerCheck({
    dataFolder: config.dataFolder,
    size: () => ledger.size(),
    now,
    failed: (error) => failed('ledger check', error),
  })
  const deps: ControlDeps = {
    intake,
    history,
    choices,
    stateChoice: joined.stateChoice,
    rights: joined.rights,
    notices: given.notices.asked,
    staffReads: joined.staffReads,
    links: joined.links,
    packs: joined.packs,
    tables: joined.tables,
    processing: { ledgerMonths: config.ledger.retentionMonths, intakeHours: config.intake.maxAgeHours },
    receipts: joined.receipts,
    desk: joined.desk,
    children: joined.children,
    byHand: joined.byHand,
    ledger,
    archive,
    ledgerCheck,
    anchors: given.anchors,
    retentionMonths: config.ledger.retentionMonths,
    revisions,
    deliveries: given.deliveries,
    inbox: given.inbox,
    relayTotals: () => given.relayBooks.totals(),
    cells: given.cells,
    metrics,
    simulation: given.live.simulation,
    live: given.live,
    dataUrl: given.dataUrl,
    now,
    ...access,
    sessions: createSessions(now),
    issuerSignIn: issuerSignInOf(given),
    idempotency: await openCalls(stores.calls, keys.encryption, now),
    browser: { hosts: [config.control.host, ...config.control.hosts], origins: config.control.origins },
    trustedProxies: config.trustedProxies,
    metricsToken: metricsToken === undefined ? undefined : () => given.readSecret({ ...metricsToken }),
    stop: told(
      given.changes,
      createStop({
        revisions,
        ledger,
        inForce: () => freshness.publish(),
        workers: () => freshness.confirmations(),
        now,
        failed,
      }),
    ),
    stopTimes: watchStopTimes(revisions, now),
    reload,
    publishing,
    revisionTexts: (revision) => revisions.texts(revision),
    contradicted: given.contradicted,
    anchorsStale: given.anchorsStale,
    upToDate: given.upToDate,
    started: given.started,
    stopping: given.stopping,
    observe: { failed, called: metrics.controlCall },
  }
  const app = createControlPlane(deps)
  const { webhook } = config.control
  const telling =
    webhook === undefined
      ? undefined
      : await startWaitingWebhook({
          webhook,
          dataFolder: config.dataFolder,
          waiting: deps,
          readSecret: given.readSecret,
          failed,
        })
  const systems = startSystems({ ...given, desk: joined.desk, systems: config.desks })
  const closeAll = async (): Promise<void> => {
    history.close()
    await telling?.close()
    await systems.close()
    await ledgerCheck.close()
    await access.close()
  }
  return { app, reload, close: closeAll }
}

function issuerSignInOf({ config, readSecret, now }: ControlPlaneParts): IssuerSignIn | undefined {
  const { oidc } = config.control
  if (oidc?.signIn === undefined) return undefined
  const { clientSecret } = oidc.signIn
  const secret = clientSecret === undefined ? undefined : () => readSecret({ ...clientSecret })
  return createIssuerSignIn({ ...oidc, signIn: oidc.signIn, secret, now })
}
