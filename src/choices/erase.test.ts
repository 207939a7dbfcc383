import { deepEqual, equal, ok } from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import { ADVERTISING_DIMENSIONS, DIMENSIONS, type Finding } from '../model/signal.ts'
import { createChoicesWriter } from '../storage/sqlite/choices.ts'
import { prepareChoicesSchema } from '../storage/sqlite/choices-schema.ts'
import { eraseIdentities } from './erase.ts'
import { personOf } from './person.ts'
import { stepAll } from './reach.ts'
import { keepChoice, keepObservation } from './write.ts'

const DAY_MS = 86_400_000
const NOW = 20_000 * DAY_MS + 12_345
const ANN = '01'.repeat(16) as IdentityKey
const BEN = '02'.repeat(16) as IdentityKey
const PHONE = '81'.repeat(16) as IdentityKey
const TABLET = '82'.repeat(16) as IdentityKey
const INSTALL = '41'.repeat(16) as IdentityKey
const GPC: Finding = {
  signal: 'gpc',
  denies: DIMENSIONS.sale,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'gpc',
}

function store() {
  const db = new DatabaseSync(':memory:')
  prepareChoicesSchema(db)
  const writer = createChoicesWriter(db)
  const see = (identities: readonly IdentityKey[], restricting: readonly Finding[] = []): void => {
    keepObservation(writer, { identities, device: identities.at(-1)!, restricting, lifting: [], at: NOW - 100 })
  }
  const say = (key: IdentityKey, part: { denies?: number; permits?: number }): void => {
    stepAll(
      writer,
      keepChoice(writer, [key], {
        denies: 0,
        permits: 0,
        child: false,
        channel: 'staff',
        saidBy: 'staff',
        at: NOW - 50,
        ...part,
      }),
    )
  }
  const denied = (key: IdentityKey): number =>
    writer.statementsOn(key).reduce((bits, { finding }) => bits | finding.denies, 0)
  const rows = (table: string): number => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  return { db, writer, see, say, denied, rows }
}
const erase = (writer: ReturnType<typeof store>['writer'], keys: readonly IdentityKey[]): void =>
  eraseIdentities(writer, keys, { channel: 'user_token', at: NOW })

