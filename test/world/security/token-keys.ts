/** The keys of the people's issuer: taken back, and not to be had. */
import { equal, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import { ISSUER } from '../../support/issuer.ts'
import { until } from '../../support/until.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function withUsers(world: World, jwks: string) {
  const partner = await world.partner()
  const app = {
    id: 'messenger-ios',
    name: 'Messenger',
    platform: 'ios',
    write_keys: [WRITE_KEY],
    users: { jwks, issuer: ISSUER, audience: 'sluice-ops', claim: 'sub' },
  }
  return world.gateway({ contracts: [webhookContract('acme', partner.origin)], apps: [app] })
}

export const world: WorldCase = {
  source: 'NIST SP 800-57 Part 1 §8.3 on revocation; RFC 9110 §15.6.4; RFC 7517',
  faults: {
    'jwks-withdrawn-key': async (world) => {
      const file = join(await world.emptyFolder(), 'jwks.json')
      const [old, successor] = [await world.issuer('k1'), await world.issuer('k2')]
      await old.saveJwks(file)
      const gateway = await withUsers(world, file)
      const asked = async (token: string): Promise<number> =>
        (await gateway.call('/v1/me/choices', { headers: { authorization: `Bearer ${token}` } })).status
      const [before, after] = [await old.token({ expiresIn: 3_600 }), await successor.token({ expiresIn: 3_600 })]
      equal(await asked(before), 200)
      writeFileSync(file, JSON.stringify(successor.jwks))
      process.kill(gateway.pid, 'SIGHUP')
      await until('the key that was taken back to be refused', async () => (await asked(before)) === 401, 75_000)
      equal(await asked(after), 200)
      equal(await asked(await old.token({ expiresIn: 3_600 })), 401)
    },
    'jwks-hanging-503': async (world) => {
      const silent = createServer(() => {})
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      world.after(() => void silent.close())
      const issuer = await world.issuer()
      const gateway = await withUsers(world, `https://127.0.0.1:${(silent.address() as AddressInfo).port}/jwks`)
      const token = await issuer.token({ expiresIn: 3_600 })
      for (let times = 0; times < 2; times++) {
        const { status, body, headers } = await gateway.call('/v1/me/choices', {
          headers: { authorization: `Bearer ${token}` },
        })
        equal(status, 503)
        equal(body.code, 'ERR_ISSUER_UNAVAILABLE')
        ok(Number(headers['retry-after']) > 0)
      }
    },
  },
  neighbours: {
    'a good token is taken, a forged or foreign one is not': async (world) => {
      const file = join(await world.emptyFolder(), 'jwks.json')
      const issuer = await world.issuer()
      await issuer.saveJwks(file)
      const gateway = await withUsers(world, file)
      const asked = async (token: string): Promise<number> =>
        (await gateway.call('/v1/me/choices', { headers: { authorization: `Bearer ${token}` } })).status
      equal(await asked(await issuer.token()), 200)
      equal(await asked(await issuer.forged()), 401)
      equal(await asked(await issuer.token({ issuer: 'https://else.example/' })), 401)
      equal(await asked('nonsense'), 401)
    },
  },
}
