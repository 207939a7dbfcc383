/** The `Choices` port on the calling thread: reads on its own connection, writes through the single writer's worker. */
import type { KeyObject } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { createHandles } from '../choices/handles.ts'
import { createIdentityKeys, type IdentityKeys } from '../choices/identity.ts'
import type {
  Aging,
  Appended,
  Choices,
  ChoicesLog,
  ChoicesView,
  DeletionRequest,
  DeletionRequests,
  ErasureSteps,
  ErasureUnderWay,
  Freshness,
  Kept,
  LogEntry,
  LogPosition,
  LostSignals,
  PersonKeys,
  Reached,
  Reflections,
} from '../choices/ports.ts'
import { createChoicesService, distinctKeys } from '../choices/service.ts'
import { listStatements } from '../choices/standing.ts'
import { createChoicesView } from '../choices/view.ts'
import { type EpochMs, type IdentityKey, type NodeId, ONLY_NODE } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { type ChoicesReader, createChoicesReader } from '../storage/sqlite/choices-reader.ts'
import { CHOICES_APPLICATION_ID } from '../storage/sqlite/choices-schema.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { ChoicesWorkerData, PutCall, ReflectCall, UnlinkCall, Written } from './choices.ts'
import { type Caller, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface ChoicesOptions {
  /** Folder of `choices.db`; created if missing. */
  readonly dataFolder: string
  /** Keys the pseudonyms of identities. Under another key, no earlier choice is found. */
  readonly indexKey: KeyObject
  readonly freshness: Freshness
  readonly now: () => EpochMs
  /** Cryptographically strong, such as `node:crypto`'s. */
  readonly randomBytes: (size: number) => Uint8Array
  /** Called once if the worker ends by itself; from then on nothing is stored. */
  readonly onLost?: (error: Error) => void
  /** The node whose ledger `reflect` reports on. Default: the only one. */
  readonly node?: NodeId
  /** Default `SHORT_LIVED`. */
  readonly limits?: ResourceLimits
}

export interface EmbeddedChoices extends Choices, Aging, ErasureSteps, DeletionRequests, Reflections {
  /** Signals that were learnt but are missing here; undefined if none is known to be lost. */
  readonly lostSignals: LostSignals | undefined
  /** Continues without them. */
  acceptLostSignals(): Promise<void>
  counts(): Promise<ChoiceCounts>
}
export interface ChoiceCounts {
  /** Active choices, without superseded ones and sticky signals. */
  readonly choices: number
  /** Pairs of linked identities. */
  readonly links: number
  /**
   * Identities with more statements than the maximum, each restricted as strictly as all of them together until staff
   * lifts it: many users share them.
   */
  readonly covers: number
  /** How often a restriction reached only the nearest linked identities: many users share an id. */
  readonly walksCutShort: number
}

/**
 * Opens `choices.db` and starts its writer. Rejects with `ERR_CHOICES_UNAVAILABLE` if the worker cannot start, with the
 * reason as cause. `put` and `observe` reject with that code too; a rejected call must not be acknowledged, though it
 * may have been stored. After a `lookup` that throws, the caller MUST withhold.
 */
export async function startChoices(options: ChoicesOptions): Promise<EmbeddedChoices> {
  const { dataFolder, indexKey, freshness, now, randomBytes, node = ONLY_NODE, limits = SHORT_LIVED } = options
  await mkdir(dataFolder, { recursive: true })
  const path = join(dataFolder, 'choices.db')
  const workerData: ChoicesWorkerData = { path, markPath: join(dataFolder, 'learnt.json') }
  const writer = callWorker(
    new Worker(new URL('./choices.ts', import.meta.url), { workerData, name: 'choices', resourceLimits: limits }),
    'ERR_CHOICES_UNAVAILABLE',
  )
  if (options.onLost !== undefined) writer.onLost(options.onLost)
  const lostSignals = await writer.call<LostSignals | undefined>('ready')
  const reader = await openReader(path, writer)
  const identities = createIdentityKeys(indexKey)
  const { append, write, follow, health, drained } = createWriting(writer)

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await drained()
    reader.close()
    await writer.close()
  }
  await unlinkPlaceholders(writer, write, identities)
  const log: ChoicesLog = {
    put: (keys, statement) => append<Reached>('put', { keys, statement } satisfies PutCall),
    observe: (observations) => append<readonly Kept[]>('observe', observations),
    beginErasure: (erasure) => append<undefined>('beginErasure', erasure),
    inherit: (pairs) => append<undefined>('inherit', pairs),
    addNamespaces: (names) => append<undefined>('addNamespaces', names),
    expirePermissions: (before, after) => append('expirePermissions', { before, after }),
    pruneLinks: (before, after) => append('pruneLinks', { before, after }),
    usersAfter: (after, max) => writer.call<readonly IdentityKey[]>('usersAfter', { after, max }),
    list: async (keys) => listStatements(reader.statements(keys)),
    follow,
  }
  const reflectedByNode = async (): Promise<ReadonlyMap<NodeId, number>> =>
    new Map(await writer.call<readonly (readonly [NodeId, number])[]>('reflected'))
  const namespaces = await writer.call<readonly string[]>('namespaces')
  const service = createChoicesService({ log, identities, freshness, namespaces })

  return {
    keyOf: identities.keyOf,
    formerKeysOf: identities.formerKeysOf,
    keysFor: identities.keysFor,
    ...createChoicesView(reader, freshness),
    list: log.list,
    ...service,
    lostSignals,
    acceptLostSignals: () => write<undefined>('acceptLost'),
    ...createHandles(indexKey, now, randomBytes),
    personOf: (named, withShared, withAccounts = false) =>
      writer.call<PersonKeys>('personOf', { named: distinctKeys(identities, named), withShared, withAccounts }),
    noteErasure: (id, subjects, recorded) => write<undefined>('noteErasure', { id, subjects, recorded }),
    endErasure: (id) => write<undefined>('endErasure', id),
    erasuresUnderWay: () => writer.call<readonly ErasureUnderWay[]>('erasuresUnderWay'),
    keepForFraud: (keys, until) => write<undefined>('keepForFraud', { keys, until }),
    keptForFraud: (keys, at) => write<EpochMs | undefined>('keptForFraud', { keys, now: at }),
    keepDeletion: (request) => write<boolean>('keepDeletion', request),
    openDeletions: (max) => writer.call<readonly DeletionRequest[]>('openDeletions', max),
    reflected: async () => (await reflectedByNode()).get(node) ?? 0,
    reflectedByNode,
    reflect: (size) => write<undefined>('reflect', { node, size } satisfies ReflectCall),
    counts: async () => {
      const totals = await writer.call<Totals>('totals')
      return {
        choices: totals.choices,
        links: totals.links,
        covers: totals.covers,
        walksCutShort: totals.walks_cut_short,
      }
    },
    health,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** A data thread's view of the choices, on a connection of its own; it writes through the main thread's client. */
export type ChoicesReading = ChoicesView & Pick<Choices, 'keyOf' | 'formerKeysOf' | 'keysFor'> & { close(): void }

/** Rejects with `ERR_CHOICES_UNAVAILABLE`. The thread MUST be registered with `freshness`. */
export function readChoices(dataFolder: string, indexKey: KeyObject, freshness: Freshness): ChoicesReading {
  const reader = openRows(join(dataFolder, 'choices.db'))
  const { keyOf, formerKeysOf, keysFor } = createIdentityKeys(indexKey)
  return { keyOf, formerKeysOf, keysFor, ...createChoicesView(reader, freshness), close: () => reader.close() }
}

type Totals = Readonly<Record<'choices' | 'links' | 'covers' | 'walks_cut_short' | 'unlinked', number>>

/** Removes links of placeholder keys, once for each longer list of them. Deriving the keys takes time. */
async function unlinkPlaceholders(
  writer: Caller,
  write: ReturnType<typeof createWriting>['write'],
  { placeholderKeys, placeholderCount }: IdentityKeys,
): Promise<void> {
  const { links, unlinked } = await writer.call<Totals>('totals')
  if (unlinked === placeholderCount) return
  const keys = links === 0 ? [] : placeholderKeys()
  await write<undefined>('unlink', { keys, of: placeholderCount } satisfies UnlinkCall)
}

async function openReader(path: string, writer: Caller): Promise<ChoicesReader> {
  try {
    return openRows(path)
  } catch (error) {
    await writer.close()
    throw error
  }
}

function openRows(path: string): ChoicesReader {
  try {
    return createChoicesReader(openDatabase(path, { readOnly: true, applicationId: CHOICES_APPLICATION_ID }))
  } catch (cause) {
    throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, cause)
  }
}

/**
 * Calls the writer, tracks its health, and turns its results into values or errors. They arrive in commit order and are
 * the log's feed: each is delivered there before its caller resumes.
 */
function createWriting(writer: Caller) {
  let why = ''
  let isLost = false
  let isClosing = false
  let isProbing = false
  const underWay = new Set<Promise<unknown>>()
  writer.onLost(() => {
    isLost = true
    why = 'the worker has ended'
  })
  let position: LogPosition = 0
  let told = (_entry: LogEntry): void => {}
  const append = async <T>(method: string, argument?: unknown): Promise<Appended<T>> => {
    if (isClosing) throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error('closing'))
    const call = writer.call<Written<T>>(method, argument)
    underWay.add(call)
    try {
      const answer = await call
      const { changed, lifts } = answer
      const at = ++position
      told({ at, changed, lifts })
      if (answer.ok) {
        why = ''
        return { value: answer.value, at }
      }
      why = answer.why
      throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error(answer.why))
    } finally {
      underWay.delete(call)
    }
  }
  const write = async <T>(method: string, argument?: unknown): Promise<T> => (await append<T>(method, argument)).value
  const probe = (): void => {
    if (isProbing || isLost || isClosing || why === '') return
    isProbing = true
    const end = (): void => {
      isProbing = false
    }
    write<undefined>('probe').then(end, end)
  }
  return {
    append,
    write,
    follow: (follower: (entry: LogEntry) => void): void => {
      told = follower
    },
    /** A health check while writes fail tries one that changes nothing, so that health returns without traffic. */
    health: () => {
      probe()
      return { writable: !isLost && !isClosing && why === '', why: isClosing ? 'closing' : why }
    },
    drained: async (): Promise<void> => {
      isClosing = true
      await Promise.allSettled(underWay)
    },
  }
}
