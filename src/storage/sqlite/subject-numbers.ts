/** The highest number of a subject's key that the ledger's files name. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { LEDGER_INDEX_APPLICATION_ID } from './ledger-index.ts'
import { SEGMENT_APPLICATION_ID } from './ledger-schema.ts'
import { openDatabase } from './open.ts'

const OWNER_BYTES = 6
const FILE = /^(index|segment)-(\d+)\.db$/u

/**
 * 0 where there is no ledger. About a millisecond a segment: of those that are indexed only the index is read. Numbers must
 * never be given twice, also where the file of keys was lost or is an older copy: the records of one person would be
 * another's then.
 */
export function highestSubject(dataFolder: string): number {
  const folder = join(dataFolder, 'ledger')
  const indexed = new Set<string>()
  const segments: string[] = []
  for (const name of namesIn(folder)) {
    const [, kind, number] = FILE.exec(name) ?? []
    if (kind === 'index') indexed.add(number as string)
    if (kind === 'segment') segments.push(number as string)
  }
  let highest = 0
  for (const number of segments) {
    const found = indexed.has(number)
      ? inIndex(join(folder, `index-${number}.db`))
      : inOwners(join(folder, `segment-${number}.db`))
    highest = Math.max(highest, found)
  }
  return highest
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function inIndex(path: string): number {
  const db = openDatabase(path, { readOnly: true, applicationId: LEDGER_INDEX_APPLICATION_ID })
  try {
    return Number(db.prepare('SELECT max(subject) AS highest FROM subjects').get()?.highest ?? 0)
  } finally {
    db.close()
  }
}

function inOwners(path: string): number {
  const db = openDatabase(path, { readOnly: true, applicationId: SEGMENT_APPLICATION_ID })
  try {
    let highest = 0
    for (const { ids } of db.prepare('SELECT ids FROM owners').iterate()) {
      // Sound: the table is STRICT.
      const bytes = Buffer.from(ids as Uint8Array)
      for (let at = 0; at < bytes.length; at += OWNER_BYTES)
        highest = Math.max(highest, bytes.readUIntBE(at, OWNER_BYTES))
    }
    return highest
  } finally {
    db.close()
  }
}
