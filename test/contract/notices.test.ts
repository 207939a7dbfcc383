import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { openNoticeTables } from '../../src/storage/sqlite/notices.ts'
import { createMemoryNotices } from '../support/memory-notices.ts'
import { noticesContract } from './notices-suite.ts'

describe('notices in SQLite', () =>
  noticesContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-notices-'))
    return { open: () => openNoticeTables(folder), end: () => rm(folder, { recursive: true, force: true }) }
  }))

describe('notices in memory', () =>
  noticesContract(async () => {
    const tables = createMemoryNotices()
    return { open: () => tables, end: async () => undefined }
  }))
