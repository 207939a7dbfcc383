/** The stop button under strangers' guesses and with any words beside it: CWE-645; a stop fails on nothing but itself. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { openOffice } from '../harness/people.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const CONTRACTS = [webhookContract('two', 'http://127.0.0.1:9')]
const SCOPES = ['/api/v1/partners/two/stop', '/api/v1/stop']

/** Fourteen bad tokens, then a person whom the gateway has not seen yet. */
async function stopsAfterGuesses(world: World, path: string): Promise<void> {
  const office = await openOffice(world, { contracts: CONTRACTS })
  const bad = { headers: { authorization: 'Bearer bad' } }
  for (let guess = 0; guess < 14; guess++) ok((await office.gateway.staff('/api/v1/me', bad)).status >= 400)
  const { status, body } = await office.as('E', path, { method: 'PUT', body: { stopped: true } })
  deepStrictEqual([status, body.stopped], [200, true])
}

async function stopsWith(world: World, part: object, path: string): Promise<void> {
  const gateway = await world.gateway({ contracts: CONTRACTS })
  const { status } = await gateway.staff(path, { method: 'PUT', body: { stopped: true, ...part } })
  strictEqual(status, 200)
  strictEqual((await gateway.staff('/api/v1/partners/two')).body.partner.stopped, true)
}
const every = (path: string, parts: readonly object[]) => async (world: World) => {
  for (const part of parts) await stopsWith(world, part, path)
}

export const world: WorldCase = {
  source: 'CWE-645; NIST SP 800-53 IR-4: a lock-out that strangers can trigger is a denial of service',
  faults: {
    'stop-bad-token': (world) => stopsAfterGuesses(world, SCOPES[0]!),
    'stop-bad-token-global': (world) => stopsAfterGuesses(world, SCOPES[1]!),
    'stop-free-reason': every(SCOPES[0]!, [{ reason: 'partner says they were broken into' }]),
    'stop-free-reason-global': every(SCOPES[1]!, [{ reason: 'privacy request' }]),
    'stop-odd-comment': every(SCOPES[0]!, [
      { reason: null },
      { reason: 'x'.repeat(3_000) },
      { message: 'm', note: 'n' },
    ]),
  },
  neighbours: {
    'a bad token itself stays refused, also for a stop': async (world) => {
      const gateway = await world.gateway({ contracts: CONTRACTS })
      for (let guess = 0; guess < 14; guess++) {
        const call = { method: 'PUT', body: { stopped: true }, headers: { authorization: 'Bearer bad' } }
        const { status } = await gateway.staff('/api/v1/stop', call)
        ok(status === 401 || status === 429, `${status}`)
      }
      strictEqual((await gateway.staff('/api/v1/partners/two')).body.partner.stopped, false)
    },
    'one of the five words, or none, stops': async (world) => {
      for (const part of [{ reason: 'incident' }, {}]) await stopsWith(world, part, SCOPES[0]!)
    },
    'what does not say whether to stop is refused': async (world) => {
      const gateway = await world.gateway({ contracts: CONTRACTS })
      strictEqual((await gateway.staff('/api/v1/stop', { method: 'PUT', body: { reason: 'incident' } })).status, 422)
    },
  },
}
