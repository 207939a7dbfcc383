/** Witnesses' cosignatures of checkpoints: `cosignatures.db` in the ledger's folder. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cosignature, CosignatureStore } from '../../ledger/anchors/ports.ts'
import { openDatabase } from './open.ts'

/** `SLco` */
const APPLICATION_ID = 0x534c636f
const SCHEMA = `
CREATE TABLE IF NOT EXISTS cosignatures(size INTEGER, witness TEXT, line TEXT NOT NULL,
  PRIMARY KEY(size, witness)) STRICT, WITHOUT ROWID;`

export interface CosignatureFile extends CosignatureStore {
  close(): void
}

export function openCosignatures(dataFolder: string): CosignatureFile {
  mkdirSync(join(dataFolder, 'ledger'), { recursive: true, mode: 0o700 })
  return cosignatureFile(join(dataFolder, 'ledger', 'cosignatures.db'), false)
}

/** Undefined if no witness was ever asked. */
export function readCosignatures(dataFolder: string): CosignatureFile | undefined {
  const path = join(dataFolder, 'ledger', 'cosignatures.db')
  return existsSync(path) ? cosignatureFile(path, true) : undefined
}

function cosignatureFile(path: string, readOnly: boolean): CosignatureFile {
  const db = openDatabase(path, { readOnly, applicationId: APPLICATION_ID })
  if (!readOnly) db.exec(SCHEMA)
  const of = db.prepare('SELECT size, witness, line FROM cosignatures WHERE size = ? ORDER BY witness')
  return {
    add: ({ size, witness, line }) => {
      db.prepare('REPLACE INTO cosignatures(size, witness, line) VALUES (?, ?, ?)').run(size, witness, line)
    },
    // Sound: the table is STRICT and written only above.
    of: (size) => of.all(size) as unknown as readonly Cosignature[],
    close: () => db.close(),
  }
}
