/** A control plane whose ledger cannot be written: nothing acts, nobody's data is shown, and stops still work. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import request from 'supertest'
import { createAudit } from '../../src/control/access/audit.ts'
import { createRate } from '../../src/control/access/rates.ts'
import { createControlPlane } from '../../src/control/app.ts'
import type { ControlDeps } from '../../src/control/deps.ts'
import { createSessions } from '../../src/control/session/sessions.ts'
import { createStop } from '../../src/control/stop.ts'
import { STAFF_ROLES } from '../../src/model/actor.ts'
import { GatewayError } from '../../src/model/errors.ts'

const HANGS = new Promise<number>(() => {})

/** `append` fails, hangs, or works; so does the file of the switches. */
function plane(append: () => Promise<number>, file: () => Promise<void> = async () => undefined) {
  const stopped = new Set<string>()
  const done: string[] = []
  const ledger = { append }
  const failed = (): void => undefined
  const actor = { id: 'a'.repeat(32), roles: STAFF_ROLES }
  const revisions = {
    current: () => ({ number: 1, contracts: [{ id: 'acme' }] }),
    stop: (partner: string) => {
      stopped.add(partner)
      return file()
    },
    stopAll: () => {
      stopped.add('all')
      return file()
    },
    resume: async (partner: string) => void stopped.delete(partner),
    resumeAll: async () => void stopped.delete('all'),
    isShared: false,
    everywhere: async () => undefined,
  }
  const list = (): readonly never[] => {
    done.push('shown')
    return []
  }
  const choices = { keyOf: () => 'k', keysOf: () => ['k'], handleFor: () => 'h', list }
  // Sound: the calls of this test reach for nothing else.
  const deps = {
    revisions,
    choices,
    sessions: createSessions(Date.now),
    access: { authenticate: async () => actor, note: async () => undefined },
    audit: createAudit({ ledger, note: async () => undefined, now: Date.now, failed }),
    idempotency: { begin: () => Promise.reject(new Error('no key was sent')) },
    rates: { actor: createRate(1_000, Date.now), address: createRate(1_000, Date.now) },
    browser: { hosts: [], origins: [] },
    trustedProxies: [],
    upToDate: async () => undefined,
    cells: { own: '0', isOneOfSeveral: false, otherBooks: async () => [], otherCounts: async () => [] },
    stop: createStop({
      revisions: revisions as never,
      ledger,
      inForce: async () => undefined,
      workers: () => [{ worker: 0, inForce: true }],
      now: Date.now,
      failed,
    }),
    reload: async () => {
      done.push('reloaded')
      return { ok: true, revision: 1, changed: false, restartNeeded: false, drift: [] }
    },
    observe: { failed, called: () => undefined },
  } as unknown as ControlDeps
  const call = async (method: 'put' | 'post' | 'get', path: string, body?: object) => {
    const { status, body: answer } = await request(createControlPlane(deps))
      [method](path)
      .set('authorization', 'Bearer x')
      .send(body)
    return { status, code: answer.code, answer }
  }
  return { call, stopped, done }
}

const refuses = async (): Promise<number> => {
  throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
}

describe('while the ledger cannot be written', () => {
  test('nothing that acts takes effect, and no one person’s data is shown', async () => {
    const { call, done } = plane(refuses)
    for (const [method, path, body] of [
      ['post', '/api/v1/reload', undefined],
      ['get', '/api/v1/subjects/h/choices', undefined],
      ['post', '/api/v1/subjects/lookup', { identities: { user: 'u' } }],
    ] as const) {
      const { status, code } = await call(method, path, body)
      deepEqual([path, status, code], [path, 503, 'ERR_LEDGER_UNAVAILABLE'])
    }
    deepEqual(done, [])
  })

  for (const [what, append] of [
    ['refuses', refuses],
    ['hangs', () => HANGS],
  ] as const) {
    test(`a stop works although it ${what}, and says what is not written`, async () => {
      const { call, stopped } = plane(append)
      const { status, answer } = await call('put', '/api/v1/partners/acme/stop', { stopped: true })
      equal(status, 200)
      deepEqual(answer, {
        partner: 'acme',
        stopped: true,
        inForce: true,
        workers: [{ worker: 0, inForce: true }],
        durable: true,
        recorded: false,
        everywhere: true,
      })
      deepEqual([...stopped], ['acme'])
    })
  }

  test('a stop works although its file cannot be written either', async () => {
    const { call, stopped } = plane(refuses, async () => {
      throw new Error('no space left')
    })
    const { answer } = await call('put', '/api/v1/stop', { stopped: true })
    deepEqual([answer.inForce, answer.durable, answer.recorded, [...stopped]], [true, false, false, ['all']])
  })

  test('resuming waits: it lets more leave', async () => {
    let works = true
    const { call, stopped } = plane(async () => (works ? 1 : refuses()))
    await call('put', '/api/v1/stop', { stopped: true })
    works = false
    const { status, code } = await call('put', '/api/v1/stop', { stopped: false })
    deepEqual([status, code, [...stopped]], [503, 'ERR_LEDGER_UNAVAILABLE', ['all']])
    works = true
    equal((await call('put', '/api/v1/stop', { stopped: false })).status, 200)
    deepEqual([...stopped], [])
  })
})
