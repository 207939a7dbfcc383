/** The first steps: a folder that passes the check, and a contract of every type that does. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { sluice } from '../support/sluice.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t)
  return folder
}
const checked = async (folder: string) => JSON.parse((await sluice(['check', folder, '--json'])).out)

describe('sluice init', () => {
  test('makes a folder without the demo: no partner, no loopback, a write key of its own', async (t) => {
    const folder = await emptyFolder(t)
    const [one, other] = [join(folder, 'one'), join(folder, 'other')]
    equal((await sluice(['init', one, '--app', 'shop', '--name', 'The "shop"'])).code, 0)
    equal((await sluice(['init', other])).code, 0)
    const { ok: isRight, apps, contracts, problems } = await checked(one)
    deepEqual([isRight, apps, contracts, problems], [true, 1, 0, []])
    const read = async (path: string) => parse(await readFile(path, 'utf8'))
    const [first, second] = [await read(join(one, 'apps.yaml')), await read(join(other, 'apps.yaml'))]
    deepEqual([first.apps[0].id, first.apps[0].name], ['shop', 'The "shop"'])
    notEqual(first.apps[0].write_keys[0], second.apps[0].write_keys[0])
    equal((await read(join(one, 'gateway.yaml'))).allow_loopback_partners, undefined)
    const schema = 'yaml-language-server: $schema=./'
    for (const name of ['gateway', 'apps', 'policy', 'defaults'])
      match(
        await readFile(join(one, `${name}.yaml`), 'utf8'),
        new RegExp(`${schema.replace(/[$.]/g, '\\$&')}schema/${name}\\.json`),
      )
    ok((await readdir(join(one, 'schema'))).includes('partner.json'))
  })

  test('overwrites nothing', async (t) => {
    const folder = await emptyFolder(t)
    equal((await sluice(['init', folder])).code, 0, 'an empty one will do')
    const again = await sluice(['init', folder])
    deepEqual([again.code, again.out], [1, ''])
    match(again.err, /there is something in it already/)
  })
})

describe('sluice partners new', () => {
  test('a contract of every type passes the check as it is, with no warning', async (t) => {
    const folder = join(await emptyFolder(t), 'config')
    await sluice(['init', folder])
    for (const { type } of PARTNER_TYPES) {
      const { code, out, err } = await sluice(['partners', 'new', type, '--config', folder, '--json'])
      deepEqual([code, JSON.parse(out).problems], [0, []], err)
    }
    const { contracts, problems, warnings } = await checked(folder)
    deepEqual([contracts, problems, warnings], [PARTNER_TYPES.length, [], []])
    const meta = parse(await readFile(join(folder, 'partners', 'meta-capi.yaml'), 'utf8'))
    deepEqual([meta.share, meta.when_restricted], [{ ip: [24, 48], time: 'pass' }, { send: 'nothing' }])
  })

  test('a type that is none, a name that is taken and a folder that is not there are said', async (t) => {
    const folder = join(await emptyFolder(t), 'config')
    match((await sluice(['partners', 'new', 'webhook', '--config', folder])).err, /npx sluice init/)
    await sluice(['init', folder])
    const slip = await sluice(['partners', 'new', 'ajust', '--config', folder])
    match(slip.err, /Did you mean adjust\?/)
    equal((await sluice(['partners', 'new', 'adjust', '--config', folder])).code, 0)
    const taken = await sluice(['partners', 'new', 'adjust', '--config', folder])
    deepEqual([taken.code, taken.out], [1, ''])
    match(taken.err, /is there already/)
  })
})
