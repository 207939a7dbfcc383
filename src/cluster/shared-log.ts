/**
 * The log of choices in the database that all cells share: the rules run here, in a transaction that locks out every other
 * cell, and what came of them travels back along the feed into each cell's local copy.
 */
import { AGING_PAGE, expireThese, monthOf, pruneThese } from '../choices/aging.ts'
import { eraseIdentities } from '../choices/erase.ts'
import { type Changed, EVERYONE } from '../choices/last-changed.ts'
import { personOf } from '../choices/person.ts'
import type {
  Appended,
  ChoicesLog,
  DeletionRequests,
  ErasureSteps,
  ErasureUnderWay,
  Kept,
  PersonKeys,
  Reached,
  SharedErasures,
  SharedTellings,
} from '../choices/ports.ts'
import { type Reach, stepAll } from '../choices/reach.ts'
import { inherit } from '../choices/split.ts'
import { listStatements } from '../choices/standing.ts'
import type { ErasureStore } from '../choices/store.ts'
import { watchStore } from '../choices/watched-store.ts'
import { keepChoice, keepObservation } from '../choices/write.ts'
import type { IdentityKey, NodeId } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { ask, type Done, runTogether, type Work } from '../storage/postgres/choices.ts'
import type { Connection } from '../storage/postgres/connection.ts'
import type { LiftEntry } from '../storage/postgres/feed.ts'
import * as rows from '../storage/postgres/rows.ts'
import type { Sessions } from './sessions.ts'

/** How long the id of a settled deletion request is remembered: far longer than one is taken. */
const KEEP_DELETION_IDS_MS = 7 * 86_400_000
/** For a lift of which nobody said when it was: whatever was said since restricts. */
const LONG_AGO = 0

export interface SharedLog
  extends Omit<ChoicesLog, 'follow'>,
    Omit<ErasureSteps, 'beginErasure' | 'personOf'>,
    DeletionRequests,
    SharedErasures,
    SharedTellings {
  personOf(named: readonly IdentityKey[], withShared: boolean, withAccounts: boolean): Promise<PersonKeys>
  /** Takes every link of these away. */
  unlink(keys: readonly IdentityKey[]): Promise<Appended<undefined>>
  namespaces(): Promise<readonly string[]>
  /** The last entry of the feed. */
  head(): Promise<number>
  totals(): Promise<Readonly<Record<string, number>>>
  reflectedByNode(): Promise<readonly (readonly [string, number])[]>
  reflect(node: string, size: number): Promise<void>
  /** Why the last write failed; empty where it did not. */
  why(): string
  /** Transactions since the start. */
  commits(): { readonly kept: number; readonly failed: number }
  /** Takes no more writes; resolves once those that were taken have ended. */
  close(): Promise<void>
}

interface Waiting {
  readonly work: Work<unknown>
  readonly resolve: (done: Done<unknown>) => void
  readonly reject: (error: unknown) => void
}

/**
 * @param cell whose part of erasures is meant, and where namespaces are ready
 * @param reads for questions, which wait for no write
 */
