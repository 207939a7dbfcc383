import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { folderSource } from '../../src/cli/ledger/tiles.ts'
import { createSigner } from '../../src/ledger/signer.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { ranSluice } from '../support/sluice.ts'
import { ORIGIN, signingKey, withheld } from './fixtures.ts'

/*
 * A ledger that lived: of 300, 700 and 1,100 records, under one key and then under another; copies of its folder and its
 * newest checkpoint as they were at each size. Auditors look at it by file and by URL.
 */
const SIZES = [300, 700, 1_100] as const
const [OLD, NEW] = [signingKey(), signingKey()]
let home: string
let server: Server
/** What the server serves: one of the folders. */
let serving: string

const at = (size: number): string => join(home, String(size))
const noteAt = (size: number): string => join(at(size), 'ledger', 'checkpoint')

async function append(folder: string, key: KeyObject, from: number, to: number, shift = 0): Promise<void> {
  const limits = { segmentLeaves: 400, checkpointMs: 1_000_000 }
  const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN, limits })
  await ledger.append(Array.from({ length: to - from }, (_, i) => withheld(from + i + shift)))
  await ledger.close()
}

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-audit-'))
  await append(at(300), OLD, 0, 300)
  await cp(at(300), at(700), { recursive: true })
  await append(at(700), OLD, 300, 700)
  await cp(at(700), at(1_100), { recursive: true })
  await append(at(1_100), NEW, 700, 1_100)
  await cp(at(300), join(home, 'fork'), { recursive: true })
  await append(join(home, 'fork'), NEW, 300, 1_200, 1)
  const keys = [OLD, NEW].map((key) => createSigner(ORIGIN, key).verifierKey)
  writeFileSync(join(home, 'trust'), `# of our ledger\n${keys.join('\n')}\n`)
  writeFileSync(join(home, 'trust-new'), `${keys[1]}\n`)
  server = createServer(async (request, response) => {
    const [, level, index, width] = /^\/ledger\/tile\/(\d+)\/(\d{3})(?:\.p\/(\d+))?$/.exec(request.url ?? '') ?? []
    const source = folderSource(serving)
    if (request.url === '/ledger/checkpoint') response.end(await source.checkpoint())
    else if (level !== undefined) response.end(await source.tile(Number(level), Number(index), Number(width ?? 256)))
    else response.writeHead(404).end()
    source.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  server.close()
  server.closeAllConnections()
  await rm(home, { recursive: true, force: true })
})

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/ledger`

async function sluiceLedger(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const { code, out, err } = await ranSluice(['ledger', ...args])
  return { status: code, stdout: out, stderr: err }
}

/** Two auditors of the same ledger: one looks at files, one asks a server that shows them. */
const AUDITORS: readonly [string, (folder: string) => string[]][] = [
  ['by file', (folder) => ['--data', folder]],
  [
    'by URL',
    (folder) => {
      serving = folder
      return ['--url', url()]
    },
  ],
]

for (const [how, looking] of AUDITORS) {
  describe(`an auditor who remembers the last checkpoint, ${how}`, () => {
    const audit = async (state: string, folder: string, trust = 'trust') =>
      sluiceLedger('tail', '--state', state, ...looking(folder), '--trust', join(home, trust))
    const fresh = (t: TestContext): string => {
      const path = join(home, `state-${how}-${t.name}`.replaceAll(' ', '-'))
      t.after(() => rm(path, { force: true }))
      return path
    }

    test('follows it over a change of keys', async (t) => {
      const state = fresh(t)
      const said: string[] = []
      for (const size of SIZES) {
        const { status, stdout } = await audit(state, at(size))
        strictEqual(status, 0)
        said.push(stdout)
        strictEqual(readFileSync(state, 'utf8'), readFileSync(noteAt(size), 'utf8'))
      }
      deepStrictEqual(said, [
        `Remembered ${ORIGIN} at 300 records.\n`,
        `${ORIGIN} continues: 700 records, 400 more than remembered.\n`,
        `${ORIGIN} continues: 1100 records, 400 more than remembered.\n`,
      ])
    })

    const refusals: [string, { remembered: number; folder: () => string; trust?: string; says: RegExp }][] = [
      [
        'an older state put back',
        { remembered: 700, folder: () => at(300), says: /^rolled_back: the ledger ends at 300 / },
      ],
      [
        'another history',
        {
          remembered: 700,
          folder: () => join(home, 'fork'),
          says: /^forked: the ledger of 1200 records is no continuation/,
        },
      ],
      [
        'a key that is not trusted',
        {
          remembered: 700,
          folder: () => at(700),
          trust: 'trust-new',
          says: /^checkpoint_key_unknown: the newest checkpoint/,
        },
      ],
      [
        'an old key that was forgotten',
        {
          remembered: 300,
          folder: () => at(1_100),
          trust: 'trust-new',
          says: /^checkpoint_key_unknown: the checkpoint in the state file/,
        },
      ],
    ]
    for (const [what, { remembered, folder, trust, says }] of refusals) {
      test(`finds ${what}, and goes on remembering what it saw`, async (t) => {
        const state = fresh(t)
        await cp(noteAt(remembered), state)
        const { status, stdout } = await audit(state, folder(), trust)
        strictEqual(status, 1)
        match(stdout, says)
        strictEqual(readFileSync(state, 'utf8'), readFileSync(noteAt(remembered), 'utf8'))
      })
    }

    test('says so in JSON', async (t) => {
      const state = fresh(t)
      await cp(noteAt(700), state)
      const { stdout } = await sluiceLedger(
        'tail',
        '--json',
        '--state',
        state,
        ...looking(at(300)),
        '--trust',
        join(home, 'trust'),
      )
      const { verified, problems } = JSON.parse(stdout) as { verified: boolean; problems: { name: string }[] }
      deepStrictEqual([verified, problems.map(({ name }) => name)], [false, ['rolled_back']])
    })
  })

  describe(`verify without trusting who holds the ledger, ${how}`, () => {
    const verify = (folder: string, ...more: string[]) =>
      sluiceLedger('verify', ...looking(folder), '--trust', join(home, 'trust'), ...more)

    test('takes a ledger that continues what was kept, and a record that is in it', async () => {
      const lines = (await sluiceLedger('export', '--data', at(300), '--from', '123', '--to', '124')).stdout
      const { hash } = JSON.parse(lines) as { hash: string }
      const kept = ['--checkpoint', noteAt(300), noteAt(700)]
      const { status, stdout } = await verify(at(1_100), ...kept, '--record', '123', '--hash', hash)
      strictEqual(status, 0)
      match(stdout, /is signed by a trusted key: 1100 records, .* continues 2 checkpoints .* Record 123 is in it\./)
      const elsewhere = await verify(at(1_100), '--record', '124', '--hash', hash)
      deepStrictEqual(
        [elsewhere.status, elsewhere.stdout],
        [1, 'not_included: record 124 of the signed ledger is another\n'],
      )
      const beyond = await verify(at(300), '--record', '300', '--hash', hash)
      match(beyond.stdout, /^not_included: record 300 is not among the 300/)
    })

    test('finds a fork and a rollback', async () => {
      match((await verify(join(home, 'fork'), '--checkpoint', noteAt(700))).stdout, /^forked: /)
      match((await verify(at(300), '--checkpoint', noteAt(700))).stdout, /^rolled_back: /)
    })
  })
}

describe('whoever serves a ledger', () => {
  test('does not choose the keys', async () => {
    for (const command of [['verify'], ['tail', '--state', join(home, 'none')]]) {
      const { status, stderr } = await sluiceLedger(...command, '--url', url())
      strictEqual(status, 1)
      match(stderr, /Name the keys to believe with --trust/)
    }
  })

  test('and does not answer is no verdict, but an error', async () => {
    const nobody = 'http://127.0.0.1:1/ledger'
    const { status, stdout, stderr } = await sluiceLedger('verify', '--url', nobody, '--trust', join(home, 'trust'))
    deepStrictEqual([status, stdout], [1, ''])
    match(stderr, /cannot be reached/)
  })

  test('and changes its checkpoint is found: a bit of the text or of the signature', async (t) => {
    const forged = join(home, 'forged')
    t.after(() => rm(forged, { recursive: true, force: true }))
    await cp(at(700), forged, { recursive: true })
    const note = readFileSync(noteAt(700), 'utf8')
    const changes = [
      note.replace('\n700\n', '\n701\n'),
      note.replace(/(\S{8})=*\n$/u, 'AAAAAAAA\n'),
      note.slice(0, -20),
      `${note}more`,
      `x${note}`,
    ]
    for (const changed of changes) {
      writeFileSync(join(forged, 'ledger', 'checkpoint'), changed)
      serving = forged
      const { status, stdout } = await sluiceLedger('verify', '--url', url(), '--trust', join(home, 'trust'))
      strictEqual(status, 1)
      match(stdout, /^checkpoint_(signature|key_unknown): the newest checkpoint/)
    }
    ok(changes.every((changed) => changed !== note))
  })
})
