/**
 * Which event each record is of. The ledger does not say: by `docs/ledger-format.md` a record's reference is made of a secret
 * that lies with the event, sealed under its subject's key. The judge opens what the intake keeps, with the gateway's key
 * files, and makes the references for itself.
 */
import { createHmac } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Witnessed } from './ledger-witness.ts'
import { opened } from './opened.ts'

export interface Names {
  /** What the judge calls an event: the same in every record of it. */
  of(messageId: string): string
  /** The record with the judge's name in place of its reference, where an event with that reference is known. */
  named<Record extends Witnessed>(record: Record): Record
  /** Learns of the events that came in since. MUST be called while no gateway runs. */
  learn(): void
}

/** What the judge calls an event. */
export function nameOf(messageId: string): string {
  return `event ${messageId}`
}

export function createNames(dataFolder: string, partners: readonly string[]): Names {
  const known = new Map<string, string>()
  /** Files whose rows are all known, with how many there are. */
  const read = new Map<string, number>()
  return {
    of: nameOf,
    named: (record) => {
      const name = known.get(`${record.partner} ${record.eventRef}`)
      return name === undefined ? record : { ...record, eventRef: name }
    },
    learn: () => {
      const keys = openKeys(dataFolder)
      const folder = join(dataFolder, 'intake')
      if (keys === undefined || !existsSync(folder)) return
      for (const file of readdirSync(folder).filter((name) => /^events-\d+\.db$/.test(name))) {
        read.set(
          file,
          eventsIn(join(folder, file), keys, read.get(file) ?? 0, ({ secret, messageId }) => {
            for (const partner of partners) {
              const digest = createHmac('sha256', Buffer.from(secret, 'hex')).update(partner).digest('hex')
              known.set(`${partner} ${digest.slice(0, 32)}`, nameOf(messageId))
            }
          }),
        )
      }
    },
  }
}

type KeyOf = (subject: number) => Buffer | undefined

/** Undefined where no gateway came so far. */
function openKeys(dataFolder: string): KeyOf | undefined {
  const [path, file] = [join(dataFolder, 'keys', 'subjects.db'), join(dataFolder, 'keys', 'encryption.key')]
  if (!existsSync(path) || !existsSync(file)) return undefined
  const encryption = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const keys = new Map(
      db
        .prepare('SELECT id, identity, wrapped FROM subject_keys')
        .all()
        .map(({ id, identity, wrapped }) => [
          Number(id),
          opened(encryption, String(identity), Buffer.from(wrapped as Uint8Array)),
        ]),
    )
    return (subject) => keys.get(subject)
  } finally {
    db.close()
  }
}

/** Tells of every event above position `after`; the last position. */
function eventsIn(
  path: string,
  keyOf: KeyOf,
  after: number,
  tell: (event: { readonly secret: string; readonly messageId: string }) => void,
): number {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    let last = after
    const texts = new Map<number, string>()
    const rows = db.prepare(
      `SELECT events.seq, subject, chunk, chunk_start, chunk_end, sealed FROM events
         JOIN chunks ON chunks.seq = chunk WHERE events.seq > ? ORDER BY events.seq`,
    )
    for (const { seq, subject, chunk, chunk_start, chunk_end, sealed } of rows.all(after)) {
      const key = keyOf(Number(subject))
      if (key === undefined) throw new Error(`event ${seq} is sealed under no key`)
      const at = Number(chunk)
      const text = texts.get(at) ?? opened(key, `chunk ${at}`, Buffer.from(sealed as Uint8Array)).toString('utf8')
      texts.set(at, text)
      const event = JSON.parse(text.slice(Number(chunk_start), Number(chunk_end)))
      last = Number(seq)
      const messageId = event.fields?.message_id
      if (typeof messageId === 'string' && /^s[0-9a-f]{32}$/.test(event.eventRef))
        tell({ secret: event.eventRef.slice(1), messageId })
    }
    return last
  } finally {
    db.close()
  }
}
