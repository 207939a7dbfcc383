import { deepEqual, equal, notEqual, throws } from 'node:assert/strict'
import fs from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { beforeEach, describe, type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { type GatewayConfig, KEY_NAMES } from '../contracts/config.ts'
import { KeyUnusable, loadKeys } from './keys.ts'

describe('the gateway’s own keys', () => {
  let data: string
  let config: GatewayConfig
  beforeEach(async (t) => {
    data = await temporaryFolder(t as TestContext)
    const keys = Object.fromEntries(KEY_NAMES.map((name) => [name, { file: join(data, 'keys', `${name}.key`) }]))
    config = { dataFolder: data, keys } as unknown as GatewayConfig
  })
  const files = async (): Promise<readonly string[]> => (await readdir(join(data, 'keys'))).sort()
  const ALL = KEY_NAMES.map((name) => `${name}.key`).sort()

  test('are made at the first start, each another, and found again at the next', async () => {
    const made = loadKeys(config, {})
    deepEqual(await files(), ALL)
    const texts = await Promise.all(ALL.map((name) => readFile(join(data, 'keys', name), 'utf8')))
    equal(new Set(texts).size, ALL.length)
    equal((await stat(join(data, 'keys', 'index.key'))).mode & 0o777, 0o600)
    const found = loadKeys(config, {})
    equal(found.index.equals(made.index), true)
    equal(found.index.equals(found.pseudonym), false)
  })

  test('a start that ended while it made them leaves nothing that the next one trips over', async (t) => {
    t.after(() => syncBuiltinESMExports())
    for (const writes of [0, 1, 2]) {
      const write = fs.writeSync
      let left = writes
      const dying = t.mock.method(fs, 'writeSync', (...args: Parameters<typeof write>) => {
        if (left-- === 0) throw new Error('gone')
        return write(...args)
      })
      syncBuiltinESMExports()
      throws(() => loadKeys(config, {}), /gone/)
      dying.mock.restore()
      syncBuiltinESMExports()
    }
    loadKeys(config, {})
    deepEqual(await files(), ALL)
  })

  test('one that is there is never written over, whatever it holds', async () => {
    const { index } = loadKeys(config, {})
    const path = join(data, 'keys', 'index.key')
    await writeFile(path, '')
    throws(() => loadKeys(config, {}), KeyUnusable)
    equal(await readFile(path, 'utf8'), '')
    await writeFile(path, 'ab'.repeat(32))
    notEqual(loadKeys(config, {}).index.equals(index), true)
  })
})