describe('what is left of an erased person', () => {
  test('no number, moment or place among the rows says which identities were one person’s', () => {
    const { db, writer, see } = store()
    // Two people whose pseudonyms take turns.
    const people = [0, 1].map((who) =>
      Array.from({ length: 12 }, (_, i) => (2 * i + who + 16).toString(16).repeat(16) as IdentityKey),
    )
    for (const identities of people) see(identities, [GPC])
    for (const identities of people) erase(writer, identities)
    const rows = db.prepare('SELECT said.*, lower(hex(stands.key)) AS key FROM said JOIN stands ON said = id').all()
    const whose = new Map(people.flatMap((identities, who) => identities.map((key) => [key as string, who])))
    const turns = rows
      .toSorted((a, b) => Number(a.id) - Number(b.id))
      .map(({ key }) => whose.get(String(key)))
      .reduce<number>((count, who, i, all) => count + (i > 0 && who !== all[i - 1] ? 1 : 0), 0)
    // In the order they were made in there would be one; 48 rows in any order have 24 or so, and below 10 never.
    ok(turns >= 10, `the rows of two people take turns ${turns} times`)
    deepEqual(
      [...new Set(rows.map(({ at, first_at }) => [Number(at) % DAY_MS, Number(first_at) % DAY_MS].join()))],
      ['0,0'],
    )
    deepEqual([...new Set(rows.map(({ device }) => device))], [null])
  })

  test('each identity is opted out by itself; links, history, opt-ins and devices are gone', () => {
    const { writer, see, say, denied, rows } = store()
    see([ANN, INSTALL, PHONE], [GPC])
    say(ANN, { permits: DIMENSIONS.precise_location })
    say(ANN, { denies: DIMENSIONS.sale })
    say(ANN, {})
    erase(writer, [ANN, INSTALL, PHONE])
    for (const key of [ANN, INSTALL, PHONE]) {
      equal(denied(key) & ADVERTISING_DIMENSIONS, ADVERTISING_DIMENSIONS)
      deepEqual(writer.neighbours(key, 10), [])
      deepEqual(writer.fromDevice(key), [])
      for (const { finding, at, direct, device } of writer.statementsOn(key))
        deepEqual([finding.permits, at % DAY_MS, direct, device], [0, 0, true, undefined])
    }
    deepEqual([rows('links'), rows('stood')], [0, 0])
    const ids = [ANN, INSTALL, PHONE].flatMap((key) => writer.statementsOn(key).map(({ id }) => id))
    equal(new Set(ids).size, ids.length, 'no statement ties two identities together')
    equal(rows('said'), ids.length, 'nothing else is left')
    deepEqual([writer.totals().choices, writer.totals().links], [3, 0])
  })

  test('whatever restricted them goes on restricting', () => {
    const { writer, see, denied } = store()
    const limited: Finding = { ...GPC, signal: 'att', denies: 0, deviceLimit: true, why: 'att' }
    const precise: Finding = {
      ...GPC,
      signal: 'location_permission',
      denies: DIMENSIONS.precise_location,
      why: 'location_permission',
    }
    see([ANN, PHONE], [limited, precise])
    erase(writer, [ANN, PHONE])
    ok(writer.statementsOn(PHONE).some(({ finding }) => finding.deviceLimit))
    equal(denied(ANN) & DIMENSIONS.precise_location, DIMENSIONS.precise_location)
  })

  test('erasing again changes nothing that counts, and a person nobody knows is opted out', () => {
    const { writer, denied, rows } = store()
    erase(writer, [BEN])
    const before = [rows('said'), rows('stands'), denied(BEN)]
    erase(writer, [BEN])
    deepEqual([rows('said'), rows('stands'), denied(BEN)], before)
  })

  test('what they said still restricts whoever shares a device, who may lift it now', () => {
    const { writer, see, say, denied } = store()
    see([ANN, TABLET])
    see([BEN, TABLET])
    say(ANN, { denies: ADVERTISING_DIMENSIONS })
    equal(denied(BEN), ADVERTISING_DIMENSIONS)
    erase(writer, [ANN])
    equal(denied(BEN), ADVERTISING_DIMENSIONS)
    stepAll(
      writer,
      keepChoice(writer, [BEN], {
        denies: 0,
        permits: 0,
        child: false,
        channel: 'user_token',
        saidBy: 'user',
        at: NOW + DAY_MS,
      }),
    )
    equal(denied(BEN), 0)
    equal(denied(ANN), ADVERTISING_DIMENSIONS)
  })
})

describe('whose identities are one person’s', () => {
  test('devices that are theirs alone, however far along the links', () => {
    const { writer, see } = store()
    see([ANN, INSTALL, PHONE])
    see([INSTALL, TABLET])
    deepEqual(new Set(personOf(writer, [ANN], false).keys), new Set([ANN, PHONE, INSTALL, TABLET]))
  })

  test('not a device of somebody else’s too, nor what is only linked through it, nor another account', () => {
    const { writer, see } = store()
    see([ANN, TABLET])
    see([BEN, TABLET])
    see([INSTALL, TABLET])
    deepEqual(personOf(writer, [ANN], false), { keys: [ANN], sharedDevices: 1, otherAccounts: 0, complete: true })
    const all = personOf(writer, [ANN], true)
    deepEqual([new Set(all.keys), all.otherAccounts], [new Set([ANN, TABLET, INSTALL]), 1])
  })

  test('two accounts that are both named share their devices', () => {
    const { writer, see } = store()
    see([ANN, TABLET])
    see([BEN, TABLET])
    deepEqual(new Set(personOf(writer, [ANN, BEN], false).keys), new Set([ANN, BEN, TABLET]))
  })
})
