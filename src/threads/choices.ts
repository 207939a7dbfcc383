/** Worker entry: the only writer of choices.db. All writes of one turn share one transaction and one sync. */
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { expirePermissions, monthOf, pruneLinks } from '../choices/aging.ts'
import { eraseIdentities } from '../choices/erase.ts'
import { type Changed, EVERYONE } from '../choices/last-changed.ts'
import { openLearntMark } from '../choices/learnt.ts'
import { personOf } from '../choices/person.ts'
import type { DeletionRequest, ErasureUnderWay, Kept, Lift, LogEntry, LostSignals, Reached } from '../choices/ports.ts'
import { type Reach, stepAll } from '../choices/reach.ts'
import { inherit } from '../choices/split.ts'
import type { Link } from '../choices/store.ts'
import { together, type WrittenOf, watchStore } from '../choices/watched-store.ts'
import { keepChoice, keepObservation } from '../choices/write.ts'
import type { EpochMs, IdentityKey, NodeId } from '../model/brand.ts'
import type { ChoiceStatement, Observation } from '../model/choice.ts'
import { createChoicesWriter } from '../storage/sqlite/choices.ts'
import { createGroupCommit } from '../storage/sqlite/choices-commit.ts'
import { CHOICES_APPLICATION_ID, prepareChoicesSchema } from '../storage/sqlite/choices-schema.ts'
import { erasureRows } from '../storage/sqlite/erasures.ts'
import { checkpoint, emptyLog, openDatabase } from '../storage/sqlite/open.ts'
import { serveCalls } from './rpc.ts'

/** The worker's start parameters. */
export interface ChoicesWorkerData {
  readonly path: string
  /** File with the count of learnt signals. */
  readonly markPath: string
}
export interface PutCall {
  readonly keys: readonly IdentityKey[]
  readonly statement: ChoiceStatement
}

export interface UnlinkCall {
  /** Empty if no identities are linked yet. */
  readonly keys: readonly IdentityKey[]
  /** Length of the list of placeholders, so that the next start need not derive their keys. */
  readonly of: number
}
export interface ReflectCall {
  readonly node: NodeId
  readonly size: number
}

export interface PersonCall {
  readonly named: readonly IdentityKey[]
  readonly withShared: boolean
  readonly withAccounts: boolean
}

/** For a lift without a time: any later restriction remains. */
const LONG_AGO: EpochMs = 0
/** How long the id of a settled deletion request is remembered: much longer than requests are accepted. */
const KEEP_DELETION_IDS_MS = 7 * 86_400_000

/**
 * The result of a write, and its feed entry, also for a failed one, which may have been stored. A failure carries a
 * word for `/readyz` beside its code: SQLite's messages name columns, never values.
 */
export type Written<T> = Pick<LogEntry, 'changed' | 'lifts'> &
  ({ readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string })

