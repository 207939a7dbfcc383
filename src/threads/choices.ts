/** Worker entry: the only writer of choices.db. What arrives in one turn is one transaction and one sync. */
import { parentPort, workerData } from 'node:worker_threads'
import { eraseIdentities } from '../choices/erase.ts'
import { type Kept, keepChoice, keepObservation } from '../choices/keep.ts'
import { personOf } from '../choices/person.ts'
import type { DeletionRequest, ErasureUnderWay } from '../choices/ports.ts'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement, Observation } from '../model/choice.ts'
import { createChoicesWriter } from '../storage/sqlite/choices.ts'
import { createGroupCommit } from '../storage/sqlite/choices-commit.ts'
import { CHOICES_APPLICATION_ID, prepareChoicesSchema } from '../storage/sqlite/choices-schema.ts'
import { erasureRows } from '../storage/sqlite/erasures.ts'
import { checkpoint, emptyLog, openDatabase } from '../storage/sqlite/open.ts'
import { serveCalls } from './rpc.ts'

/** What the worker is started with. */
export interface ChoicesWorkerData {
  readonly path: string
}
export interface PutCall {
  readonly keys: readonly IdentityKey[]
  readonly statement: ChoiceStatement
}

export interface PersonCall {
  readonly named: readonly IdentityKey[]
  readonly withShared: boolean
}

/** How long the id of a settled deletion request is remembered: far longer than one is taken. */
const KEEP_DELETION_IDS_MS = 7 * 86_400_000

/** A failure travels as a word for `/readyz` beside its code: SQLite's messages name columns, never values. */
export type Written<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string }

function serve(): void {
  if (parentPort === null) throw new Error('src/threads/choices.ts runs as a worker')
  const { path } = workerData as ChoicesWorkerData
  const db = openDatabase(path, { applicationId: CHOICES_APPLICATION_ID, secureDelete: true })
  prepareChoicesSchema(db)
  const store = createChoicesWriter(db)
  const rows = erasureRows(db)
  const commit = createGroupCommit(db)
  const written = <T>(work: () => T): Promise<Written<T>> =>
    commit(work).then(
      (value): Written<T> => ({ ok: true, value }),
      (error: unknown): Written<T> => ({ ok: false, why: error instanceof Error ? error.message : 'unknown' }),
    )

  serveCalls(parentPort, {
    ready: () => undefined,
    put: ({ keys, statement }: PutCall) => written(() => keepChoice(store, keys, statement)),
    observe: (observations: readonly Observation[]): Promise<Written<readonly Kept[]>> =>
      written(() => observations.map((observation) => keepObservation(store, observation))),
    personOf: ({ named, withShared }: PersonCall) => personOf(store, named, withShared),
    beginErasure: (erasure: Omit<ErasureUnderWay, 'subjects' | 'recorded'>) =>
      written(() => {
        eraseIdentities(store, erasure.keys, erasure)
        rows.settleDeletions(erasure.keys)
        rows.begin({ ...erasure, subjects: [], recorded: false })
      }),
    noteErasure: ({ id, subjects, recorded }: Pick<ErasureUnderWay, 'id' | 'subjects' | 'recorded'>) =>
      written(() => rows.note(id, subjects, recorded)),
    endErasure: async (id: string) => {
      const ended = await written(() => rows.end(id))
      if (ended.ok) emptyLog(db)
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
    reflected: () => store.totals().reflected,
    reflect: (size: number) =>
      written(() => {
        store.count('reflected', size - store.totals().reflected)
      }),
    probe: () => written(() => store.count('choices', 0)),
    totals: () => store.totals(),
    close: () => {
      checkpoint(db)
      db.close()
    },
  })
}

serve()
