/** What `sluice check` says of files as people write them: the thing, not the rule. */
import { ok, strictEqual } from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function checked(world: World, change: (file: string) => Promise<void>, ...more: readonly object[]) {
  const contracts = [
    webhookContract('one', 'https://partner.example'),
    ...more.map((part, index) => webhookContract(`other${index}`, 'https://partner.example', part)),
  ]
  const folder = await world.folder({ contracts })
  await change(join(folder.config, 'partners', 'one.yaml'))
  const { out, err } = await world.sluice(['check', folder.config])
  return `${out}\n${err}`
}
const says = (change: (text: string) => string, wanted: RegExp) => async (world: World) => {
  const said = await checked(world, async (file) => writeFile(file, change(await readFile(file, 'utf8'))))
  ok(wanted.test(said), said)
}
const untouched = async (): Promise<void> => {}
const event = (name: string) => ({ events: { [name]: { as: 'x', properties: {} } } })

export const world: WorldCase = {
  source: 'YAML 1.2.2; Kong/deck, caddyserver/caddy: messages that name the key and its line',
  faults: {
    'check-double-key': says(
      (text) => text.replace('role: third_party', 'role: third_party\nrole: third_party'),
      /role.*line 4/,
    ),
    'check-tab': says((text) => text.replace('  os: pass', '\tos: pass'), /\btab\b/),
    'check-empty-file': says(() => '', /empty/),
    'check-merge-key': says((text) => text.replace('share:\n', 'share:\n  <<: { os: pass }\n'), /merge/),
    'check-folder': async (world) => {
      const said = await checked(world, async (file) => void (await mkdir(file.replace('one.yaml', 'x.yaml'))))
      ok(/x\.yaml.*folder/.test(said), said)
    },
    'check-near-name': async (world) => {
      const said = await checked(world, untouched, {}, event('Order Complete'))
      ok(/Did you mean Order Completed/.test(said), said)
    },
    'check-strict-none': async (world) => {
      const said = await checked(world, untouched, { tcf_vendor: 0 })
      ok(!said.includes('tcf_vendor: 0'), said)
    },
    'check-never-carries': async (world) => {
      const meta = {
        type: 'meta_capi',
        tcf_vendor: 755,
        share: { time: 'pass', advertising_id: 'pass', ip: [24, 48], user_agent: 'pass' },
        when_restricted: { send: 'limited', share: { time: 'pass' } },
        connection: { dataset: '123', token: { env: 'META_TOKEN' } },
      }
      const said = await checked(world, untouched, meta)
      ok(/^warning .*other0\.yaml.*when_restricted/m.test(said), said)
    },
  },
  neighbours: {
    'a slip in a name is still asked about, a plural is not': async (world) => {
      ok(/Did you mean Order Completed/.test(await checked(world, untouched, {}, event('Ordr Completed'))))
      ok(!/Did you mean/.test(await checked(world, untouched, {}, event('Order Completeds'))))
    },
    'a good folder has no problem': async (world) => {
      strictEqual((await checked(world, untouched)).includes('error'), false)
    },
  },
}
