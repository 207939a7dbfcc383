import { deepEqual, doesNotReject, equal, rejects, throws } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createFreshness } from '../../src/choices/freshness.ts'
import type { Freshness } from '../../src/choices/ports.ts'
import { type NodeId, ONLY_NODE } from '../../src/model/brand.ts'
import type { ChoiceStatement } from '../../src/model/choice.ts'
import type { Identity } from '../../src/model/event.ts'
import { openDatabase } from '../../src/storage/sqlite/open.ts'
import { type EmbeddedChoices, startChoices } from '../../src/threads/choices-client.ts'
import { type ChoicesUnderTest, choicesContract } from './choices-suite.ts'

const INDEX_KEY = createSecretKey(Buffer.alloc(32, 1))
const OPT_OUT: ChoiceStatement = { denies: 7, permits: 0, child: false, channel: 'app', saidBy: 'test', at: 1 }
const GOOD: Freshness = createFreshness(1)

async function inFolder(body: (dataFolder: string) => Promise<void>): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sluice-choices-'))
  try {
    await body(dataFolder)
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
}
function open(dataFolder: string, freshness = GOOD, now: () => number = () => 1): Promise<EmbeddedChoices> {
  return startChoices({ dataFolder, indexKey: INDEX_KEY, freshness, now, randomBytes })
}

/** Where the generation is about to wrap; other starts are over the implementation in memory. */
describe('choices in SQLite', () => choicesContract(inSqlite, 2 ** 32 - 10))

