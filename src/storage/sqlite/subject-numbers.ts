/** Subject key numbers: the highest assigned, and the highest used in other files. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifThereSync } from '../../platform/durable-file-sync.ts'
import { INTAKE_SEGMENT_APPLICATION_ID } from './intake-segment.ts'
import { LEDGER_INDEX_APPLICATION_ID } from './ledger-index.ts'
import { SEGMENT_APPLICATION_ID } from './ledger-schema.ts'
import { openDatabase } from './open.ts'
import { SUBJECT_KEYS_APPLICATION_ID } from './subject-keys.ts'

const OWNER_BYTES = 6
const EVENTS = /^events-\d+\.db$/u
const FILE = /^(index|segment)-(\d+)\.db$/u

/**
 * The highest number in the ledger; 0 without one. Takes about a millisecond for each segment: only the index of an indexed
 * one is read. A number MUST never be reused, even if the key file was lost or replaced by an older copy: one subject's
 * records would become another's.
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

/** The highest number under which an accepted event is sealed; 0 if there is none. */
export function highestSubjectWaiting(dataFolder: string): number {
  const folder = join(dataFolder, 'intake')
  const files = namesIn(folder).filter((name) => EVENTS.test(name))
  return Math.max(0, ...files.map((name) => inEvents(join(folder, name))))
}

/** The highest number that the key file ever assigned; 0 if none. */
export function highestSubjectGiven(path: string): number {
  if (!existsSync(path)) return 0
  const db = openDatabase(path, { readOnly: true, applicationId: SUBJECT_KEYS_APPLICATION_ID })
  try {
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'subject_keys'").get() === undefined) return 0
    return Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'subject_keys'").get()?.seq ?? 0)
  } finally {
    db.close()
  }
}

function inEvents(path: string): number {
  const db = openDatabase(path, { readOnly: true, applicationId: INTAKE_SEGMENT_APPLICATION_ID })
  try {
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get() === undefined) return 0
    return Number(db.prepare('SELECT max(subject) AS highest FROM events').get()?.highest ?? 0)
  } finally {
    db.close()
  }
}

function namesIn(folder: string): readonly string[] {
  return ifThereSync(() => readdirSync(folder)) ?? []
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
