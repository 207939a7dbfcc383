/** The single writer's SQL statements for erasures and deletion requests in choices.db. The caller owns the transaction. */
import type { DatabaseSync } from 'node:sqlite'
import type { IdentityKey } from '../../model/brand.ts'
import type { Channel } from '../../model/choice.ts'

export interface ErasureRow {
  readonly id: string
  readonly at: number
  readonly channel: Channel
  readonly keys: readonly IdentityKey[]
  /** Numbers of the subject keys to destroy, as far as known. */
  readonly subjects: readonly number[]
  /** The recipients are on record. */
  readonly recorded: boolean
}
export interface DeletionRow {
  readonly ref: string
  readonly issuer: string
  readonly at: number
  readonly key: IdentityKey
}

export interface ErasureRows {
  begin(row: ErasureRow): void
  note(id: string, subjects: readonly number[], recorded: boolean): void
  end(id: string): void
  list(): readonly ErasureRow[]
  keepForFraud(key: IdentityKey, until: number): void
  fraudUntil(key: IdentityKey): number | undefined
  /** Deletes expired rows; returns their number. */
  forgetFraud(now: number): number
  /** False if it exists already. */
  claim(row: DeletionRow): boolean
  /** Clears these identities from their deletion requests. */
  settleDeletions(keys: readonly IdentityKey[]): void
  openDeletions(max: number): readonly DeletionRow[]
  forgetDeletions(before: number): void
}

export function erasureRows(db: DatabaseSync): ErasureRows {
  const begin = db.prepare('INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?)')
  const note = db.prepare('UPDATE erasures SET subjects = ?, recorded = ? WHERE id = ?')
  const end = db.prepare('DELETE FROM erasures WHERE id = ?')
  const list = db.prepare('SELECT id, at, channel, keys, subjects, recorded FROM erasures ORDER BY at, id')
  const keep = db.prepare('INSERT OR REPLACE INTO kept_for_fraud VALUES (unhex(?), ?)')
  const until = db.prepare('SELECT until FROM kept_for_fraud WHERE key = unhex(?)')
  const forgetFraud = db.prepare('DELETE FROM kept_for_fraud WHERE until <= ?')
  const claim = db.prepare('INSERT OR IGNORE INTO deletion_requests VALUES (?, ?, ?, unhex(?))')
  const settle = db.prepare('UPDATE deletion_requests SET key = NULL WHERE key = unhex(?)')
  const open = db.prepare(
    'SELECT ref, issuer, at, lower(hex(key)) AS key FROM deletion_requests WHERE key IS NOT NULL ORDER BY at, ref LIMIT ?',
  )
  const forgetDeletions = db.prepare('DELETE FROM deletion_requests WHERE key IS NULL AND at < ?')
  return {
    begin: ({ id, at, channel, keys, subjects, recorded }) => {
      begin.run(id, at, channel, JSON.stringify(keys), JSON.stringify(subjects), +recorded)
    },
    note: (id, subjects, recorded) => {
      note.run(JSON.stringify(subjects), +recorded, id)
    },
    end: (id) => {
      end.run(id)
    },
    // The casts are sound: the tables are STRICT and written only above.
    list: () =>
      list.all().map(({ id, at, channel, keys, subjects, recorded }) => ({
        id: id as string,
        at: at as number,
        channel: channel as Channel,
        keys: JSON.parse(keys as string) as IdentityKey[],
        subjects: JSON.parse(subjects as string) as number[],
        recorded: recorded === 1,
      })),
    keepForFraud: (key, at) => {
      keep.run(key, at)
    },
    fraudUntil: (key) => until.get(key)?.until as number | undefined,
    forgetFraud: (now) => Number(forgetFraud.run(now).changes),
    claim: ({ ref, issuer, at, key }) => Number(claim.run(ref, issuer, at, key).changes) === 1,
    settleDeletions: (keys) => {
      for (const key of keys) settle.run(key)
    },
    openDeletions: (max) => open.all(max) as unknown as readonly DeletionRow[],
    forgetDeletions: (before) => {
      forgetDeletions.run(before)
    },
  }
}
