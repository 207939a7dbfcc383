import { equal } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createFreshness } from '../../src/choices/freshness.ts'
import { CHOICES_APPLICATION_ID } from '../../src/storage/sqlite/choices-schema.ts'
import { openDatabase } from '../../src/storage/sqlite/open.ts'
import { startChoices } from '../../src/threads/choices-client.ts'
import { createMemoryLog } from '../support/memory-choices.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { agingContract } from './choices-aging-suite.ts'

const indexKey = createSecretKey(Buffer.alloc(32, 1))

describe('what time takes away, in SQLite', () =>
  agingContract(async (freshness, now) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'sluice-aging-'))
    const choices = await startChoices({ dataFolder, indexKey, freshness, now, randomBytes })
    return {
      choices,
      end: async () => {
        await choices.close()
        await rm(dataFolder, { recursive: true, force: true })
      },
    }
  }))

describe('what time takes away, in memory', () =>
  agingContract(async (freshness, now) => {
    const choices = createMemoryLog().open({ freshness, now })
    return { choices, end: () => choices.close() }
  }))

test('a link of before months were counted counts from then on', async (t) => {
  const dataFolder = await temporaryFolder(t)
  const now = Date.now()
  const open = () => startChoices({ dataFolder, indexKey, freshness: createFreshness(1), now: () => now, randomBytes })
  const before = await open()
  await before.observe([
    {
      identities: ['a', 'b'].map((value) => before.keyOf({ kind: 'user', value })),
      restricting: [],
      lifting: [],
      at: 1,
    },
  ])
  await before.close()
  const db = openDatabase(join(dataFolder, 'choices.db'), { applicationId: CHOICES_APPLICATION_ID })
  db.exec('UPDATE links SET seen = 0')
  db.close()
  const choices = await open()
  const date = new Date(now)
  const thisMonth = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
  equal(await choices.pruneLinks(thisMonth), 0)
  equal(await choices.pruneLinks(thisMonth + 2), 1)
  await choices.close()
})
