/** The number of a data folder's layout: what a version does that knows another one, and the way back. */
import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { startGateway } from '../../src/gateway/gateway.ts'
import { LAYOUT, layoutOf, noteLayout, requireLayout, takeSteps } from '../../src/gateway/layout.ts'
import { createConfigFolder } from '../support/config-folder.ts'
import { sluice } from '../support/sluice.ts'

async function emptyFolder(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-layout-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  return root
}

describe('the layout of a data folder', () => {
  test('a start writes its number, and a folder without one is of the first', async (t) => {
    const folder = await createConfigFolder({ contracts: [] })
    t.after(() => folder.remove())
    equal(layoutOf(folder.data), 1)
    await (await startGateway({ configFolder: folder.config })).stop()
    deepEqual(JSON.parse(readFileSync(join(folder.data, 'layout.json'), 'utf8')), { layout: LAYOUT })
  })

  test('a folder that a later version made is refused in a sentence, and nothing of it is changed', async (t) => {
    const folder = await createConfigFolder({ contracts: [] })
    t.after(() => folder.remove())
    await mkdir(folder.data, { recursive: true })
    await writeFile(join(folder.data, 'layout.json'), '{"layout":99}\n')
    await rejects(
      startGateway({ configFolder: folder.config }),
      /a later Sluice made it: layout 99, and this one knows up to/,
    )
    deepEqual(readdirSync(folder.data).sort(), ['layout.json', 'lock.db'])
    const upgrade = await sluice(['upgrade', '--data', folder.data, '--backup', join(folder.root, 'backup')])
    equal(upgrade.code, 1)
    match(upgrade.err, /a later Sluice made it/)
  })

  test('a number that cannot be read is no number', async (t) => {
    const folder = await emptyFolder(t)
    await writeFile(join(folder, 'layout.json'), '{"layout":"two"}')
    throws(() => requireLayout(folder), /says no layout/)
  })

  test('a version that needs more steps refuses until they are taken, each once and in order', async (t) => {
    const folder = await emptyFolder(t)
    const taken: string[] = []
    const steps = [() => void taken.push('to 2'), () => void taken.push('to 3')]
    throws(() => requireLayout(folder, 3), /has layout 1 of an earlier Sluice.*sluice upgrade --backup DIR/)
    equal(takeSteps(folder, steps), 3)
    equal(takeSteps(folder, steps), 3)
    deepEqual(taken, ['to 2', 'to 3'])
    requireLayout(folder, 3)
    // The version before.
    throws(() => requireLayout(folder, 2), /a later Sluice made it: layout 3, and this one knows up to 2/)
  })

  test('a step that fails is taken again, and those before it are not', async (t) => {
    const folder = await emptyFolder(t)
    const taken: string[] = []
    let broken = true
    const second = (): void => {
      taken.push('second')
      if (broken) throw new Error('the disk is full')
    }
    const steps = [() => void taken.push('first'), second]
    throws(() => takeSteps(folder, steps), /disk is full/)
    equal(layoutOf(folder), 2)
    broken = false
    equal(takeSteps(folder, steps), 3)
    deepEqual(taken, ['first', 'second', 'second'])
  })

  test('a backup says its layout: a later one is not put back, and none is mixed with another', async (t) => {
    const folder = await createConfigFolder({ contracts: [] })
    t.after(() => folder.remove())
    await (await startGateway({ configFolder: folder.config })).stop()
    const backup = join(folder.root, 'backup')
    const run = (...args: readonly string[]) => sluice(args)
    equal((await run('backup', backup, '--data', folder.data)).code, 0)
    noteLayout(folder.data, 2)
    const mixed = await run('restore', backup, '--data', folder.data)
    equal(mixed.code, 1)
    match(mixed.err, /has layout 2, the backup 1/)
    // The way back: a folder of its own.
    rmSync(folder.data, { recursive: true })
    equal((await run('restore', backup, '--data', folder.data)).code, 0)
    deepEqual([layoutOf(folder.data), existsSync(join(folder.data, 'revisions'))], [1, true])
    const list = join(backup, 'backup.json')
    await writeFile(list, readFileSync(list, 'utf8').replace('"layout": 1', '"layout": 99'))
    const later = await run('restore', backup, '--data', folder.data)
    equal(later.code, 1)
    match(later.err, /a later Sluice made it: layout 99/)
  })

  test('a folder of this layout has nothing to upgrade, and no backup is made', async (t) => {
    const folder = await emptyFolder(t)
    const backup = join(folder, 'backup')
    const { code, out } = await sluice(['upgrade', '--data', folder, '--backup', backup])
    equal(code, 0)
    match(out, /nothing to do/)
    equal(existsSync(backup), false)
  })
})
