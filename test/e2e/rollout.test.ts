/** Widenings for a share of the subjects and for a time, by two people, over real sockets. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { request } from 'undici'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { AUDIENCE, createIssuer, ISSUER } from '../support/issuer.ts'
import type { TestPartner } from '../support/partner.ts'
import { TOO_SLOW, withMoreTime } from '../support/patience.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

interface Desk {
  readonly house: House
  readonly partner: TestPartner
  /** Ann asks for it, Ben approves. */
  publish(edit: object, stage?: object): Promise<void>
  /** Ann alone. */
  setShare(percent: number): Promise<number>
  revision(): number
}

async function startDesk(context: TestContext): Promise<Desk> {
  const issuer = await createIssuer()
  const folder = await temporaryFolder(context)
  const jwks = join(folder, 'jwks.json')
  await issuer.saveJwks(jwks)
  const { house, partners } = await startHouse(context, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin)],
    gateway: {
      control: {
        host: '127.0.0.1',
        port: 0,
        access: { oidc: { issuer: ISSUER, audience: AUDIENCE, jwks, roles: { editor: ['e'], approver: ['a'] } } },
      },
    },
  }))
  const call = async (who: 'ann' | 'ben', method: 'POST' | 'PUT', path: string, body: object) => {
    const token = await issuer.token({ subject: who, roles: who === 'ann' ? ['e'] : ['a'] })
    const answered = await request(`${house.gateway.controlUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'if-match': `"${house.gateway.revision().number}"`,
      },
      body: JSON.stringify(body),
    })
    return { status: answered.statusCode, body: (await answered.body.json()) as { proposal?: number; code?: string } }
  }
  return {
    house,
    partner: partners[0]!,
    revision: () => house.gateway.revision().number,
    publish: async (edit, stage = {}) => {
      const asked = await call('ann', 'POST', '/api/v1/publish', {
        edits: [{ file: 'partners/acme.yaml', ...edit }],
        reason: 'a test',
        ...stage,
      })
      equal(asked.status, 202, JSON.stringify(asked.body))
      const approved = await call('ben', 'POST', `/api/v1/proposals/${asked.body.proposal}/approve`, {})
      equal(approved.status, 200, JSON.stringify(approved.body))
    },
    setShare: async (percent) => {
      const { status, body } = await call('ann', 'PUT', '/api/v1/partners/acme/rollout', { percent, reason: 'a test' })
      if (status === 202)
        equal((await call('ben', 'POST', `/api/v1/proposals/${body.proposal}/approve`, {})).status, 200)
      return status
    },
  }
}

/** One purchase of each of `count` people; those of whom the partner was told the user. */
async function toldOf({ house, partner }: Desk, count: number): Promise<ReadonlySet<string>> {
  const before = partner.items().length
  await house.send(Array.from({ length: count }, (_, index) => purchase({ userId: `person-${index}` })))
  await house.settled()
  const items = partner.items().slice(before)
  equal(items.length, count)
  return new Set(items.flatMap(({ user }) => (user === undefined ? [] : [(user as { id: string }).id])))
}

const USER = { path: ['share', 'user_id'], value: 'pass' }

describe('a widening for a share of the subjects', () => {
  test('the same people each time; whoever is in at first stays in as the share grows, and nobody at 0', async (t) => {
    const desk = await startDesk(t)
    equal((await toldOf(desk, 200)).size, 0)
    await desk.publish(USER, { percent: 10 })
    const few = await toldOf(desk, 200)
    ok(few.size >= 5 && few.size <= 45, `${few.size} of 200 at 10 percent`)
    deepEqual(await toldOf(desk, 200), few)
    equal(await desk.setShare(50), 202)
    const many = await toldOf(desk, 200)
    ok(many.size > 70 && many.size < 130, `${many.size} of 200 at 50 percent`)
    ok([...few].every((person) => many.has(person)))
    equal(await desk.setShare(0), 200)
    equal((await toldOf(desk, 200)).size, 0)
    equal(await desk.setShare(100), 202)
    equal((await toldOf(desk, 200)).size, 200)
  })

  test('items that become suddenly larger end it, for everybody, and on record', async (t) => {
    const desk = await startDesk(t)
    await desk.publish({ path: ['events', 'Order Completed', 'properties', 'note'], value: 'note' }, { percent: 50 })
    const live = desk.revision()
    const note = 'x'.repeat(1_000)
    await desk.house.send(
      Array.from({ length: 200 }, (_, index) => purchase({ userId: `person-${index}`, properties: { note } })),
    )
    await until('the rollout to have ended', () => desk.revision() === live + 1)
    await desk.house.settled()
    equal(desk.house.gateway.revision().publication.author, 'gateway')
    equal(desk.house.gateway.revision().publication.change, 'narrower')
    const before = desk.partner.items().length
    await desk.house.send(
      Array.from({ length: 50 }, (_, index) => purchase({ userId: `person-${index}`, properties: { note } })),
    )
    await desk.house.settled()
    ok(
      desk.partner
        .items()
        .slice(before)
        .every((item) => !JSON.stringify(item).includes('xxx')),
    )
    const metrics = await (await fetch(`${desk.house.gateway.controlUrl}/metrics`)).text()
    ok(metrics.includes('sluice_rollouts_stopped_total{partner="acme",reason="item_size"} 1'))
  })
})

describe('a widening for a time', () => {
  test('ends at its moment, by itself, also for what was accepted before', async (t) => {
    const { desk, end } = await withMoreTime(3_000, async (ms) => {
      const desk = await startDesk(t)
      const end = Date.now() + ms
      const told = await desk
        .publish(USER, { until: new Date(end).toISOString() })
        .then(() => toldOf(desk, 3))
        .catch((error: unknown) => {
          if (Date.now() < end) throw error
        })
      if (told === undefined || Date.now() >= end) return TOO_SLOW
      equal(told.size, 3)
      return { desk, end }
    })
    const live = desk.revision()
    await desk.partner.goDown()
    await desk.house.send([purchase({ userId: 'late' })])
    await until('the grant to have lapsed', () => Date.now() > end && desk.revision() === live + 1)
    await desk.partner.comeBack()
    await desk.house.settled()
    equal(desk.partner.items().at(-1)?.user, undefined)
    equal((await toldOf(desk, 3)).size, 0)
    equal(desk.house.gateway.revision().publication.message, 'a grant lapsed')
  })
})
