/** Group commit: all work of one turn shares one transaction and one sync. */
import type { DatabaseSync } from 'node:sqlite'

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Returns a function that runs `work` in the next transaction and resolves to its result once synced. Work that throws is
 * rolled back alone and rejects alone. If the transaction itself fails, all its work is rolled back and rejects.
 */
export function createGroupCommit(db: DatabaseSync): <T>(work: () => T) => Promise<T> {
  let waiting: Waiting[] = []
  const begin = db.prepare('BEGIN IMMEDIATE')
  const save = db.prepare('SAVEPOINT one')
  const keep = db.prepare('RELEASE one')
  const undo = db.prepare('ROLLBACK TO one')
  const commit = db.prepare('COMMIT')

  const runOne = ({ work, resolve, reject }: Waiting): (() => void) => {
    save.run()
    try {
      const value = work()
      keep.run()
      return () => resolve(value as never)
    } catch (error) {
      // On a full or failing disk SQLite rolls back the whole transaction by itself.
      if (!db.isTransaction) throw error
      undo.run()
      keep.run()
      return () => reject(error)
    }
  }
  const runAll = (): void => {
    const group = waiting
    waiting = []
    try {
      begin.run()
      const answers = group.map(runOne)
      commit.run()
      for (const answer of answers) answer()
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      for (const { reject } of group) reject(error)
    }
  }
  return <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(runAll)
      waiting.push({ work, resolve, reject })
    })
}
