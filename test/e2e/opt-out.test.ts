/** P4: once an opt-out is acknowledged, no request that ignores it begins — whatever was on its way at that moment. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import type { TestPartner } from '../support/partner.ts'
import { TOO_SLOW, withMoreTime } from '../support/patience.ts'
import { until } from '../support/until.ts'

const optOut = async (house: House, user: string): Promise<void> => {
  const { status } = await house.call('PUT', '/v1/me/choices', { identities: { user }, opt_out: true })
  equal(status, 200)
}
const usersIn = (partner: TestPartner): unknown[] =>
  partner.items().map(({ properties }) => (properties as { who?: unknown } | undefined)?.who)
/** Grants a property that names the user, so that the test can tell whose item it was. */
const naming = (id: string, origin: string, part: object = {}) =>
  webhookContract(id, origin, {
    events: { 'Order Completed': { as: 'purchase', properties: { who: 'who' } } },
    when_restricted: { send: 'limited', share: { property: 'pass', os: 'reduced' } },
    ...part,
  })
/** A name for the partner to tell them by that does not hold the user's id, which the guard would find. */
const tagOf = (user: string): string => `tag-${user.replace('user-', 'no')}`
const buy = (user: string) => purchase({ userId: user, properties: { who: tagOf(user) } })

describe('an opt-out in mid-stream', () => {
  test('while the partner is down: what waited goes limited, or not at all', async (t) => {
    const { house, partners } = await startHouse(
      t,
      ([limited, nothing]) => ({
        contracts: [
          naming('limited', limited!.origin),
          naming('nothing', nothing!.origin, { when_restricted: { send: 'nothing' } }),
        ],
      }),
      2,
    )
    const [limited, nothing] = partners as [TestPartner, TestPartner]
    await Promise.all([limited.goDown(), nothing.goDown()])
    await house.send([buy('ann'), buy('ben')])
    await until('both partners to have failed', () => house.gateway.lanes().every(({ failures }) => failures > 0))
    await optOut(house, 'ann')
    await Promise.all([limited.comeBack(), nothing.comeBack()])
    await house.settled()
    deepEqual(usersIn(nothing), ['tag-ben'])
    const anns = limited.items().filter(({ properties }) => (properties as { who: string }).who === 'tag-ann')
    equal(anns.length, 1)
    equal(anns[0]?.advertising_id, undefined)
    equal((anns[0] as { privacy: { restricted: boolean } }).privacy.restricted, true)
  })

  test('while every connection is busy: nothing that waits for a slot slips through', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [
        naming('acme', partner!.origin, {
          when_restricted: { send: 'nothing' },
          limits: { per_second: 10_000, concurrency: 2, timeout_ms: 20_000, batch: 1, linger_ms: 0 },
        }),
      ],
    }))
    const [partner] = partners as [TestPartner]
    partner.hold(true)
    await house.send(Array.from({ length: 30 }, (_, index) => buy(`user-${index}`)))
    await until('both connections to be busy', () => partner.received.length === 2)
    for (let index = 0; index < 30; index++) await optOut(house, `user-${index}`)
    const begun = partner.received.length
    partner.hold(false)
    await house.settled()
    equal(partner.received.length, begun)
    const { pairs } = await house.gateway.totals()
    deepEqual([pairs.acme?.settled.delivered, pairs.acme?.withheldBy.choice], [begun, 30 - begun])
  })

  test('while batches are forming: its item is left out and the others go', async (t) => {
    await withMoreTime(150, async (linger_ms) => {
      const { house, partners } = await startHouse(t, ([partner]) => ({
        contracts: [
          naming('acme', partner!.origin, {
            when_restricted: { send: 'nothing' },
            limits: { per_second: 10_000, concurrency: 4, timeout_ms: 20_000, batch: 50, linger_ms },
          }),
        ],
      }))
      const [partner] = partners as [TestPartner]
      const from = performance.now()
      await house.send([buy('ann'), buy('ben'), buy('cy')])
      await optOut(house, 'ben')
      if (performance.now() - from >= linger_ms) return TOO_SLOW
      await house.settled()
      deepEqual(usersIn(partner).toSorted(), ['tag-ann', 'tag-cy'])
      return true
    })
  })

  test('under load: from each acknowledgement on, no request that began later carries that user', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [
        naming('acme', partner!.origin, {
          when_restricted: { send: 'nothing' },
          limits: { per_second: 10_000, concurrency: 4, timeout_ms: 20_000, batch: 5, linger_ms: 2 },
        }),
      ],
    }))
    const [partner] = partners as [TestPartner]
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`)
    const lastAllowed = new Map<string, number>()
    const streams = Array.from({ length: 15 }, async () => {
      for (let round = 0; round < 4; round++) await house.send(users.map(buy))
    })
    for (const user of users) {
      await optOut(house, user)
      // Whatever the partner has not begun to read by now must not hold this user, but for what is on the wire already.
      lastAllowed.set(tagOf(user), partner.received.length + 4)
    }
    await Promise.all(streams)
    await house.settled()
    partner.received.forEach(({ body }, index) => {
      for (const { properties } of (JSON.parse(body) as { batch: { properties: { who: string } }[] }).batch) {
        ok(
          index < (lastAllowed.get(properties.who) ?? 0),
          `request ${index} carries ${properties.who}, acknowledged before request ${lastAllowed.get(properties.who)}`,
        )
      }
    })
    ok(partner.received.length > 0)
  })

  test('an opt-out by user reaches the same person’s anonymous and device ids, and the other way round', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [naming('acme', partner!.origin, { when_restricted: { send: 'nothing' } })],
    }))
    const device = '7D92078A-8246-4BA4-AE5B-76104861E7DC'
    const withDevice = {
      device: { type: 'ios', id: 'BBBBBBBB-1111-4222-8333-444444444444', advertisingId: device, attTrackingStatus: 3 },
    }
    await house.send([purchase({ userId: 'ann', anonymousId: 'anon-ann', properties: { who: 'first' } }, withDevice)])
    await house.settled()
    await optOut(house, 'ann')
    await house.send([
      purchase({ userId: undefined, anonymousId: 'anon-ann', properties: { who: 'by anonymous id' } }, {}),
    ])
    await house.send([purchase({ userId: 'somebody-new', properties: { who: 'by device' } }, withDevice)])
    await house.settled()
    deepEqual(usersIn(partners[0]!), ['first'])
  })

  test('a limit switch sticks: an event without it, from the same device, is limited too; a newer clear one lifts it', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [naming('acme', partner!.origin)] }))
    const device = {
      type: 'android',
      id: 'CCCCCCCC-1111-4222-8333-444444444444',
      advertisingId: '8d92078a-8246-4ba4-ae5b-76104861e7dc',
    }
    const flags = async (part: object): Promise<boolean> => {
      await house.send([
        purchase({ userId: 'ann' }, { device: { ...device, ...part }, os: { name: 'Android', version: '14' } }),
      ])
      await house.settled()
      return (partners[0]!.items().at(-1) as { privacy: { restricted: boolean } }).privacy.restricted
    }
    equal(await flags({}), false)
    equal(await flags({ lmt: 1 }), true)
    equal(await flags({}), true)
    equal(await flags({ lmt: 0 }), false)
    equal(await flags({}), false)
  })

  test('a lifted limit does not reach back: what was accepted under it and still waits goes limited', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [naming('acme', partner!.origin)] }))
    const device = (part: object) => ({
      device: { type: 'android', id: 'DDDDDDDD-1111-4222-8333-444444444444', ...part },
      os: { name: 'Android', version: '14' },
    })
    await partners[0]!.goDown()
    await house.send([purchase({ userId: 'ann', properties: { who: 'before' } }, device({ lmt: 1 }))])
    await house.send([purchase({ userId: 'ann', properties: { who: 'after' } }, device({ lmt: 0 }))])
    await partners[0]!.comeBack()
    await house.settled()
    const restricted = partners[0]!
      .items()
      .map(({ properties, privacy }) => [
        (properties as { who: string }).who,
        (privacy as { restricted: boolean }).restricted,
      ])
    deepEqual(restricted.toSorted(), [
      ['after', false],
      ['before', true],
    ])
  })

  test('a kill switch is in force when its call returns, and what waited is withheld', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [naming('acme', partner!.origin)] }))
    await partners[0]!.goDown()
    await house.send([buy('ann')])
    await until('a failed try', () => house.gateway.lanes().some(({ failures }) => failures > 0))
    const { status, body } = await house.staff('PUT', '/api/v1/partners/acme/stop', { stopped: true })
    deepEqual([status, body.inForce], [200, true])
    await partners[0]!.comeBack()
    await house.settled()
    equal(partners[0]!.received.length, 0)
    equal((await house.gateway.totals()).pairs.acme?.withheldBy.stopped, 1)
  })
})
