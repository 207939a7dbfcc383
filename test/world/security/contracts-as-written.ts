/** Contract files as people write them: a value that contains itself; an address at which no partner can be. */
import { ok, strictEqual } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function check(world: World, change: (config: string) => Promise<void>, part: object = {}) {
  const folder = await world.folder({
    contracts: [webhookContract('one', 'https://partner.example', part)],
    gateway: { allow_loopback_partners: false },
  })
  await change(folder.config)
  return world.sluice(['check', folder.config])
}
const at = (url: string) => async (world: World) => {
  const { out } = await check(world, async () => {}, { connection: { url, batch: true } })
  ok(/^(error|warning) .*connection\.url/m.test(out), out)
}

export const world: WorldCase = {
  source: 'YAML 1.2.2 section 3.2.1; CWE-674; RFC 6890, RFC 3927; CWE-918',
  faults: {
    'check-alias-of-itself': async (world) => {
      const { code, out, err } = await check(world, (config) =>
        writeFile(join(config, 'partners', 'one.yaml'), 'x: &a [*a]\n'),
      )
      strictEqual(code, 1)
      ok(/^error .*one\.yaml:1:\d+/m.test(out), `${out}${err}`)
      ok(!`${out}${err}`.includes('RangeError'))
    },
    'validate-alias-of-itself': async (world) => {
      const gateway = await world.gateway({ contracts: [webhookContract('one', 'http://127.0.0.1:9')] })
      const body = { files: { 'partners/one.yaml': 'x: &a [*a]\n' } }
      const { status, text } = await gateway.staff('/api/v1/validate', { method: 'POST', body })
      ok((status === 422 || status === 200) && text.includes('one.yaml'), `${status} ${text}`)
    },
    'check-private-address': at('https://10.0.0.1/hooks'),
    'check-metadata-address': at('https://169.254.169.254/hooks'),
    'check-private-address-notation': at('https://0xa.1/hooks'),
  },
  neighbours: {
    'a public address is fine, and so is an alias of something else': async (world) => {
      const { code, out } = await check(world, async (config) => {
        const apps = join(config, 'apps.yaml')
        await writeFile(
          apps,
          'apps:\n  - { id: messenger-ios, name: &n Messenger, write_keys: [test-write-key] }\n  - { id: other, name: *n, write_keys: [other-write-key] }\n',
        )
      })
      strictEqual(code, 0, out)
      ok(!out.includes('connection'), out)
    },
  },
}
