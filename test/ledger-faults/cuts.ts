/** Cuts the newest files of a ledger at rest, one cut at a time in a copy, and asks auditor and start what they say. */

import type { KeyObject } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LedgerDamaged } from '../../src/ledger/damaged.ts'
import { createSigner } from '../../src/ledger/signer.ts'
import { LedgerWriter, WRITER_LIMITS } from '../../src/ledger/writer.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import type { CutCase } from './judge.ts'
import { recordsIn } from './records.ts'
import { LIMITS, ORIGIN } from './terms.ts'

export interface Cut {
  /** In the ledger's folder. */
  readonly file: string
  /** Bytes that stay. */
  readonly at: number
}

const PAGE_BYTES = 4_096
/** A frame of a write-ahead log: its head, and a page. */
const FRAME_BYTES = 24 + PAGE_BYTES

/**
 * Every cut of the newest database and its log that takes at most their last two pages, and every cut of the small files
 * beside them.
 */
export function cutsOf(dataFolder: string): readonly Cut[] {
  const folder = join(dataFolder, 'ledger')
  const names = readdirSync(folder)
  const newest = newestSegment(names)
  const files = [newest, `${newest}-wal`, 'checkpoint', 'trust'].filter((name) => names.includes(name))
  return files.flatMap((file) => {
    const size = statSync(join(folder, file)).size
    const last = 2 * (file.endsWith('-wal') ? FRAME_BYTES : PAGE_BYTES)
    return Array.from({ length: Math.min(size, last) }, (_, i) => ({ file, at: size - 1 - i }))
  })
}

/**
 * The newest database emptied. The last pages may hold nothing that is still needed (a log starts over at its beginning
 * and keeps its length); this cut always takes records away.
 */
export function emptied(dataFolder: string): Cut {
  return { file: newestSegment(readdirSync(join(dataFolder, 'ledger'))), at: 0 }
}

function newestSegment(names: readonly string[]): string {
  const segments = names.filter((name) => /^segment-\d+\.db$/.test(name)).sort()
  if (segments.length === 0) throw new Error('the ledger has no segment')
  return segments.at(-1)!
}

/** What somebody outside has of a ledger. */
export interface Outside {
  readonly checkpoints: readonly string[]
  readonly trust: string
}

/** @param meddle what else is done to the copy's files */
export async function tryCut(
  dataFolder: string,
  cut: Cut,
  key: KeyObject,
  outside: Outside,
  meddle: (ledgerFolder: string) => Promise<void> = async () => undefined,
): Promise<CutCase> {
  const copy = await mkdtemp(join(tmpdir(), 'sluice-cut-'))
  try {
    await cp(join(dataFolder, 'ledger'), join(copy, 'ledger'), { recursive: true })
    await truncate(join(copy, 'ledger', cut.file), cut.at)
    await meddle(join(copy, 'ledger'))
    const { problems } = await verifyLedger(copy, outside)
    const before = recordsIn(copy)
    const started = startsOn(copy, key)
    return {
      what: `${cut.file} cut at ${cut.at}`,
      found: problems.map(({ name }) => name),
      before,
      after: started ? recordsIn(copy) : undefined,
    }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** False where the writer refuses what it finds, as the gateway's start then does. */
function startsOn(dataFolder: string, key: KeyObject): boolean {
  let writer: LedgerWriter | undefined
  try {
    writer = new LedgerWriter({
      store: new LedgerFolder(dataFolder),
      signer: createSigner(ORIGIN, key),
      now: Date.now,
      elapsed: () => performance.now(),
      limits: { ...WRITER_LIMITS, ...LIMITS },
      keyOf: () => ({ subject: 0, epoch: 0, key: randomBytes(32), sealing: undefined }),
      random: randomBytes,
    })
    return true
  } catch (error) {
    // The database itself may be what cannot be read: that is an error of SQLite's.
    if (error instanceof LedgerDamaged || isUnreadable(error)) return false
    throw error
  } finally {
    writer?.close()
  }
}

function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    'errcode' in error ||
    /is a database, but not|format .* is not known/.test(error.message) ||
    isUnreadable(error.cause)
  )
}
