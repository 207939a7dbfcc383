/** `sluice diff`: folders, revisions and Git, and the exit codes that scripts rely on. */
import { equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openRevisions } from '../../src/publish/revisions.ts'
import { type Ran, sluice } from '../support/sluice.ts'
import { ACME, edit, FILES, load, NOW, withFolder } from './fixture.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)

/** In a folder of its own it is a process, as a hook would start it. */
function diff(cwd: string, ...args: readonly string[]): Promise<Ran> {
  if (cwd === ROOT) return sluice(['diff', ...args])
  return new Promise((resolve) => {
    const argv = [join(ROOT, 'bin', 'sluice.js'), 'diff', ...args]
    execFile(process.execPath, argv, { cwd }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}
const NARROWER = { ...FILES, 'partners/acme.yaml': edit(ACME, '  os: pass', '  os: reduced') }
const WIDER = { ...FILES, 'partners/acme.yaml': edit(ACME, '  os: pass', '  os: pass\n  gender: pass') }

describe('sluice diff', () => {
  test('same 0, narrower 2, wider 3, a bad folder 1 with its problems', async () => {
    await withFolder(FILES, (base) =>
      withFolder(NARROWER, (narrower) =>
        withFolder(WIDER, async (wider) => {
          const [same, less, more] = await Promise.all([
            diff(ROOT, base, base),
            diff(ROOT, base, narrower),
            diff(ROOT, base, wider),
          ])
          equal(same.code, 0)
          equal(less.code, 2)
          match(less.out, /receive os \(reduced\) instead of os of everyone/)
          equal(more.code, 3)
          match(more.out, /Acme \(acme\): wider\n {2}\+ will newly receive gender of everyone/)
          await writeFile(join(wider, 'partners', 'acme.yaml'), `${ACME}sharee: 1\n`)
          const [bad, missing, json] = await Promise.all([
            diff(ROOT, base, wider),
            diff(ROOT, base, `${base}/nowhere`),
            diff(ROOT, base, narrower, '--json'),
          ])
          equal(bad.code, 1)
          match(bad.err, /acme\.yaml:\d+:\d+ sharee/)
          equal(missing.code, 1)
          match(missing.err, /no such folder/)
          equal(JSON.parse(json.out).change, 'narrower')
          await writeFile(
            join(narrower, 'partners', 'acme.cases.yaml'),
            'cases:\n  - name: os is known\n    persona: ios-allowed\n    expect: { fields: { os: pass } }\n',
          )
          const broken = await diff(ROOT, base, narrower)
          equal(broken.code, 2)
          match(broken.err, /breaks its own cases:\n.*“os is known” fails/)
        }),
      ),
    )
  })

  test('a revision by its number, and a commit of Git', async () => {
    const loaded = await load(FILES)
    if (!loaded.ok) throw new Error('the fixture is right')
    await withFolder(NARROWER, (folder) =>
      withFolder({}, async (data) => {
        await openRevisions(data, loaded.config, NOW)
        const published = await diff(ROOT, '1', folder, '--data', data)
        equal(published.code, 2)
        const unknown = await diff(ROOT, '7', folder, '--data', data)
        equal(unknown.code, 1)
        match(unknown.err, /revision 7 is not in/)
        await cp(folder, join(data, 'config'), { recursive: true })
        const git = (...args: readonly string[]) =>
          run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: data })
        await git('init', '-q')
        await git('add', 'config')
        await git('commit', '-q', '-m', 'first')
        await writeFile(join(data, 'config', 'partners', 'acme.yaml'), ACME)
        const since = await diff(data, 'HEAD:config', 'config')
        equal(since.code, 3, since.err)
        const nowhere = await diff(data, 'HEAD:nowhere', 'config')
        equal(nowhere.code, 1)
      }),
    )
  })
})
