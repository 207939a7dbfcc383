import { rejects } from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startIntake } from '../../src/threads/intake-client.ts'
import { intakeSuite } from './intake-suite.ts'

const keyEncryptionKey = Buffer.alloc(32, 5)

intakeSuite('SQLite', (dataFolder, options = {}) => startIntake({ dataFolder, keyEncryptionKey, options }))

describe('SQLite: starting the intake', () => {
  const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-intake-start-'))
    try {
      await work(folder)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('a file that is not ours is named', () =>
    inFolder(async (dataFolder) => {
      await mkdir(join(dataFolder, 'intake'))
      await writeFile(join(dataFolder, 'intake', 'events-1.db'), 'somebody else wrote this '.repeat(99))
      await rejects(startIntake({ dataFolder, keyEncryptionKey }), /events-1\.db: file is not a database/)
    }))

  test('another key-encryption key is refused, and the right one still opens', () =>
    inFolder(async (dataFolder) => {
      await (await startIntake({ dataFolder, keyEncryptionKey })).close()
      await rejects(startIntake({ dataFolder, keyEncryptionKey: Buffer.alloc(32, 6) }), /not the one/)
      await (await startIntake({ dataFolder, keyEncryptionKey })).close()
    }))

  test('an option out of range is named before anything is opened', () =>
    inFolder(async (dataFolder) => {
      const options = { keepHours: 48, maxAgeHours: 24 }
      await rejects(startIntake({ dataFolder, keyEncryptionKey, options }), /maxAgeHours/)
    }))
})
