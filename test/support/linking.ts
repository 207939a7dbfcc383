/**
 * Somebody who has a data folder, its keys included, and what partners hold, and looks for what leads from an erased person
 * to a record, or from one of their records to another. Reads files alone, by `docs/ledger-format.md` and what lies there.
 */
import { createDecipheriv, createHmac } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const DAY_MS = 86_400_000
const KINDS = ['', 'intent', 'outcome', 'withheld', 'control', 'request'] as const

export interface Link {
  readonly by: 'times' | 'references' | 'intake' | 'identities' | 'choices'
  readonly says: string
}

interface Found {
  readonly seq: number
  readonly kind: string
  readonly time: number
  readonly ref: string
  readonly partner: string
  readonly action: string
  readonly facts: ReadonlyMap<string, string | number>
}

/** @param messageIds of the erased person's events, as their app and partners know them */
export function linksIn(dataFolder: string, app: string, messageIds: readonly string[]): readonly Link[] {
  const records = recordsIn(join(dataFolder, 'ledger'))
  const index = Buffer.from(readFileSync(join(dataFolder, 'keys', 'index.key'), 'utf8').trim(), 'hex')
  return [
    ...byTimes(records),
    ...byReferences(records, index, app, messageIds),
    ...byIntake(dataFolder),
    ...byIdentities(records, index),
    ...byChoices(join(dataFolder, 'choices.db')),
  ]
}

function isOfErasure({ action }: Found): boolean {
  return action.startsWith('erasure') || action === 'subject_keys_destroyed'
}

/** A moment in what is said of an erasure is found again among the records of that moment. */
function byTimes(records: readonly Found[]): readonly Link[] {
  return records.filter(isOfErasure).flatMap(({ seq, action, time, facts }) => {
    const moments = [time, ...[...facts.values()].filter((value) => typeof value === 'number' && value > DAY_MS)]
    return moments.some((moment) => Number(moment) % DAY_MS !== 0)
      ? [{ by: 'times' as const, says: `record ${seq} (${action}) says a moment` }]
      : []
  })
}

/** What two partners' records have in common, or a message id makes, ties records to each other and to what partners hold. */
function byReferences(
  records: readonly Found[],
  index: Buffer,
  app: string,
  messageIds: readonly string[],
): readonly Link[] {
  const partners = new Map<string, Set<string>>()
  for (const { ref, partner } of records)
    if (ref !== '') partners.set(ref, (partners.get(ref) ?? new Set()).add(partner))
  const shared = [...partners].flatMap(([ref, of]) =>
    of.size > 1 ? [{ by: 'references' as const, says: `${[...of].join(', ')} share the reference ${ref}` }] : [],
  )
  const made = messageIds.flatMap((id) => {
    const ref = createHmac('sha256', index).update(`event\0${app}\0${id}`).digest('hex').slice(0, 32)
    return partners.has(ref)
      ? [{ by: 'references' as const, says: `message ${id} leads to the records of ${ref}` }]
      : []
  })
  return [...shared, ...made]
}

/** Rows of people whose key is gone, and what ties one to another, or to a message. */
function byIntake(dataFolder: string): readonly Link[] {
  const keys = reading(
    join(dataFolder, 'keys', 'subjects.db'),
    (db) =>
      new Set(
        db
          .prepare('SELECT id FROM subject_keys')
          .all()
          .map(({ id }) => Number(id)),
      ),
  )
  const folder = join(dataFolder, 'intake')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^events-\d+\.db$/u.test(name))
    .flatMap((name) =>
      reading(join(folder, name), (db) =>
        db
          .prepare('SELECT seq, subject, dedupe, chunk FROM events')
          .all()
          .filter(({ subject }) => !keys.has(Number(subject)))
          .filter(({ subject, dedupe, chunk }) => Number(subject) !== 0 || dedupe !== null || Number(chunk) !== 0)
          .map(({ seq }) => ({
            by: 'intake' as const,
            says: `row ${seq} of ${name} says whose it was, or which message`,
          })),
      ),
    )
}

