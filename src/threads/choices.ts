/** Worker entry: the only writer of choices.db. What arrives in one turn is one transaction and one sync. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Kept, keepChoice, keepObservation } from '../choices/keep.ts'
import type { IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement, Observation } from '../model/choice.ts'
import { createChoicesWriter } from '../storage/sqlite/choices.ts'
import { createGroupCommit } from '../storage/sqlite/choices-commit.ts'
import { CHOICES_APPLICATION_ID, prepareChoicesSchema } from '../storage/sqlite/choices-schema.ts'
import { checkpoint, openDatabase } from '../storage/sqlite/open.ts'
import { serveCalls } from './rpc.ts'

/** What the worker is started with. */
export interface ChoicesWorkerData {
  readonly path: string
}
export interface PutCall {
  readonly keys: readonly IdentityKey[]
  readonly statement: ChoiceStatement
}

/** A failure travels as a word for `/readyz` beside its code: SQLite's messages name columns, never values. */
export type Written<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string }

function serve(): void {
  if (parentPort === null) throw new Error('src/threads/choices.ts runs as a worker')
  const { path } = workerData as ChoicesWorkerData
  const db = openDatabase(path, { applicationId: CHOICES_APPLICATION_ID })
  prepareChoicesSchema(db)
  const store = createChoicesWriter(db)
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
    probe: () => written(() => store.count('choices', 0)),
    totals: () => store.totals(),
    close: () => {
      checkpoint(db)
      db.close()
    },
  })
}

serve()
