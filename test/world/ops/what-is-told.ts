/** What the demo, the simulator and the README tell somebody who is new. */
import { equal, match, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const ADJUST = {
  type: 'adjust',
  events: { 'Order Completed': { as: 'f0ob4r' } },
  share: { advertising_id: 'pass', ip: [24, 0], place: 'country', os: 'pass' },
  when_restricted: { send: 'nothing' },
  connection: { app_token: 'abc123def456' },
  limits: { per_second: 100 },
}

async function simulated(world: World, ...args: readonly string[]): Promise<string> {
  const { connection: _, ...plain } = webhookContract('adj', 'http://127.0.0.1:9', ADJUST)
  const served = await world.folder({ contracts: [{ ...plain, connection: ADJUST.connection, id: 'adj' }] })
  const { out, err } = await world.sluice(['simulate', '--config', served.config, ...args])
  return out + err
}

export const world: WorldCase = {
  source: 'what a newcomer reads first',
  faults: {
    'demo-tells-what-is-stripped': async (world) => {
      const { code, out } = await world.sluice(['demo', '--once'])
      equal(code, 0)
      const [, scene = ''] = out.split(/\n(?=Ana)/)
      for (const name of ['email', 'latitude', 'city', 'ip (whole)']) ok(scene.includes(name), `${name} is not named`)
    },
    'demo-tells-why-after-opt-out': async (world) => {
      match((await world.sluice(['demo', '--once'])).out, /service provider/)
    },
    'simulate-says-what-goes': async (world) => {
      const said = await simulated(world, '--persona', 'ios-allowed')
      match(said, /ip_address=203\.0\.113\.0/)
      match(said, /ip[^\n]*lowered/i)
    },
    'readme-sighup': async ({ tree }) => {
      ok(
        !readFileSync(join(tree, 'README.md'), 'utf8').includes('pgrep -f'),
        'a pattern that other processes match too',
      )
    },
  },
  neighbours: {
    'a demo that is asked for JSON prints one object whose books close': async (world) => {
      const { code, out } = await world.sluice(['demo', '--once', '--json'])
      equal(code, 0)
      equal(JSON.parse(out).books?.closes ?? JSON.parse(out).accounting?.closes ?? true, true)
    },
  },
}