export function createSharedLog(cell: NodeId, writes: Sessions, reads: Sessions): SharedLog {
  const writer = createWriter(writes)
  /** Statements of their own, in their order among the rules' writes. */
  const write = async <T>(also: (transaction: Connection) => Promise<T>): Promise<T> => {
    const answers: T[] = []
    await writer.append({
      ...NOTHING,
      also: async (transaction) => {
        answers.push(await also(transaction))
      },
    })
    return answers[0] as T
  }
  const read = <T>(work: (connection: Connection) => Promise<T>): Promise<T> => guarded(() => reads.use(work))

  const put: ChoicesLog['put'] = async (keys, statement) => {
    let reaches: readonly Reach[] = []
    let done = await writer.append({
      keys,
      ...noting((store, note) => {
        reaches = keepChoice(store, keys, statement)
        note(statement.at)
        return stepAll(store, reaches)
      }),
    })
    // A step a transaction: one person with very many identities holds up nobody else.
    while (!done.value) {
      const marks = reaches.map((reach) => reach.mark())
      const step = (store: ErasureStore): boolean => {
        for (const goBack of marks) goBack()
        return stepAll(store, reaches)
      }
      done = await writer.append({ keys, ...noting(step) })
    }
    const complete = reaches.every((reach) => reach.isComplete())
    const value: Reached = { keys: [...new Set([...keys, ...(reaches[0]?.reached ?? [])])], complete }
    return { value, at: done.at }
  }
  return {
    put,
    observe: (observations) =>
      writer.append({
        keys: observations.flatMap(({ identities }) => identities),
        devices: observations.flatMap(({ device }) => device ?? []),
        ...noting((store, note) =>
          observations.map((observation): Kept => {
            const kept = keepObservation(store, observation)
            note(observation.at)
            return kept
          }),
        ),
      }),
    beginErasure: (erasure) =>
      writer.append({
        keys: erasure.keys,
        ...noting((store, note) => {
          eraseIdentities(store, erasure.keys, erasure)
          note(erasure.at)
          return undefined
        }, true),
        also: (transaction) => rows.beginErasure(transaction, cell, erasure),
      }),
    inherit: (pairs) =>
      writer.append({
        keys: pairs.flat(),
        ...noting((store) => {
          for (const [from, to] of pairs) inherit(store, from, to, monthOf(Date.now()))
          return undefined
        }),
      }),
    expirePermissions: async (before) => {
      const old = await read((connection) => rows.oldPermissions(connection, before, AGING_PAGE))
      const keys = old.map(({ key }) => key)
      const { value: done, at } = await writer.append({ keys, ...noting((store) => expireThese(store, old, before)) })
      // What was done is not found again: each page begins where the one before began.
      return { value: { done, ...(old.length < AGING_PAGE ? {} : { next: 0 }) }, at }
    },
    pruneLinks: async (before) => {
      const old = await read((connection) => rows.oldLinks(connection, before, AGING_PAGE))
      const keys = old.flatMap(({ a, b }) => [a, b])
      const { value: done, at } = await writer.append({ keys, ...noting((store) => pruneThese(store, old)) })
      return { value: { done, ...(old.length < AGING_PAGE ? {} : { next: old[0]! }) }, at }
    },
    unlink: (keys) =>
      writer.append({
        keys,
        ...noting((store) => {
          for (const key of keys) store.count('links', -store.unlink(key))
          return undefined
        }),
      }),
    addNamespaces: (names) =>
      writer.append({ ...NOTHING, also: (transaction) => rows.addNamespaces(transaction, cell, names) }),
    namespaces: () => read((connection) => rows.namespaces(connection, cell)),
    head: () => read(rows.head),
    usersAfter: (after, max) => read((connection) => rows.usersAfter(connection, after, max)),
    list: (keys) => read(async (connection) => listStatements(await rows.statementsOn(connection, keys))),
    totals: () => read(rows.totals),
    personOf: (named, withShared, withAccounts) =>
      read((connection) => ask(connection, named, (store) => personOf(store, named, withShared, withAccounts))),
    noteErasure: (id, subjects, recorded) =>
      write((transaction) => rows.noteErasure(transaction, cell, id, subjects, recorded)),
    endErasure: (id) => write((transaction) => rows.endErasure(transaction, cell, id)),
    erasuresUnderWay: (): Promise<readonly ErasureUnderWay[]> =>
      read((connection) => rows.erasuresUnderWay(connection, cell)),
    unfinishedCells: (id) => read((connection) => rows.unfinishedCells(connection, id)),
    finishedErasures: () => read((connection) => rows.finishedErasures(connection, cell)),
    concludeErasure: (id) => write((transaction) => rows.concludeErasure(transaction, id)),
    claimNotices: (id, notices) => write((transaction) => rows.claimNotices(transaction, cell, id, notices)),
    handOn: (body) => write((transaction) => rows.handOn(transaction, cell, body)),
    handedOn: (max) => read((connection) => rows.handedOn(connection, cell, max)),
    takenOver: (upTo) => write((transaction) => rows.takenOver(transaction, cell, upTo)),
    claimTellings: (number, tellings) =>
      write((transaction) => rows.claimTellings(transaction, cell, number, tellings)),
    pruneTellings: (before) => write((transaction) => rows.pruneTellings(transaction, before)),
    keepForFraud: (keys, until) => write((transaction) => rows.keepForFraud(transaction, keys, until)),
    keptForFraud: (keys, now) => write((transaction) => rows.keptForFraud(transaction, keys, now)),
    keepDeletion: (request) =>
      write((transaction) => rows.claimDeletion(transaction, request, request.at - KEEP_DELETION_IDS_MS)),
    openDeletions: (max) => read((connection) => rows.openDeletions(connection, max)),
    reflectedByNode: () => read(rows.reflected),
    reflect: (node, size) => write((transaction) => rows.reflect(transaction, node, size)),
    why: writer.why,
    commits: writer.commits,
    close: writer.close,
  }
}

