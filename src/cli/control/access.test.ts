import { deepEqual, rejects } from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { accessOf } from './access.ts'

async function homeOf(t: TestContext, files: Readonly<Record<string, string>>, mode = 0o600): Promise<string> {
  const home = await temporaryFolder(t)
  await mkdir(join(home, 'sluice'))
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(home, 'sluice', name), text)
    await chmod(join(home, 'sluice', name), mode)
  }
  return home
}

describe('where the command line finds the gateway and the token', () => {
  const KEPT = { control: 'https://ops.example.com:8443/\n', token: 'kept\n' }

  test('~/.config/sluice, where nothing else is said', async (t) => {
    const XDG_CONFIG_HOME = await homeOf(t, KEPT)
    deepEqual(await accessOf({}, { XDG_CONFIG_HOME }), { control: 'https://ops.example.com:8443', token: 'kept' })
  })

  test('the environment goes before it, a flag before both', async (t) => {
    const XDG_CONFIG_HOME = await homeOf(t, { ...KEPT, other: 'from a file' })
    const environment = { XDG_CONFIG_HOME, SLUICE_CONTROL: 'http://127.0.0.1:9', SLUICE_TOKEN: 'said' }
    deepEqual(await accessOf({}, environment), { control: 'http://127.0.0.1:9', token: 'said' })
    const tokenFile = join(XDG_CONFIG_HOME, 'sluice', 'other')
    deepEqual(await accessOf({ control: 'http://[::1]:10', tokenFile }, environment), {
      control: 'http://[::1]:10',
      token: 'from a file',
    })
    deepEqual((await accessOf({}, { XDG_CONFIG_HOME, SLUICE_TOKEN_FILE: tokenFile })).token, 'from a file')
  })

  test('a token is never sent in clear over a network', async () => {
    await rejects(accessOf({ control: 'http://ops.example.com:8081' }, { SLUICE_TOKEN: 't' }), /in clear/)
  })

  test('the token that a gateway left in the folder goes to this machine alone', async (t) => {
    const XDG_CONFIG_HOME = await homeOf(t, {})
    await rejects(accessOf({ control: 'https://ops.example.com' }, { XDG_CONFIG_HOME }), /no token for it/)
  })

  test('a kept token that others can read is refused', {
    skip: process.platform === 'win32' ? 'no modes here' : false,
  }, async (t) => {
    await rejects(accessOf({}, { XDG_CONFIG_HOME: await homeOf(t, KEPT, 0o644) }), /chmod 600/)
  })

  for (const control of ['8081', 'ftp://127.0.0.1', 'http://ann:word@127.0.0.1'])
    test(`${control} is no address`, async () => {
      await rejects(accessOf({ control }, { SLUICE_TOKEN: 't' }), /not an address/)
    })
})
