/** A database of choices as large as is asked for, made by the statements that the gateway writes with. */

import type { EpochMs, IdentityKey } from '../../src/model/brand.ts'
import { ADVERTISING_DIMENSIONS } from '../../src/model/signal.ts'
import { createChoicesWriter } from '../../src/storage/sqlite/choices.ts'
import { type ChoicesReader, createChoicesReader } from '../../src/storage/sqlite/choices-reader.ts'
import { prepareChoicesSchema } from '../../src/storage/sqlite/choices-schema.ts'
import { openDatabase } from '../../src/storage/sqlite/open.ts'
import { finding } from '../../test/support/builders.ts'

const A_TRANSACTION = 100_000
const AT = Date.UTC(2026, 10, 24, 12) as EpochMs

/** Key number `n` of `count`, spread over the whole range in order, so that the table grows at its end. */
export function storedKey(n: number, count: number): IdentityKey {
  const place = Math.floor((n * 2 ** 32) / count)
  const tail = Math.imul(n + 1, 0x9e3779b1) >>> 0
  return `${hex(place)}${hex(tail)}${hex(tail ^ 0x5bd1e995)}${hex(n)}` as IdentityKey
}
/** One on which nothing stands. */
export function absentKey(n: number, count: number): IdentityKey {
  const stored = storedKey(n, count)
  return `${stored.slice(0, -1)}${stored.endsWith('f') ? '0' : 'f'}` as IdentityKey
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, '0')
}

/** Stores an opt-out for each of `count` identities, and opens the database as the gateway's main thread does. */
export function storeChoices(path: string, count: number): ChoicesReader {
  const db = openDatabase(path, { disposable: true })
  prepareChoicesSchema(db)
  const writer = createChoicesWriter(db)
  const optOut = finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })
  for (let first = 0; first < count; first += A_TRANSACTION) {
    db.exec('BEGIN')
    for (let n = first; n < Math.min(count, first + A_TRANSACTION); n++) {
      const id = writer.insert({ finding: optOut, channel: 'user_token', saidBy: 'user', at: AT, cover: false })
      writer.place(storedKey(n, count), id, true)
    }
    db.exec('COMMIT')
  }
  db.close()
  return createChoicesReader(openDatabase(path, { readOnly: true }))
}