function serve(): void {
  if (parentPort === null) throw new Error('src/threads/choices.ts runs as a worker')
  const { path, markPath } = workerData as ChoicesWorkerData
  const isNew = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0
  const mark = openLearntMark(markPath)
  const db = openDatabase(path, { applicationId: CHOICES_APPLICATION_ID, secureDelete: true })
  prepareChoicesSchema(db)
  const { store, take } = watchStore(createChoicesWriter(db))
  const rows = erasureRows(db)
  const written = createWrites(createGroupCommit(db), take)
  /** False while deleted bytes may still be in the file because another program reads it. */
  let _isOverwritten = emptyLog(db)

  const learnt = store.totals().learnt
  const isOlder = mark.found !== undefined && mark.found > learnt
  const lost: LostSignals | undefined = isOlder
    ? { learnt: mark.found, kept: learnt }
    : mark.damaged || (isNew && mark.found === undefined)
      ? { learnt: undefined, kept: learnt }
      : undefined
  if (lost === undefined) mark.note(learnt)
  const put = async ({ keys, statement }: PutCall): Promise<Written<Reached>> => {
    let reaches: readonly Reach[] = []
    let stepped = await written((note) => {
      reaches = keepChoice(store, keys, statement)
      note(statement.at)
      return stepAll(store, reaches)
    })
    let { changed } = stepped
    const { lifts } = stepped
    while (stepped.ok && !stepped.value) {
      stepped = await written(() => stepAll(store, reaches))
      changed = together(changed, stepped.changed)
    }
    if (!stepped.ok) return { ...stepped, changed, lifts }
    const complete = reaches.every((reach) => reach.isComplete())
    return {
      ok: true,
      value: { keys: [...new Set([...keys, ...(reaches[0]?.reached ?? [])])], complete },
      changed,
      lifts,
    }
  }
  const observe = async (observations: readonly Observation[]): Promise<Written<readonly Kept[]>> => {
    const kept = await written((note) =>
      observations.map((observation) => {
        const one = keepObservation(store, observation)
        note(observation.at)
        return one
      }),
    )
    mark.note(store.totals().learnt)
    return kept
  }

  serveCalls(parentPort, {
    ready: () => lost,
    acceptLost: () =>
      written(() => {
        const { learnt: now } = store.totals()
        store.count('learnt', Math.max(0, (mark.found ?? 0) - now))
        mark.note(store.totals().learnt)
      }),
    put,
    observe,
    expirePermissions: ({ before, after }: { readonly before: EpochMs; readonly after: number }) =>
      written(() => expirePermissions(store, before, after)),
    pruneLinks: ({ before, after }: { readonly before: number; readonly after: Link | undefined }) =>
      written(() => pruneLinks(store, before, after)),
    usersAfter: ({ after, max }: { readonly after: string; readonly max: number }) => store.usersAfter(after, max),
    inherit: (pairs: readonly (readonly [IdentityKey, IdentityKey])[]) =>
      written(() => {
        for (const [from, to] of pairs) inherit(store, from, to, monthOf(Date.now()))
      }),
    /** Removes links of placeholder keys: once for each longer list of them. */
    unlink: ({ keys, of }: UnlinkCall) =>
      written(() => {
        for (const key of keys) store.count('links', -store.unlink(key))
        store.count('unlinked', of - store.totals().unlinked)
      }),
    namespaces: () => store.namespaces(),
    addNamespaces: (names: readonly string[]) =>
      written(() => {
        for (const name of names) store.addNamespace(name)
      }),
    personOf: ({ named, withShared, withAccounts }: PersonCall) => personOf(store, named, withShared, withAccounts),
    beginErasure: async (erasure: Omit<ErasureUnderWay, 'subjects' | 'recorded'>): Promise<Written<void>> => ({
      ...(await written((note) => {
        eraseIdentities(store, erasure.keys, erasure)
        note(erasure.at)
        rows.settleDeletions(erasure.keys)
        rows.begin({ ...erasure, subjects: [], recorded: false })
      })),
      changed: EVERYONE,
    }),
    noteErasure: ({ id, subjects, recorded }: Pick<ErasureUnderWay, 'id' | 'subjects' | 'recorded'>) =>
      written(() => rows.note(id, subjects, recorded)),
    endErasure: async (id: string) => {
      const ended = await written(() => rows.end(id))
      if (ended.ok) _isOverwritten = emptyLog(db)
      return ended
    },
    erasuresUnderWay: () => rows.list(),
    keepForFraud: ({ keys, until }: { readonly keys: readonly IdentityKey[]; readonly until: EpochMs }) =>
      written(() => {
        for (const key of keys) rows.keepForFraud(key, until)
      }),
    keptForFraud: ({ keys, now }: { readonly keys: readonly IdentityKey[]; readonly now: EpochMs }) =>
      written(() => {
        rows.forgetFraud(now)
        return keys.map((key) => rows.fraudUntil(key)).find((until) => until !== undefined)
      }),
    keepDeletion: (request: DeletionRequest) =>
      written(() => {
        rows.forgetDeletions(request.at - KEEP_DELETION_IDS_MS)
        return rows.claim(request)
      }),
    openDeletions: (max: number) => rows.openDeletions(max),
    reflected: () => store.reflected(),
    reflect: ({ node, size }: ReflectCall) => {
      _isOverwritten ||= emptyLog(db)
      return written(() => store.reflect(node, size))
    },
    probe: () => written(() => store.count('choices', 0)),
    totals: () => store.totals(),
    close: () => {
      mark.close()
      checkpoint(db)
      db.close()
    },
  })
}

/** Commits and returns the feed entry. `work` calls `note` with the time of what it has written so far. */
function createWrites(commit: ReturnType<typeof createGroupCommit>, take: () => WrittenOf) {
  return <T>(work: (note: (at: EpochMs) => void) => T): Promise<Written<T>> => {
    let changed: Changed = []
    const lifts: Lift[] = []
    const note = (at: EpochMs): void => {
      const one = take()
      changed = together(changed, one.changed)
      if (one.lifted.length > 0) lifts.push({ keys: one.lifted, at })
    }
    const watched = (): T => {
      try {
        return work(note)
      } finally {
        note(LONG_AGO)
      }
    }
    return commit(watched).then(
      (value): Written<T> => ({ ok: true, value, changed, lifts }),
      (error: unknown): Written<T> => {
        const why = error instanceof Error ? error.message : 'unknown'
        return { ok: false, why, changed, lifts }
      },
    )
  }
}

serve()