/** What the records of one person's identities have in common but the day and the channel, sealed or not. */
function byIdentities(records: readonly Found[], index: Buffer): readonly Link[] {
  const key = createHmac('sha256', index).update('sluice sealed requests').digest()
  const seen = new Map<string, number>()
  return records
    .filter(({ action }) => action === 'erasure_identity')
    .flatMap(({ seq, facts }) => {
      const told = JSON.parse(opened(key, Buffer.from(String(facts.get('sealed')), 'base64'))) as Record<
        string,
        unknown
      >
      const plain = [...facts].filter(([name]) => name !== 'sealed')
      const values = [...plain, ...Object.entries(told)]
        .filter(
          ([name, value]) => !['kind', 'channel'].includes(name) && !(name === 'at' && Number(value) % DAY_MS === 0),
        )
        .map(([name, value]) => `${name} ${String(value)}`)
      const links = values.flatMap((value) =>
        seen.has(value)
          ? [{ by: 'identities' as const, says: `records ${seen.get(value)} and ${seq} share ${value}` }]
          : [],
      )
      for (const value of values) seen.set(value, seq)
      return links
    })
}

/** Statements of an erasure that stand in a row, or say a moment. */
function byChoices(path: string): readonly Link[] {
  return reading(path, (db) => {
    const rows = db.prepare("SELECT id, at, first_at FROM said WHERE said_by = 'erasure' ORDER BY id").all()
    return rows.flatMap(({ id, at, first_at }, i) => {
      const moment = [at, first_at].some((time) => Number(time) % DAY_MS !== 0)
      const inARow = i > 0 && Number(id) === Number(rows[i - 1]!.id) + 1
      return moment || inARow
        ? [
            {
              by: 'choices' as const,
              says: `statement ${id} ${moment ? 'says a moment' : 'follows the one before it'}`,
            },
          ]
        : []
    })
  })
}

function recordsIn(folder: string): readonly Found[] {
  return readdirSync(folder)
    .filter((name) => /^segment-\d+\.db$/u.test(name))
    .flatMap((name) =>
      reading(join(folder, name), (db) =>
        db
          .prepare('SELECT leaf FROM leaves ORDER BY seq')
          .all()
          .map(({ leaf }) => read(Buffer.from(leaf as Uint8Array))),
      ),
    )
}

function read(leaf: Buffer): Found {
  const kind = KINDS[leaf[1]!] ?? ''
  const common = { seq: leaf.readUIntBE(3, 6), kind, time: leaf.readUIntBE(9, 6), ref: '', partner: '', action: '' }
  const text = (at: number): string => leaf.toString('utf8', at + 1, at + 1 + leaf[at]!)
  const hex = (at: number): string => leaf.toString('hex', at, at + 16)
  switch (kind) {
    case 'intent':
      return { ...common, ref: hex(31), partner: text(103), facts: new Map() }
    case 'outcome':
      return { ...common, ref: hex(31), partner: text(54), facts: new Map() }
    case 'withheld':
      return { ...common, ref: hex(15), partner: text(31), facts: new Map() }
    default:
      return { ...common, action: text(31), facts: factsAt(leaf, 32 + leaf[31]!) }
  }
}

function factsAt(leaf: Buffer, from: number): ReadonlyMap<string, string | number> {
  const facts = new Map<string, string | number>()
  let at = from + 1
  for (let left = leaf[from]!; left > 0; left--) {
    const name = leaf.toString('utf8', at + 1, at + 1 + leaf[at]!)
    at += 1 + leaf[at]!
    if (leaf[at] === 2) {
      facts.set(name, leaf.readDoubleBE(at + 1))
      at += 9
    } else {
      const length = leaf.readUInt16BE(at + 1)
      facts.set(name, leaf.toString('utf8', at + 3, at + 3 + length))
      at += 3 + length
    }
  }
  return facts
}

/** AES-256-GCM: nonce, text, tag. */
function opened(key: Buffer, sealed: Buffer): string {
  const opening = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  opening.setAAD(Buffer.from('sluice request record'))
  opening.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([opening.update(sealed.subarray(12, -16)), opening.final()]).toString('utf8')
}

function reading<Result>(path: string, work: (db: DatabaseSync) => Result): Result {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return work(db)
  } finally {
    db.close()
  }
}
