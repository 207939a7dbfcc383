/** The `Choices` port on the thread that asks: reads on its own connection, writes through the one writer's worker. */
import type { KeyObject } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { mayWiden } from '../choices/authority.ts'
import { createHandles } from '../choices/handles.ts'
import { createIdentityKeys, type IdentityKeys } from '../choices/identity.ts'
import { createInForce } from '../choices/in-force.ts'
import type { Kept } from '../choices/keep.ts'
import { createKnown, distinct } from '../choices/known.ts'
import type {
  Choices,
  DeletionRequest,
  DeletionRequests,
  ErasureSteps,
  ErasureUnderWay,
  Freshness,
  PersonKeys,
  Reflection,
  Stamp,
} from '../choices/ports.ts'
import { listStatements, mergeStanding } from '../choices/standing.ts'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement, Observation } from '../model/choice.ts'
import { GatewayError } from '../model/errors.ts'
import { type ChoicesReader, createChoicesReader } from '../storage/sqlite/choices-reader.ts'
import { CHOICES_APPLICATION_ID } from '../storage/sqlite/choices-schema.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { ChoicesWorkerData, PutCall, Written } from './choices.ts'
import { type Caller, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface ChoicesOptions {
  /** Folder that holds `choices.db`; made where it is missing. */
  readonly dataFolder: string
  /** Keys the pseudonyms of identities. Another key than before finds none of the choices stored under it. */
  readonly indexKey: KeyObject
  readonly freshness: Freshness
  readonly now: () => EpochMs
  /** Cryptographically strong, as `node:crypto`'s. */
  readonly randomBytes: (size: number) => Uint8Array
  /** Called once if the worker ends by itself; from then on nothing is stored. */
  readonly onLost?: (error: Error) => void
  /** Default `SHORT_LIVED`. */
  readonly limits?: ResourceLimits
}

export interface EmbeddedChoices extends Choices, ErasureSteps, DeletionRequests, Reflection {
  counts(): Promise<ChoiceCounts>
}
export interface ChoiceCounts {
  /** Choices that stand. Superseded ones and sticky signals are not in it. */
  readonly choices: number
  /** Pairs of identities known to belong together. */
  readonly links: number
  /**
   * Identities with more statements than one identity can have, each for good as restricted as all of them together:
   * many people share them. Staff can lift it.
   */
  readonly covers: number
  /** Times a restriction reached only the nearest 256 of the identities linked to it: many people share an id. */
  readonly walksCutShort: number
}

/**
 * Opens `choices.db` and starts its writer. Rejects with `ERR_CHOICES_UNAVAILABLE` when the worker cannot start: the
 * cause says why. What `put` and `observe` reject with has that code too; nothing rejected may be acknowledged, though it
 * may have been kept. A `lookup` that throws MUST be answered by withholding.
 */
export async function startChoices(options: ChoicesOptions): Promise<EmbeddedChoices> {
  const { dataFolder, indexKey, freshness, now, randomBytes, limits = SHORT_LIVED } = options
  await mkdir(dataFolder, { recursive: true })
  const path = join(dataFolder, 'choices.db')
  const workerData: ChoicesWorkerData = { path }
  const writer = callWorker(
    new Worker(new URL('./choices.ts', import.meta.url), { workerData, name: 'choices', resourceLimits: limits }),
    'ERR_CHOICES_UNAVAILABLE',
  )
  if (options.onLost !== undefined) writer.onLost(options.onLost)
  await writer.call('ready')
  const reader = await openReader(path, writer)
  const identities = createIdentityKeys(indexKey)
  const { write, health, drained } = createWriting(writer)
  const inForce = createInForce(() => freshness.publish())
  const known = createKnown()

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await drained()
    reader.close()
    await writer.close()
  }
  const put = async (keys: readonly IdentityKey[], statement: ChoiceStatement): Promise<readonly IdentityKey[]> => {
    const call: PutCall = { keys: somebody(identities, keys), statement }
    if (call.keys.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID')
    const reached = await write<readonly IdentityKey[]>('put', call)
    inForce.changed()
    await inForce.settled()
    return reached
  }
  const observe = async (observations: readonly Observation[]): Promise<void> => {
    const sendings = observations.map(known.sending)
    let learned: readonly (() => void)[]
    try {
      const kept = await write<readonly Kept[]>(
        'observe',
        sendings.map(({ observation }) => observation),
      )
      if (kept.some(({ narrowed }) => narrowed)) inForce.changed()
      learned = sendings.map((sending, index) => sending.written(kept[index] as Kept))
    } catch (error) {
      for (const sending of sendings) sending.failed()
      throw error
    }
    await inForce.settled()
    for (const learn of learned) learn()
  }

  return {
    keyOf: identities.keyOf,
    lookup: (keys) => {
      const stamp: Stamp = freshness.stamp()
      return { standing: mergeStanding(reader.standing(keys)), stamp }
    },
    list: (keys) => listStatements(reader.statements(keys)),
    observe: (observations) => {
      const news = observations
        .map((observation) => cleaned(identities, observation))
        .filter((observation) => !known.knows(observation))
      return news.length === 0 ? Promise.resolve() : observe(distinct(news))
    },
    put: (keys, statement) =>
      mayWiden(statement.channel) ? known.duringChange(() => put(keys, statement)) : put(keys, statement),
    ...createHandles(now, randomBytes),
    personOf: (named, withShared) =>
      writer.call<PersonKeys>('personOf', { named: somebody(identities, named), withShared }),
    beginErasure: (erasure) =>
      known.duringChange(async () => {
        await write<undefined>('beginErasure', erasure)
        inForce.changed()
        await inForce.settled()
      }),
    noteErasure: (id, subjects, recorded) => write<undefined>('noteErasure', { id, subjects, recorded }),
    endErasure: (id) => write<undefined>('endErasure', id),
    erasuresUnderWay: () => writer.call<readonly ErasureUnderWay[]>('erasuresUnderWay'),
    keepForFraud: (keys, until) => write<undefined>('keepForFraud', { keys, until }),
    keptForFraud: (keys, at) => write<EpochMs | undefined>('keptForFraud', { keys, now: at }),
    keepDeletion: (request) => write<boolean>('keepDeletion', request),
    openDeletions: (max) => writer.call<readonly DeletionRequest[]>('openDeletions', max),
    reflected: () => writer.call<number>('reflected'),
    reflect: (size) => write<undefined>('reflect', size),
    counts: async () => {
      const totals =
        await writer.call<Readonly<Record<'choices' | 'links' | 'covers' | 'walks_cut_short', number>>>('totals')
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

async function openReader(path: string, writer: Caller): Promise<ChoicesReader> {
  try {
    return createChoicesReader(openDatabase(path, { readOnly: true, applicationId: CHOICES_APPLICATION_ID }))
  } catch (cause) {
    await writer.close()
    throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, cause)
  }
}

/** Distinct keys of those that name somebody; the same array where that is all of them. */
function somebody({ isNobody }: IdentityKeys, keys: readonly IdentityKey[]): readonly IdentityKey[] {
  const isClean = keys.every((key, index) => !isNobody(key) && keys.indexOf(key) === index)
  return isClean ? keys : [...new Set(keys)].filter((key) => !isNobody(key))
}

function cleaned(identityKeys: IdentityKeys, observation: Observation): Observation {
  const { identities, device } = observation
  const clean = somebody(identityKeys, identities)
  const isDevice = device === undefined || !identityKeys.isNobody(device)
  if (clean === identities && isDevice) return observation
  const { device: _, ...rest } = observation
  return { ...(isDevice ? observation : rest), identities: clean }
}

/** Calls the writer, keeps its health, and turns what it says into values or errors. */
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
  const write = async <T>(method: string, argument?: unknown): Promise<T> => {
    if (isClosing) throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error('closing'))
    const call = writer.call<Written<T>>(method, argument)
    underWay.add(call)
    try {
      const answer = await call
      if (answer.ok) {
        why = ''
        return answer.value
      }
      why = answer.why
      throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error(answer.why))
    } finally {
      underWay.delete(call)
    }
  }
  const probe = (): void => {
    if (isProbing || isLost || isClosing || why === '') return
    isProbing = true
    const end = (): void => {
      isProbing = false
    }
    write<undefined>('probe').then(end, end)
  }
  return {
    write,
    /** Asking while writes fail tries one that changes nothing, so that health returns without traffic. */
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
