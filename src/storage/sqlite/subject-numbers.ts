/** The numbers of subjects' keys: the highest that was given, and the highest that other files name. */
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

/** The highest that an accepted event is sealed under; 0 where there is none. */
export function highestSubjectWaiting(dataFolder: string): number {
  const folder = join(dataFolder, 'intake')
  const files = namesIn(folder).filter((name) => EVENTS.test(name))
  return Math.max(0, ...files.map((name) => inEvents(join(folder, name))))
}

/** The highest number that the file of subjects' keys ever gave; 0 where there is no file, or none was given. */
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