async function inSqlite(freshness: Freshness, now: () => number): Promise<ChoicesUnderTest> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sluice-choices-'))
  let choices = await open(dataFolder, freshness, now)
  return {
    choices,
    reopen: async () => {
      await choices.close()
      choices = await open(dataFolder, freshness, now)
      return choices
    },
    end: async () => {
      await choices.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

describe('choices in SQLite: what is on disk', () => {
  test('no identity is in any file in any spelling', async () => {
    await inFolder(async (dataFolder) => {
      const choices = await open(dataFolder)
      const identities: Identity[] = [
        { kind: 'user', value: 'jane.doe@example.org' },
        { kind: 'anonymous', value: 'anon-7f3c9d2e' },
        { kind: 'advertising_id', value: 'AB01CD23-EF45-6789-0A1B-2C3D4E5F6071' },
        { kind: 'vendor_id', value: '5e4d3c2b-1a09-4877-8655-443322110ffe' },
      ]
      const keys = identities.map(choices.keyOf)
      const [device] = keys
      const restricting = [{ ...LMT, denies: 7 }]
      await choices.observe([{ identities: keys, ...(device ? { device } : {}), restricting, lifting: [], at: 1 }])
      await choices.put(keys, OPT_OUT)
      await choices.put(keys, { ...OPT_OUT, denies: 0, channel: 'staff', at: 2 })
      choices.handleFor(keys)
      const files = await readdir(dataFolder)
      equal(files.includes('choices.db-wal'), true)
      const contents = await Promise.all(files.map((file) => readFile(join(dataFolder, file))))
      await choices.close()
      for (const { value } of identities) {
        for (const bytes of spellings(value)) {
          equal(
            contents.some((content) => content.includes(bytes)),
            false,
          )
        }
      }
      // The search itself works: a key is there.
      equal(
        contents.some((content) => content.includes(Buffer.from(keys[0] as string, 'hex'))),
        true,
      )
    })
  })

  test('who said what, when and through what stays on record after it was superseded', async () => {
    await inFolder(async (dataFolder) => {
      const choices = await open(dataFolder)
      const key = choices.keyOf({ kind: 'user', value: 'u' })
      await choices.put([key], { ...OPT_OUT, saidBy: 'app', at: 10 })
      await choices.put([key], { ...OPT_OUT, denies: 0, channel: 'user_token', saidBy: 'user', at: 20 })
      await choices.close()
      const db = openDatabase(join(dataFolder, 'choices.db'), { readOnly: true })
      const rows = db
        .prepare(
          `SELECT said.channel, said.said_by, said.first_at, said.superseded_at, findings.text ->> 'denies' AS denies
           FROM stood JOIN said ON said.id = stood.said JOIN findings ON findings.id = said.finding
           WHERE stood.key = unhex(?)`,
        )
        .all(key)
      db.close()
      deepEqual(
        rows.map((row) => ({ ...row })),
        [{ channel: 'app', said_by: 'app', first_at: 10, superseded_at: 20, denies: 7 }],
      )
    })
  })
})

describe('choices in SQLite: how much of each node’s ledger they reflect', () => {
  test('each speaks for its own, and the one that was alone before goes on where it was', async () => {
    await inFolder(async (dataFolder) => {
      const openAs = (node?: NodeId) =>
        startChoices({
          dataFolder,
          indexKey: INDEX_KEY,
          freshness: GOOD,
          now: () => 1,
          randomBytes,
          ...(node === undefined ? {} : { node }),
        })
      const before = await openAs()
      equal(await before.reflected(), 0)
      await before.reflect(70)
      await before.reflect(60)
      await before.close()
      const db = openDatabase(join(dataFolder, 'choices.db'), { readOnly: true })
      equal(db.prepare("SELECT amount FROM totals WHERE what = 'reflected'").get()?.amount, 60)
      db.close()
      const seventh = await openAs('c07' as NodeId)
      equal(await seventh.reflected(), 0)
      await seventh.reflect(5)
      equal(await seventh.reflected(), 5)
      await seventh.close()
      const after = await openAs()
      equal(await after.reflected(), 60)
      deepEqual(
        await after.reflectedByNode(),
        new Map([
          [ONLY_NODE, 60],
          ['c07', 5],
        ]),
      )
      await after.close()
    })
  })
})

describe('choices in SQLite: when something fails', () => {
  test('a file that is not ours is refused with a clear cause', async () => {
    await inFolder(async (dataFolder) => {
      await writeFile(join(dataFolder, 'choices.db'), 'this is no database, it only has its name'.repeat(100))
      await rejects(open(dataFolder), { code: 'ERR_CHOICES_UNAVAILABLE' })
    })
  })

  test('what cannot be put in force is not acknowledged, and neither is the same again until it is', async () => {
    await inFolder(async (dataFolder) => {
      let works = false
      const freshness: Freshness = {
        stamp: () => 0,
        isCurrent: () => true,
        outdate: () => undefined,
        publish: () => (works ? Promise.resolve() : Promise.reject(new Error('late'))),
      }
      const choices = await open(dataFolder, freshness)
      const device = choices.keyOf({ kind: 'vendor_id', value: 'd' })
      const observation = { identities: [device], device, restricting: [LMT], lifting: [], at: 1 }
      await rejects(choices.put([device], OPT_OUT), /late/)
      await rejects(choices.observe([observation]), /late/)
      await rejects(choices.observe([observation]), /late/)
      works = true
      await doesNotReject(choices.observe([observation]))
      await choices.close()
    })
  })

  test('a write that fails rejects with its code, shows in health, and works again afterwards', async () => {
    await inFolder(async (dataFolder) => {
      const choices = await open(dataFolder)
      const key = choices.keyOf({ kind: 'user', value: 'u' })
      const db = openDatabase(join(dataFolder, 'choices.db'))
      db.exec("CREATE TRIGGER full BEFORE INSERT ON stands BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
      await rejects(choices.put([key], OPT_OUT), { code: 'ERR_CHOICES_UNAVAILABLE' })
      await rejects(choices.observe([{ identities: [key], device: key, restricting: [LMT], lifting: [], at: 1 }]), {
        code: 'ERR_CHOICES_UNAVAILABLE',
      })
      deepEqual(choices.health(), { writable: false, why: 'disk is full' })
      deepEqual(choices.lookup([key]).standing, { findings: [] })
      db.exec('DROP TRIGGER full')
      db.close()
      while (!choices.health().writable) await new Promise((resolve) => setImmediate(resolve))
      await choices.put([key], OPT_OUT)
      equal(choices.lookup([key]).standing.findings.length, 1)
      await choices.close()
    })
  })

  test('one that fails does not undo those committed with it', async () => {
    await inFolder(async (dataFolder) => {
      const choices = await open(dataFolder)
      const [bad, good] = ['bad', 'good'].map((value) => choices.keyOf({ kind: 'user', value }))
      const db = openDatabase(join(dataFolder, 'choices.db'))
      db.exec(`CREATE TRIGGER bad BEFORE INSERT ON stands WHEN NEW.key = unhex('${bad}')
        BEGIN SELECT RAISE(ABORT, 'bad'); END`)
      db.close()
      const [first, second] = await Promise.allSettled([bad, good].map((key) => choices.put(key ? [key] : [], OPT_OUT)))
      equal(first?.status, 'rejected')
      equal(second?.status, 'fulfilled')
      equal(choices.lookup(good ? [good] : []).standing.findings.length, 1)
      equal((await choices.counts()).choices, 1)
      await choices.close()
    })
  })

  test('after close writes reject and look-ups throw', async () => {
    await inFolder(async (dataFolder) => {
      const choices = await open(dataFolder)
      const key = choices.keyOf({ kind: 'user', value: 'u' })
      const late = choices.put([key], OPT_OUT)
      await choices.close()
      await late
      await rejects(choices.put([key], OPT_OUT), { code: 'ERR_CHOICES_UNAVAILABLE' })
      throws(() => choices.lookup([key]))
      equal(choices.health().writable, false)
    })
  })
})

const LMT = {
  signal: 'lmt',
  denies: 7,
  permits: 0,
  deviceLimit: true,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'lmt',
} as const

function spellings(value: string): Buffer[] {
  const texts = [value, value.toUpperCase(), value.toLowerCase(), value.replaceAll('-', '')]
  const bare = value.replaceAll('-', '')
  return [
    ...texts.map((text) => Buffer.from(text)),
    ...texts.map((text) => Buffer.from(text, 'utf16le')),
    ...texts.map((text) => Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, ''))),
    ...texts.map((text) => Buffer.from(Buffer.from(text).toString('hex'))),
    ...(/^[0-9a-f]{32}$/i.test(bare) ? [Buffer.from(bare, 'hex')] : []),
  ]
}
