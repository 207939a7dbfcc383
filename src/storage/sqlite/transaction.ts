import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Runs `work` in one transaction: durable on return, rolled back on a throw. */
export type Transact = <Result>(work: () => Result) => Result

/** Prepares the statements once. Not for nesting. */
export function transactions(db: DatabaseSync): Transact {
  const begin: StatementSync = db.prepare('BEGIN IMMEDIATE')
  const commit: StatementSync = db.prepare('COMMIT')
  return (work) => {
    begin.run()
    try {
      const result = work()
      commit.run()
      return result
    } catch (error) {
      // On a full disk SQLite rolls back by itself.
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}