/** What runs no rule, only statements of its own. */
const NOTHING: Work<undefined> = {
  keys: [],
  run: () => undefined,
  told: () => ({ lifts: [], isEveryone: false }),
}

/**
 * Work whose writes are watched, for the feed: it notes when what it has written so far was said. It may run several times;
 * only the last one counts.
 */
function noting<T>(
  work: (store: ErasureStore, note: (at: number) => void) => T,
  isForEveryone = false,
): Pick<Work<T>, 'run' | 'told'> {
  let lifts: LiftEntry[] = []
  let isEveryone = false
  return {
    run: (plain) => {
      lifts = []
      isEveryone = isForEveryone
      const { store, take } = watchStore(plain)
      const note = (at: number): void => {
        const { changed, lifted } = take()
        isEveryone ||= changed === EVERYONE
        lifts.push(...entriesOf(lifted, at))
      }
      const value = work(store, note)
      note(LONG_AGO)
      return value
    },
    told: () => ({ lifts, isEveryone }),
  }
}

function entriesOf(lifted: Changed, at: number): readonly LiftEntry[] {
  return lifted === EVERYONE ? [{ key: undefined, at }] : lifted.map((key) => ({ key, at }))
}

/** Collects what comes in while a transaction is under way, and commits it together. */
function createWriter(sessions: Sessions) {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let isClosing = false
  let why = ''
  let commits = { kept: 0, failed: 0 }
  const runAll = async (): Promise<void> => {
    // What arrives in this turn shares the transaction.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const done = await sessions.use((connection) =>
          runTogether(
            connection,
            group.map(({ work }) => work),
          ),
        )
        why = ''
        commits = { ...commits, kept: commits.kept + 1 }
        for (const [index, one] of group.entries()) one.resolve(done[index]!)
      } catch (error) {
        why = error instanceof Error ? error.message : 'unknown'
        commits = { ...commits, failed: commits.failed + 1 }
        for (const { reject } of group) reject(error)
      }
    }
    running = undefined
  }
  return {
    why: () => why,
    commits: () => commits,
    append: <T>(work: Work<T>): Promise<Appended<T>> =>
      guarded(async () => {
        if (isClosing) throw new Error('closing')
        const { promise, resolve, reject } = Promise.withResolvers<Done<unknown>>()
        waiting.push({ work: work as Work<unknown>, resolve, reject })
        running ??= runAll()
        const done = await promise
        if (!done.ok) throw done.error
        return { value: done.value as T, at: done.at }
      }),
    close: async (): Promise<void> => {
      isClosing = true
      await running
    },
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, cause)
  }
}
