import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RULE_OPTIONS } from '../../src/ledger/verify/rules.ts'
import type { LedgerRecord } from '../../src/model/disclosure.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { intent, ORIGIN, outcome, signingKey, TIME, withheld } from '../ledger/fixtures.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const LEDGERS = Math.ceil(Number(process.env.SLUICE_CASES ?? 400) / 40)
const BYTES = Math.ceil(Number(process.env.SLUICE_CASES ?? 400) / 6)
const KEYS = [signingKey(), signingKey()]
const STARTED: LedgerRecord = {
  kind: 'control',
  time: TIME,
  nonce: '0'.repeat(32),
  action: 'started',
  facts: { revision: 3, digest: 'c0ffee01'.padEnd(64, '0') },
}

/** One life of a process: what it appended, and how. */
interface Life {
  readonly segmentLeaves: number
  readonly checkpointMs: number
  readonly groups: readonly (readonly ('settled' | 'open' | 'withheld' | 'control')[])[]
  readonly keys: number
  readonly indexes: boolean
  /** Appends to a closed ledger, or leaves it as a kill would. */
  readonly closes: boolean
}
const life: fc.Arbitrary<Life> = fc.record({
  segmentLeaves: fc.integer({ min: 1, max: 9 }),
  checkpointMs: fc.constantFrom(0, 1_000_000),
  groups: fc.array(
    fc.array(fc.constantFrom('settled' as const, 'open' as const, 'withheld' as const, 'control' as const), {
      minLength: 1,
      maxLength: 6,
    }),
    { maxLength: 6 },
  ),
  keys: fc.nat({ max: 1 }),
  indexes: fc.boolean(),
  closes: fc.boolean(),
})

async function live(folder: string, lives: readonly Life[]): Promise<void> {
  let n = 0
  for (const { segmentLeaves, checkpointMs, groups, keys, indexes, closes } of lives) {
    const ledger = await startLedger({
      dataFolder: folder,
      signingKey: KEYS[keys]!,
      origin: ORIGIN,
      limits: { segmentLeaves, checkpointMs },
    })
    const open: LedgerRecord[] = []
    for (const group of groups) {
      const records = group.flatMap((kind): LedgerRecord[] => {
        n++
        if (kind === 'settled') return [intent(n), outcome(n)]
        if (kind === 'control') return [STARTED]
        if (kind === 'withheld') return [withheld(n)]
        open.push(outcome(n))
        return [intent(n)]
      })
      await ledger.append([STARTED, ...records])
    }
    // An orderly close leaves nothing open; a kill does, and the next start settles it.
    if (closes) await ledger.append(open)
    if (indexes) {
      const archive = openLedgerArchive(folder, async () => undefined)
      await archive.seal()
      await archive.close()
    }
    if (!closes) {
      const { problems } = await verifyLedger(folder, { rules: RULE_OPTIONS })
      deepEqual(problems, [], 'while it runs')
      await cp(join(folder, 'ledger'), join(folder, 'killed', 'ledger'), { recursive: true })
    }
    await ledger.append(closes ? [] : open)
    await ledger.close()
    if (closes) continue
    await rm(join(folder, 'ledger'), { recursive: true })
    await cp(join(folder, 'killed', 'ledger'), join(folder, 'ledger'), { recursive: true })
    await rm(join(folder, 'killed'), { recursive: true })
  }
}

describe('the verifier, on files', () => {
  test('finds nothing wrong with any ledger that was written as ledgers are', { timeout: 600_000 }, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), async (lives) => {
        const folder = await temporaryFolder(t)
        await live(folder, lives)
        const { problems } = await verifyLedger(folder, { rules: RULE_OPTIONS })
        deepEqual(problems, [])
      }),
      { numRuns: LEDGERS },
    )
  })

  test('notices every changed byte that changes what is recorded, in any file', { timeout: 600_000 }, async (t) => {
    const base = await temporaryFolder(t)
    const groups = Array.from({ length: 60 }, () => ['settled', 'withheld', 'settled'] as const)
    const one = { segmentLeaves: 280, checkpointMs: 0, groups, keys: 0, indexes: true, closes: true }
    await live(base, [one, { ...one, keys: 1 }])
    const trust = readFileSync(join(base, 'ledger', 'trust'), 'utf8')
    const files = readdirSync(join(base, 'ledger')).filter((name) => !/-(wal|shm)$/.test(name))
    ok(files.filter((name) => name.startsWith('index-')).length >= 2 && files.includes('trust'))
    const before = contentsOf(base)
    let noticed = 0
    const where = fc.record({ file: fc.constantFrom(...files), at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(where, async ({ file, at, mask }) => {
        const folder = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
        try {
          await cp(join(base, 'ledger'), join(folder, 'ledger'), { recursive: true })
          const path = join(folder, 'ledger', file)
          const bytes = readFileSync(path)
          bytes[at % bytes.length]! ^= mask
          writeFileSync(path, bytes)
          const { problems } = await verifyLedger(folder, { trust })
          if (problems.length > 0) noticed++
          else deepEqual(contentsOf(folder), before, `${file}, byte ${at % bytes.length}`)
        } finally {
          await rm(folder, { recursive: true, force: true })
        }
      }),
      { numRuns: BYTES },
    )
    ok(noticed > BYTES / 4, `only ${noticed} of ${BYTES} changes were noticed: the others hit nothing`)
  })
})

/**
 * Everything that is recorded, as SQLite reads it. Not what nothing vouches for: when commits were made and segments opened
 * and sealed, by the writer's clock; whom records are about, which cannot be derived without their keys; free space. Where a
 * start begins to look for open INTENTs may be earlier than it need be.
 */
function contentsOf(folder: string): unknown {
  return readdirSync(join(folder, 'ledger'))
    .filter((name) => !/-(wal|shm)$/.test(name))
    .map((name) => {
      const path = join(folder, 'ledger', name)
      // The keys to believe were given from outside.
      if (name === 'trust') return name
      if (!name.endsWith('.db')) return [name, readFileSync(path, 'latin1')]
      const queries = name.startsWith('index-') ? INDEX : SEGMENT
      const db = new DatabaseSync(path, { readOnly: true })
      try {
        return [name, queries.map((sql) => db.prepare(sql).all())]
      } finally {
        db.close()
      }
    })
}
const SEGMENT = [
  'SELECT format, first, range FROM segment',
  'SELECT seq, leaf, hash FROM leaves ORDER BY seq',
  'SELECT size, root FROM heads ORDER BY size',
  'SELECT size, note FROM checkpoints ORDER BY size',
  'SELECT level, n, hash FROM nodes ORDER BY level, n',
  'SELECT size, range FROM mark',
]
const INDEX = [
  'SELECT first, "end" FROM segment',
  'SELECT id, count, "from", "to", seqs FROM shapes ORDER BY id',
  'SELECT shape, day, ending, count FROM days ORDER BY shape, day, ending',
  'SELECT intent, outcome FROM answers ORDER BY intent',
  'SELECT id, seq FROM strays ORDER BY id',
]

test('what a ledger’s contents are is what its tables hold', async (t) => {
  const folder = await temporaryFolder(t)
  await live(folder, [
    {
      segmentLeaves: 4,
      checkpointMs: 0,
      groups: [['settled', 'control', 'withheld']],
      keys: 0,
      indexes: true,
      closes: true,
    },
  ])
  const [first] = contentsOf(folder) as [[string, unknown]]
  equal(first[0], 'checkpoint')
})
