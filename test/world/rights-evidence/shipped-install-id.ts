/** An install id under which the partner knows the device goes on leaving after an opt-out: `check` warns, or it does not leave. */
import { ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorldCase } from '../harness/world-case.ts'

export const world: WorldCase = {
  source: 'docs/config.md: where when_restricted lets a partner go on receiving who somebody is',
  faults: {
    'F13-shipped': async (world) => {
      const { out } = await world.sluice(['check', join(world.tree, 'config')])
      const contract = await readFile(join(world.tree, 'config', 'partners', 'appsflyer.yaml'), 'utf8')
      const passes = /when_restricted:[\s\S]*partner_id: pass/.test(contract)
      ok(!passes || /^warning .*appsflyer\.yaml.*partner_id/m.test(out), out)
    },
  },
  neighbours: {
    'the shipped configuration has no problem': async (world) => {
      const { code, out } = await world.sluice(['check', join(world.tree, 'config')])
      ok(code === 0, out)
    },
  },
}
