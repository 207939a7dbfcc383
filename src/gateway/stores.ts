/** Everything that is kept, opened in order and closed in reverse: choices, ledger, accepted events. Holds no rules. */
import { randomBytes } from 'node:crypto'
import type { ResourceLimits } from 'node:worker_threads'
import type { SharedFreshness } from '../choices/freshness.ts'
import type { SharedErasures, SharedTellings } from '../choices/ports.ts'
import { openSharedChoices, type SharedChoices } from '../cluster/choices.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import { countWithheld } from '../ledger/withheld-counts.ts'
import { observeAppends, requireAnchored } from '../ledger/wrap.ts'
import type { EpochMs } from '../model/brand.ts'
import type { CellStanding } from '../observe/gauges.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { UnderWay } from '../observe/under-way.ts'
import { type EmbeddedChoices, startChoices } from '../threads/choices-client.ts'
import { type StartedIntake, startIntake } from '../threads/intake-client.ts'
import { type StartedLedger, startLedger } from '../threads/ledger-client.ts'
import { startLedgerSealer } from '../threads/ledger-sealer-client.ts'
import { limitsFor } from '../threads/short-lived.ts'
import { joinHolds } from './holds.ts'
import type { Keys } from './keys.ts'
import type { JoinedCell } from './open-folder.ts'

const HOUR_MS = 3_600_000
/** How often counts of minutes that are over are recorded. */
export const COUNTS_FLUSH_MS = 5_000

/** How often a cell counts what it has still to send. */
const WAITING_MS = 500
const NOT_COUNTED = 'what waits could not be counted: tried again'

export interface StoreParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly cell: JoinedCell | undefined
  readonly freshness: SharedFreshness
  /** Appends that are not durable yet. */
  readonly recordsWaiting: UnderWay
  /** A checkpoint that had to be outside by now is not: nothing more is recorded, and so nothing sent. */
  readonly anchorOverdue: () => boolean
  /** A thread that alone writes a store ended by itself: nothing is stored there any more. */
  readonly lost: (store: 'choices' | 'ledger' | 'intake', error: Error) => void
  /** An erasure was begun in this cell or another. */
  readonly onErasure: () => Promise<void>
  /** Opens the intake although accepted events are missing. */
  readonly acceptLostEvents: boolean
  /** Default: what all that may be under way at once needs. */
  readonly intakeLimits?: ResourceLimits | undefined
  readonly now: () => EpochMs
  readonly log: Log
}

export interface Stores {
  readonly choices: EmbeddedChoices
  /** Undefined where the choices are in the data folder. */
  readonly cluster: () => CellStanding | undefined
  /** Undefined likewise. */
  readonly owners:
    | Pick<SharedChoices, 'owners' | 'own' | 'cells' | 'agreed' | keyof SharedErasures | keyof SharedTellings>
    | undefined
  /** The ledger as it started; what discloses takes `ledger` or `recorded`. */
  readonly startedLedger: StartedLedger
  /** Under the duty to anchor, its appends observed. */
  readonly ledger: Ledger
  /** The same, with withheld pairs counted where the configuration says so. */
  readonly recorded: Ledger
  readonly archive: LedgerArchive
  /** See `JoinedHolds`. */
  readonly takeInHolds: () => Promise<void>
  readonly intake: StartedIntake
  /** Accepted events that are in no file of the intake: those that this start was told to accept. */
  lostEvents(): Promise<number>
  close(): Promise<void>
}

export async function openStores(parts: StoreParts): Promise<Stores> {
  const { config, keys, recordsWaiting, anchorOverdue, lost, now, log } = parts
  let waiting: number | undefined
  const { choices, cluster, owners } = await openChoices(parts, () => waiting)
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
  startedLedger.onLost((error) => lost('ledger', error))
  const { unresolvedAtStart } = startedLedger
  if (unresolvedAtStart > 0) log.warn({ intents: unresolvedAtStart }, 'intents without an outcome: assumed disclosed')
  const archive = startLedgerSealer({
    dataFolder: config.dataFolder,
    size: () => startedLedger.size(),
    failed: (error) => log.error(describeError(error), 'the ledger’s sealer failed: tried again, sends go on'),
  })
  const { takeIn: takeInHolds, ...holds } = joinHolds(archive, parts.cell?.settings.holds, async (action, facts) => {
    await startedLedger.append([{ kind: 'control', time: now(), action, facts }])
  })
  const ledger = requireAnchored(observeAppends(startedLedger, recordsWaiting), anchorOverdue)
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
    indexKey: new Uint8Array(keys.index.export()),
    onLost: (error) => lost('intake', error),
    acceptLost: parts.acceptLostEvents,
    limits: parts.intakeLimits ?? limitsFor(config.pressure.bytesUnderWay),
    ...intakeOptions(config),
  })
  const count = async (): Promise<void> => {
    const { pairs } = await intake.totals()
    waiting = Object.values(pairs).reduce((sum, { pending }) => sum + pending, 0)
  }
  await count()
  const countingWaiting =
    owners && setInterval(() => void count().catch((error) => log.error(describeError(error), NOT_COUNTED)), WAITING_MS)
  countingWaiting?.unref()
  return {
    choices,
    cluster,
    owners,
    startedLedger,
    ledger,
    recorded,
    archive: { ...archive, ...holds },
    takeInHolds,
    intake,
    lostEvents: () => intake.lostEvents(),
    close: async () => {
      clearInterval(countingTimer)
      clearInterval(countingWaiting)
      // For whoever takes the cell out.
      if (owners !== undefined) await count().catch(() => undefined)
      await intake.close()
      await archive.close()
      await recorded.close()
      await choices.close()
      parts.freshness.close()
    },
  }
}

/** In the data folder, or in the database that all cells share. */
async function openChoices(
  parts: StoreParts,
  waiting: () => number | undefined,
): Promise<Pick<Stores, 'choices' | 'cluster' | 'owners'>> {
  const { config, keys, cell, freshness, lost, onErasure, now, log } = parts
  const common = { indexKey: keys.index, freshness, now, randomBytes }
  const onLost = (error: Error): void => lost('choices', error)
  if (cell === undefined) {
    const choices = await startChoices({ ...common, dataFolder: config.dataFolder, onLost })
    return { choices, cluster: () => undefined, owners: undefined }
  }
  const shared = await openSharedChoices({
    ...common,
    ...cell,
    folder: config.dataFolder,
    onProblem: (error) =>
      log.error(
        describeError(error),
        'choices cannot be followed: tried again; without a lease nothing is sent or taken',
      ),
    onFenced: onLost,
    onErasure,
    waiting,
    onSettings: cell.settings.takeIn,
  })
  cell.settings.attach({ confirmed: shared.confirmed })
  // What signals were learnt is the database's to keep: no file of this folder can be older than they are.
  const nothingLost = { lostSignals: undefined, acceptLostSignals: async () => undefined }
  return { choices: { ...shared, ...nothingLost }, cluster: shared.standing, owners: shared }
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
