/** A configuration folder that cannot be written (a ConfigMap: kubernetes/kubernetes#29607): what is live is answered so. RFC 9110 §15.6. */
import { ok, strictEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { webhookContract } from '../../support/config-folder.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const LESS = { message: 'narrow', edits: [{ file: 'partners/one.yaml', path: ['share', 'ip'], value: null }] }

/** Read-only for everybody, root too: a bind mount of itself. Undefined where this machine lets nobody mount. */
async function open(world: World): Promise<Served | undefined> {
  const gateway = await world.folder({ contracts: [webhookContract('one', 'http://127.0.0.1:9')] })
  try {
    execFileSync('mount', ['--bind', gateway.config, gateway.config], { stdio: 'ignore' })
    world.after(() => void execFileSync('umount', [gateway.config], { stdio: 'ignore' }))
    execFileSync('mount', ['-o', 'remount,ro,bind', gateway.config], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  world.after(() => gateway.end())
  await gateway.start()
  return gateway
}
const publish = (gateway: Served) =>
  gateway.staff('/api/v1/publish', { method: 'POST', headers: { 'if-match': '"1"' }, body: LESS })
const live = async (gateway: Served): Promise<number> => (await gateway.staff('/api/v1/revisions/live')).body.revision

export const world: WorldCase = {
  source: 'RFC 9110 section 15.6; kubernetes/kubernetes#29607',
  faults: {
    'unwritable-narrow': async (world) => {
      const gateway = await open(world)
      ok(gateway !== undefined, 'this machine lets nobody mount')
      const { status, text } = await publish(gateway)
      const revision = await live(gateway)
      ok((status < 300 && revision === 2) || (status < 500 && revision === 1), `${status} ${text} live ${revision}`)
    },
    'unwritable-after-restart': async (world) => {
      const gateway = await open(world)
      ok(gateway !== undefined, 'this machine lets nobody mount')
      await publish(gateway)
      await gateway.stop()
      await gateway.start()
      const { body } = await gateway.staff('/api/v1/proposals?state=waiting')
      strictEqual(body.items.length, 0)
    },
  },
  neighbours: {
    'a folder that can be written is saved to': async (world) => {
      const gateway = await world.gateway({ contracts: [webhookContract('one', 'http://127.0.0.1:9')] })
      strictEqual((await publish(gateway)).status, 200)
      strictEqual((await gateway.staff('/api/v1/reload', { method: 'POST' })).body.changed, false)
    },
  },
}
