import { deepStrictEqual, ok } from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, intent, ORIGIN, outcome, signingKey } from './fixtures.ts'

/*
 * Every kind of file of a ledger, and everything that can be done to a file as a whole. The ledger has 100 records in
 * segments that begin at 0, 40 and 80, the first two with an index; `earlier` is the same ledger at 60 records. The
 * auditor holds the keys and a checkpoint of all 100.
 */
let now: string
let earlier: string
const key = signingKey()

async function append(folder: string, from: number, to: number): Promise<void> {
  const limits = { segmentLeaves: 40, checkpointMs: 0 }
  const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN, limits })
  for (let n = from; n < to; n += 5)
    await ledger.append([0, 1, 2, 3, 4].flatMap((i) => [intent(n + i), outcome(n + i)]))
  await ledger.close()
  const archive = openLedgerArchive(folder, async () => undefined)
  await archive.seal()
  await archive.close()
}
before(async () => {
  now = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  earlier = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  await append(now, 0, 30)
  await cp(now, earlier, { recursive: true })
  await append(now, 30, 50)
})
after(async () => {
  await rm(now, { recursive: true, force: true })
  await rm(earlier, { recursive: true, force: true })
})

const SEGMENT = (first: number): string => `segment-${String(first).padStart(12, '0')}.db`
const INDEX = (first: number): string => `index-${String(first).padStart(12, '0')}.db`

type Change = (path: string, file: string) => void | Promise<void>
const CHANGES = {
  'cut in half': (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
  'cut by one byte': (path) => truncateSync(path, readFileSync(path).length - 1),
  'cut to nothing': (path) => truncateSync(path, 0),
  'followed by a byte': (path) => appendFileSync(path, 'x'),
  'followed by a page': (path) => appendFileSync(path, Buffer.alloc(4_096, 'x')),
  'led by a byte': (path) => writeFileSync(path, Buffer.concat([Buffer.from('x'), readFileSync(path)])),
  'led by a page': (path) => writeFileSync(path, Buffer.concat([Buffer.alloc(4_096), readFileSync(path)])),
  'all zeros': (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length)),
  'taken away': (path) => rm(path),
  'as it was at 60 records': (path, file) => cp(join(earlier, 'ledger', file), path),
} satisfies Record<string, Change>

/** File → what was done to it → what is found. Empty: the file was the same at 60 records. */
const EXPECTED: Readonly<Record<string, Readonly<Record<keyof typeof CHANGES, readonly string[]>>>> = {
  [SEGMENT(80)]: {
    'cut in half': ['segment_unreadable', 'rolled_back'],
    'cut by one byte': ['wrong_size'],
    'cut to nothing': ['segment_unreadable', 'rolled_back'],
    'followed by a byte': ['wrong_size'],
    'followed by a page': ['wrong_size'],
    'led by a byte': ['segment_unreadable', 'rolled_back'],
    'led by a page': ['segment_unreadable', 'rolled_back'],
    'all zeros': ['segment_unreadable', 'rolled_back'],
    'taken away': ['rolled_back'],
    'as it was at 60 records': [],
  },
  [SEGMENT(40)]: {
    'cut in half': ['segment_unreadable'],
    'cut by one byte': ['wrong_size', 'hash_altered'],
    'cut to nothing': ['segment_unreadable'],
    'followed by a byte': ['wrong_size'],
    'followed by a page': ['wrong_size'],
    'led by a byte': ['segment_unreadable'],
    'led by a page': ['segment_unreadable'],
    'all zeros': ['segment_unreadable'],
    'taken away': ['segment_missing'],
    'as it was at 60 records': ['segment_missing'],
  },
  [INDEX(40)]: {
    'cut in half': ['index_unreadable'],
    'cut by one byte': ['wrong_size'],
    'cut to nothing': ['index_unreadable'],
    'followed by a byte': ['wrong_size'],
    'followed by a page': ['wrong_size'],
    'led by a byte': ['index_unreadable'],
    'led by a page': ['index_unreadable'],
    'all zeros': ['index_unreadable'],
    'taken away': [],
    'as it was at 60 records': [],
  },
  checkpoint: {
    'cut in half': ['checkpoint_signature'],
    'cut by one byte': ['checkpoint_signature'],
    'cut to nothing': ['checkpoint_signature'],
    'followed by a byte': ['checkpoint_signature'],
    'followed by a page': ['checkpoint_signature'],
    // It names another ledger, whose keys nobody here trusts.
    'led by a byte': ['checkpoint_key_unknown'],
    'led by a page': ['checkpoint_key_unknown'],
    'all zeros': ['checkpoint_signature'],
    'taken away': ['checkpoint_outdated'],
    'as it was at 60 records': ['checkpoint_outdated'],
  },
  trust: {
    'cut in half': ['trust_malformed'],
    'cut by one byte': [],
    'cut to nothing': ['trust_malformed'],
    'followed by a byte': ['trust_malformed'],
    'followed by a page': ['trust_malformed'],
    'led by a byte': ['trust_malformed'],
    'led by a page': ['trust_malformed'],
    'all zeros': ['trust_malformed'],
    'taken away': ['trust_malformed'],
    'as it was at 60 records': [],
  },
}

describe('a file of a ledger, as a whole', () => {
  for (const [file, expected] of Object.entries(EXPECTED)) {
    for (const [what, change] of Object.entries(CHANGES) as [keyof typeof CHANGES, Change][]) {
      if (what === 'as it was at 60 records' && (file === SEGMENT(80) || file === INDEX(40))) continue
      test(`${file} ${what}: ${expected[what].join(', ') || 'nothing is lost by it'}`, async (t) => {
        const folder = await dataFolder(t)
        await cp(join(now, 'ledger'), join(folder, 'ledger'), { recursive: true })
        ok(readdirSync(join(folder, 'ledger')).includes(file))
        await change(join(folder, 'ledger', file), file)
        // What the auditor was given does not depend on the folder's own list of keys.
        const outside = {
          checkpoints: [readFileSync(join(now, 'ledger', 'checkpoint'), 'utf8')],
          ...(file === 'trust' ? {} : { trust: readFileSync(join(now, 'ledger', 'trust'), 'utf8') }),
        }
        const names = new Set((await verifyLedger(folder, outside)).problems.map(({ name }) => name))
        // Without its keys nothing in the folder is signed by anyone.
        if (file === 'trust') for (const name of ['checkpoint_key_unknown', 'unsigned'] as const) names.delete(name)
        deepStrictEqual([...names], expected[what])
      })
    }
  }

  test('the whole folder as it was at 60 records: an auditor who remembers finds it, nobody else can', async () => {
    const checkpoints = [readFileSync(join(now, 'ledger', 'checkpoint'), 'utf8')]
    const names = async (options: object) => (await verifyLedger(earlier, options)).problems.map(({ name }) => name)
    deepStrictEqual(await names({ checkpoints }), ['rolled_back'])
    deepStrictEqual(await names({}), [])
  })
})
