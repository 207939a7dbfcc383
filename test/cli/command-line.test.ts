/** What every command has in common: the version, colours where somebody looks, the gateway of the folder. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { startShipped } from '../support/shipped.ts'
import { sluice } from '../support/sluice.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** The sign that every colour begins with. */
const ESCAPE = '\u001b['

function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [join(ROOT, 'bin', 'sluice.js'), ...args],
      { cwd, env: { PATH: process.env.PATH ?? '', ...env } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    ),
  )
}

describe('the command line', () => {
  test('--version is that of the package', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string }
    deepEqual(await sluice(['--version']), { code: 0, out: version, err: '' })
  })

  test('colours are for terminals: none in a pipe, some where they are asked for, none with NO_COLOR', async () => {
    const missing = ['check', 'no-such-folder']
    const [piped, forced, refused] = await Promise.all([
      run(ROOT, missing, {}),
      run(ROOT, missing, { FORCE_COLOR: '1' }),
      run(ROOT, missing, { NO_COLOR: '1' }),
    ])
    match(piped.out, /^error {3}no-such-folder/)
    ok(!piped.out.includes(ESCAPE) && !refused.out.includes(ESCAPE))
    ok(forced.out.startsWith(`${ESCAPE}31merror`), JSON.stringify(forced.out))
    equal(stripVTControlCharacters(forced.out), piped.out, 'the same words')
  })

  test('without a flag it asks the gateway of the folder it is run in', async (t) => {
    const shipped = await startShipped()
    t.after(() => shipped.stop())
    const folder = await temporaryFolder(t)
    await symlink(shipped.data, join(folder, 'data'))
    const environment = { XDG_CONFIG_HOME: folder, SLUICE_CONTROL: shipped.gateway.controlUrl }
    const status = await run(folder, ['status', '--json'], environment)
    equal(JSON.parse(status.out).revision, 1, status.err)
    const nobody = await run(folder, ['status'], { ...environment, SLUICE_CONTROL: 'http://127.0.0.1:1' })
    deepEqual([nobody.code, nobody.out], [1, ''])
    match(nobody.err, /no gateway answers there/)
  })
})
