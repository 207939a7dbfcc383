/** A bad file never replaces a good revision: at start and when read again. */
import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createExaminer } from '../../src/publish/examiner.ts'
import { type OpenedConfig, openConfig } from '../../src/publish/live-config.ts'
import { openProposals } from '../../src/publish/proposals.ts'
import { type Publishing, startPublishing } from '../../src/publish/publishing.ts'
import { savedFiles } from '../../src/publish/saved-files.ts'
import { ACME, edit, FILES, NOW, TYPES, withFolder } from './fixture.ts'

const BAD = edit(ACME, '  os: pass', '  oss: pass')
const NARROWER = edit(ACME, '  os: pass', '  os: reduced')

interface Bench {
  readonly folder: string
  readonly claimed: readonly string[]
  open(): Promise<OpenedConfig>
  /** Opens and submits the files, as the gateway does. */
  start(): Promise<Extract<OpenedConfig, { ok: true }> & Publishing>
  write(name: string, text: string): Promise<void>
  revisions(): Promise<readonly string[]>
}

async function withConfig(
  files: Readonly<Record<string, string>>,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  await withFolder({}, async (data) =>
    withFolder(files, async (folder) => {
      const claimed: string[] = []
      const gateway = (text: string): string => text.replace('data: ./data', `data: ${data}`)
      const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), gateway(text))
      if (files['gateway.yaml'] !== undefined) await write('gateway.yaml', files['gateway.yaml'])
      const open = (): Promise<OpenedConfig> =>
        openConfig({
          folder,
          types: TYPES,
          clock: { now: () => NOW },
          claim: async ({ dataFolder }) => {
            claimed.push(dataFolder)
            return { revisionsAbove: 0 }
          },
        })
      await run({
        folder,
        claimed,
        write,
        open,
        start: async () => {
          const opened = await open()
          assert.ok(opened.ok)
          const publishing = await startPublishing({
            folder,
            files: savedFiles(folder),
            gateway: { ...opened.gateway, watchSeconds: 0 },
            revisions: opened.revisions,
            proposals: await openProposals(opened.gateway.dataFolder),
            examiner: () => createExaminer(TYPES),
            now: () => NOW,
            record: async () => {},
            observe: {
              read: () => {},
              resaved: () => {},
              groundless: () => {},
              failed: (error) => {
                throw error
              },
            },
          })
          return { ...opened, ...publishing }
        },
        revisions: async () =>
          (await readdir(data)).includes('revisions')
            ? (await readdir(join(data, 'revisions'))).filter((name) => !name.includes('texts')).sort()
            : [],
      })
    }),
  )
}

describe('start', () => {
  test('good files become revision 1, after the data folder was claimed', async () => {
    await withConfig(FILES, async ({ open, claimed }) => {
      const opened = await open()
      assert.ok(opened.ok)
      assert.deepEqual(opened.problems, [])
      assert.equal(opened.revisions.current().number, 1)
      assert.deepEqual(claimed, [opened.gateway.dataFolder])
    })
  })

  test('bad files and no revision: refused with every problem, nothing published', async () => {
    await withConfig({ ...FILES, 'partners/acme.yaml': BAD }, async ({ open, revisions }) => {
      const opened = await open()
      assert.ok(!opened.ok)
      assert.deepEqual(
        opened.problems.map(({ path }) => path),
        ['share.oss'],
      )
      assert.deepEqual(await revisions(), [])
    })
  })

  test('bad files and a revision: the last good one runs and the problems are told', async () => {
    await withConfig(FILES, async ({ open, write, revisions }) => {
      await open()
      await write('partners/acme.yaml', BAD)
      const opened = await open()
      assert.ok(opened.ok)
      assert.deepEqual(
        opened.problems.map(({ path }) => path),
        ['share.oss'],
      )
      assert.equal(opened.revisions.current().number, 1)
      assert.equal(opened.revisions.current().contracts[0]?.share.os, 2)
      assert.deepEqual(await revisions(), ['000001.json'])
    })
  })

  test('a bad gateway.yaml is refused even where a revision exists: nobody knows where the data is', async () => {
    await withConfig(FILES, async ({ open, write, claimed }) => {
      await open()
      await write('gateway.yaml', 'dat: ./data')
      const opened = await open()
      assert.ok(!opened.ok)
      assert.deepEqual(
        opened.problems.map(({ path }) => path),
        ['dat'],
      )
      assert.equal(claimed.length, 1)
    })
  })
})

describe('reload', () => {
  test('a good change becomes the next revision; the same files become none', async () => {
    await withConfig(FILES, async ({ start, write }) => {
      const opened = await start()
      assert.equal((await opened.reload()).changed, false)
      await write('partners/acme.yaml', NARROWER)
      const { ok, revision, changed, problems } = await opened.reload()
      assert.deepEqual({ ok, revision, changed, problems }, { ok: true, revision: 2, changed: true, problems: [] })
      assert.equal(opened.revisions.current().contracts[0]?.share.os, 1)
    })
  })

  test('a bad change is told and leaves the old revision live, for other files too', async () => {
    await withConfig(FILES, async ({ folder, start, write, revisions }) => {
      const opened = await start()
      await write('partners/acme.yaml', BAD)
      await write('partners/good.yaml', edit(NARROWER, 'id: acme', 'id: good'))
      const { ok, revision, changed, problems } = await opened.reload()
      assert.deepEqual({ ok, revision, changed }, { ok: false, revision: 1, changed: false })
      assert.deepEqual(
        problems.map(({ path }) => path),
        ['share.oss'],
      )
      assert.deepEqual(
        opened.revisions.current().contracts.map(({ id }) => id),
        ['acme'],
      )
      assert.deepEqual(await revisions(), ['000001.json'])
      await rm(join(folder, 'partners', 'acme.yaml'))
      const { revision: next, waiting } = await opened.reload()
      assert.equal(next, 2)
      // The one that went is gone at once; the one that came waits for a second person.
      assert.deepEqual(opened.revisions.current().contracts, [])
      assert.deepEqual(
        waiting?.plans.contracts.map(({ id }) => id),
        ['good'],
      )
    })
  })

  test('a change of gateway.yaml is no new revision and asks for a restart', async () => {
    await withConfig(FILES, async ({ start, write }) => {
      const opened = await start()
      await write('gateway.yaml', `${FILES['gateway.yaml']}log_level: debug\n`)
      const { ok, changed, restartNeeded } = await opened.reload()
      assert.deepEqual({ ok, changed, restartNeeded }, { ok: true, changed: false, restartNeeded: true })
      assert.equal(opened.gateway.logLevel, 'info')
    })
  })
})
