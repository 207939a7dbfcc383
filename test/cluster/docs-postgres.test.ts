/** The README's way to several machines, as it stands there. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { createConfigFolder } from '../support/config-folder.ts'
import { sluice } from '../support/sluice.ts'
import { leaveGatewayAlone, skip, useServer } from './gateways.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'README.md')

describe('README', { skip }, () => {
  const prepared = useServer(['fsync=off'])

  test('goes from one machine to many in ten lines', async (t) => {
    const { url } = await prepared(t, 'ten_lines', { cells: 1 })
    const page = await readFile(PAGE, 'utf8')
    const [, yaml = '', sh = ''] =
      /^## .*in ten lines\n.*?^```yaml\n(.*?)^```\n.*?^```sh\n(.*?)^```\n/msu.exec(page) ?? []
    const lines = sh.trim().split('\n')
    ok(yaml !== '' && yaml.trim().split('\n').length + lines.length <= 10)
    const folder = await createConfigFolder({ contracts: [] })
    let gateway: Gateway | undefined
    t.after(async () => {
      await gateway?.stop()
      await folder.remove()
      delete process.env.SLUICE_CELL
      delete process.env.SLUICE_DATABASE
    })
    await (await startGateway({ configFolder: folder.config })).stop()
    await leaveGatewayAlone(folder)
    const file = join(folder.config, 'gateway.yaml')
    const { cluster, ...more } = parse(yaml.replaceAll('data/keys', join(folder.data, 'keys')))
    const before = parse(await readFile(file, 'utf8'))
    // One server is enough for a test.
    await writeFile(file, stringify({ ...before, ...more, cluster: { ...cluster, allow_single_copy: true } }))
    process.env.SLUICE_DATABASE = url
    let status = ''
    for (const line of lines) {
      const [command = '', ...words] = line.replace(/#.*/u, '').trim().split(/\s+/u)
      if (command === 'export') {
        const [name = '', value = ''] = words[0]!.split('=')
        process.env[name] = value
      } else if (words[1] === 'serve') gateway = await startGateway({ configFolder: folder.config })
      else {
        deepEqual([command, words[0]], ['npx', 'sluice'])
        const { code, out, err } = await sluice([...words.slice(1), '--config', folder.config])
        equal(code, 0, err)
        status = out
      }
    }
    ok(/^cell 0: acts, .*\ncell 1: new/mu.test(status), status)
  })
})
