/** The choices of a cell: one log in the database that all cells share, and a local copy of what is active. */
import type { KeyObject } from 'node:crypto'
import { createHandles } from '../choices/handles.ts'
import { createIdentityKeys } from '../choices/identity.ts'
import type { Changed } from '../choices/last-changed.ts'
import type {
  Aging,
  Choices,
  DeletionRequests,
  ErasureSteps,
  Freshness,
  Reflections,
  SharedErasures,
  SharedTellings,
} from '../choices/ports.ts'
import { createChoicesService, distinctKeys } from '../choices/service.ts'
import { createChoicesView } from '../choices/view.ts'
import type { EpochMs, NodeId } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { CellStanding } from '../observe/gauges.ts'
import { joinMap } from '../storage/postgres/cell-map.ts'
import { type CellRow, readCells } from '../storage/postgres/cells.ts'
import { connect } from '../storage/postgres/connection.ts'
import { pruneFeed, type Setting } from '../storage/postgres/feed.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import {
  createReplicaReader,
  createReplicaWriter,
  prepareReplica,
  REPLICA_APPLICATION_ID,
  replicaPath,
} from '../storage/sqlite/replica.ts'
import { createConfirmations } from './confirmed.ts'
import { type Clocks, createLease, waitOutMs } from './lease.ts'
import { createLocalCopy } from './local-copy.ts'
import type { Member } from './member.ts'
import { createSessions } from './sessions.ts'
import { createSharedLog } from './shared-log.ts'

export interface SharedChoicesOptions {
  /** `postgres://…` of each server that may be the primary. */
  readonly urls: readonly string[]
  /** Folder that holds the local copy. */
  readonly folder: string
  readonly cell: NodeId
  /** What the claim of the cell came to. */
  readonly member: Member
  /** The same in every cell, or nobody's choice is found. */
  readonly indexKey: KeyObject
  readonly freshness: Freshness
  /** Resolves once what was outdated before is in force on every data thread of this process. Default: `publish([])`. */
  readonly inForce?: () => Promise<void>
  readonly now: () => EpochMs
  /** Cryptographically strong, as `node:crypto`'s. */
  readonly randomBytes: (size: number) => Uint8Array
  /** Told of what keeps the copy from following; the lease runs out meanwhile. */
  readonly onProblem: (error: unknown) => void
  /** This process MUST end: another one acts as the cell, or the database lost what this one has seen. */
  readonly onFenced: (error: Error) => void
  /** An erasure was begun here or elsewhere: its people MUST be stopped here when it resolves. */
  readonly onErasure?: () => Promise<void>
  /** Operators changed these here or elsewhere: in force here when it resolves. */
  readonly onSettings?: (changed: ReadonlySet<Setting>) => Promise<void>
  /** Pairs that this cell has still to send; undefined where that is not known yet. */
  readonly waiting?: () => number | undefined
  /** What the lease is held against. Default: this process's own. */
  readonly clocks?: Clocks
  /** How long the feed may lag behind an append before it counts as not in force, in milliseconds. Default 2,000. */
  readonly feedBoundMs?: number
}

export interface Owner {
  readonly cell: NodeId
  /** `host:port`. */
  readonly at: string
}

export interface SharedChoices
  extends Choices,
    Aging,
    ErasureSteps,
    SharedErasures,
    SharedTellings,
    DeletionRequests,
    Reflections {
  counts(): Promise<{
    readonly choices: number
    readonly links: number
    readonly covers: number
    readonly walksCutShort: number
  }>
  /** The last entry of the feed that look-ups here find. */
  applied(): number
  /** The last entry of the feed. */
  head(): Promise<number>
  /** For those who watch it; asks nobody. */
  standing(): CellStanding
  /** Cells that own users, this one included, as the last renewal saw them. Throws `ERR_CHOICES_UNAVAILABLE` without a lease. */
  owners(): readonly Owner[]
  /** Of what cells write: the one agreed on, as the last renewal saw it. */
  agreed(): number
  /** Those that somebody added, this one included; `at` as far as they can be reached. Asks nobody. */
  cells(): readonly { readonly cell: NodeId; readonly at: string | undefined }[]
  /** This cell owns its share of users from now on, and `owners` says so. @param at where the others reach it, `host:port` */
  own(at: string): Promise<void>
  /** Resolves once every other cell acts on the feed up to there, which MUST be committed before the call. */
  confirmed(at: number): Promise<void>
}

/** How long a beat's question may take: then another connection is tried, and the lease runs out meanwhile. */
const BEAT_TIMEOUT_MS = 1_000
/** How long a commit may wait for a standby before whoever asked is told that it may not be kept. */
const WRITE_TIMEOUT_MS = 10_000
/** How often older entries of the feed are forgotten, and how old they are then. */
const PRUNE_EVERY_MS = 3_600_000
const FEED_KEPT_HOURS = 48

/**
 * Rejects where no database takes writes. What a look-up throws without a lease, and what a write rejects with, has the code `ERR_CHOICES_UNAVAILABLE`.
 */
export async function openSharedChoices(options: SharedChoicesOptions): Promise<SharedChoices> {
  const stack = new AsyncDisposableStack()
  try {
    return await openIn(stack, options)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Whatever is opened goes onto `stack`, which closes it in reverse. */
async function openIn(stack: AsyncDisposableStack, options: SharedChoicesOptions): Promise<SharedChoices> {
  const { urls, folder, cell, indexKey, freshness, now, randomBytes, onProblem, onFenced, feedBoundMs } = options
  const { incarnation, leaseMs } = options.member
  const clocks = options.clocks ?? { elapsedMs: () => performance.now(), wallMs: () => Date.now() }
  const path = replicaPath(folder)
  const writable = openDatabase(path, { applicationId: REPLICA_APPLICATION_ID, secureDelete: true })
  stack.defer(() => writable.close())
  prepareReplica(writable)
  const reader = createReplicaReader(openDatabase(path, { readOnly: true, applicationId: REPLICA_APPLICATION_ID }))
  stack.defer(() => reader.close())
  const replica = createReplicaWriter(writable)
  const applicationName = `sluice cell ${cell}`
  const opened = (timeoutMs: number) => () => connect({ urls, applicationName, timeoutMs })
  const writes = createSessions(opened(WRITE_TIMEOUT_MS))
  const reads = createSessions(opened(WRITE_TIMEOUT_MS))
  stack.defer(() => Promise.all([writes.close(), reads.close()]).then(() => undefined))

  const lease = createLease(clocks, leaseMs)
  const confirmations = createConfirmations({
    self: cell,
    look: () => reads.use(readCells),
    elapsedMs: () => performance.now(),
    waitOutMs: waitOutMs(leaseMs),
  })
  let owners: readonly Owner[] = []
  let cells: readonly { readonly cell: NodeId; readonly at: string | undefined }[] = []
  let agreed = options.member.agreed
  const seen = (rows: readonly CellRow[], newer = agreed): void => {
    agreed = newer
    confirmations.seen(rows)
    cells = rows.map(({ id, internal }) => ({ cell: id, at: internal ?? undefined }))
    owners = rows.flatMap(({ id, internal, owns }) => (internal === null || !owns ? [] : [{ cell: id, at: internal }]))
  }
  const copy = createLocalCopy({
    self: { cell, incarnation },
    version: options.member.version,
    waiting: options.waiting,
    replica,
    lease,
    connect: opened(BEAT_TIMEOUT_MS),
    inForce: options.inForce ?? (() => freshness.publish([])),
    forEveryone: options.onErasure ?? (async () => undefined),
    forSettings: options.onSettings ?? (async () => undefined),
    seen,
    onProblem,
    onFenced,
  })
  /** In force here, then in every other cell. */
  const everywhere = {
    ...freshness,
    publish: async (changed?: Changed): Promise<void> => {
      await freshness.publish(changed)
      await confirmations.upTo(copy.applied())
    },
  }
  const shared = createSharedLog(cell, writes, reads)
  const identities = createIdentityKeys(indexKey)
  const service = createChoicesService({
    log: { ...shared, follow: copy.follow },
    identities,
    freshness: everywhere,
    namespaces: await shared.namespaces(),
    ...(feedBoundMs === undefined ? {} : { feedBoundMs }),
  })
  stack.defer(() => copy.close())
  stack.defer(() => shared.close())
  await copy.start()
  const pruning = setInterval(() => {
    reads.use((connection) => pruneFeed(connection, FEED_KEPT_HOURS)).catch(onProblem)
  }, PRUNE_EVERY_MS)
  pruning.unref()
  stack.defer(() => clearInterval(pruning))
  const mustHold = (): void => {
    if (!lease.holds()) throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error(NOT_FRESH))
  }
  const view = createChoicesView(
    {
      standing: (keys) => {
        mustHold()
        return reader.standing(keys)
      },
      isKnown: reader.isKnown,
    },
    { stamp: freshness.stamp, isCurrent: (stamp, keys) => lease.holds() && freshness.isCurrent(stamp, keys) },
  )
  const { keyOf, formerKeysOf, keysFor } = identities
  const reflectedByNode = async (): Promise<ReadonlyMap<NodeId, number>> =>
    new Map((await shared.reflectedByNode()).map(([node, size]) => [node as NodeId, size]))
  let isClosing = false
  const why = (): string => (isClosing ? 'closing' : lease.holds() ? shared.why() : NOT_FRESH)

  return {
    keyOf,
    formerKeysOf,
    keysFor,
    ...shared,
    ...view,
    ...service,
    observe: async (observations) => {
      mustHold()
      await service.observe(observations)
    },
    ...createHandles(indexKey, now, randomBytes),
    personOf: (named, withShared, withAccounts = false) =>
      shared.personOf(distinctKeys(identities, named), withShared, withAccounts),
    reflected: async () => (await reflectedByNode()).get(cell) ?? 0,
    reflectedByNode,
    reflect: (size) => shared.reflect(cell, size),
    counts: async () => {
      const { choices = 0, links = 0, covers = 0, walks_cut_short: walksCutShort = 0 } = await shared.totals()
      return { choices, links, covers, walksCutShort }
    },
    health: () => ({ writable: why() === '', why: why() }),
    applied: copy.applied,
    confirmed: confirmations.upTo,
    standing: () => ({
      cell,
      leaseSeconds: lease.leftMs() / 1_000,
      feedLag: copy.behind(),
      unconfirmedCells: confirmations.unconfirmed(copy.applied()).length,
      commits: shared.commits(),
    }),
    agreed: () => agreed,
    cells: () => cells,
    owners: () => {
      mustHold()
      return owners
    },
    own: async (at) => {
      await writes.use((connection) => joinMap(connection, { cell, incarnation }, at))
      seen(await reads.use(readCells))
    },
    close: async () => {
      isClosing = true
      await stack.disposeAsync()
    },
  }
}

/** Why a cell neither sends nor accepts: it cannot tell that its copy is as new as it has to be. */
const NOT_FRESH = 'not_fresh'
