import { deepEqual, equal, ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { contract, revision } from '../../test/support/builders.ts'
import type { AppId, EventRef, IdentityKey, JsonObject, PartnerId, Revision } from '../model/brand.ts'
import { type AcceptedEvent, NO_STANDING } from '../model/event.ts'
import { partnerTypes } from '../partners/registry.ts'
import { offlineDeps } from '../simulate/suppose.ts'
import { createWorld } from '../simulate/world.ts'
import type { TailRecord } from './ports.ts'
import { createTail } from './tail.ts'

const APP = 'shop' as AppId
const ACME = 'acme' as PartnerId

function tailOf() {
  let now = 1_000_000
  const timers = new Map<() => void, number>()
  const plan = revision({
    apps: [{ id: APP, name: 'Shop', writeKeys: [], retiredKeys: [] }],
    contracts: [contract({ id: ACME, apps: [APP], type: 'webhook' })],
  })
  const world = createWorld(plan, {
    types: partnerTypes(),
    pseudonymKey: createSecretKey(Buffer.alloc(32, 7)),
    stopped: () => false,
  })
  const tail = createTail({
    ...offlineDeps(),
    worldOf: () => world,
    now: () => now,
    epoch: 'abcd',
    after: (ms, call) => {
      timers.set(call, now + ms)
      return () => timers.delete(call)
    },
    nextTurn: async () => undefined,
  })
  return {
    tail,
    advance: (ms: number) => {
      for (const end = now + ms; now < end; now += 1_000)
        for (const [call, at] of timers)
          if (at <= now) {
            timers.delete(call)
            call()
          }
    },
  }
}

const purchase = (more: JsonObject = {}): JsonObject => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'ann-4711',
  context: { device: { advertisingId: '6D92078A-8246-4BA4-AE5B-76104861E7DC' }, ip: '203.0.113.77' },
  properties: { revenue: 12.5, coupon: 'SPRING' },
  ...more,
})
let refs = 0
const accepted = (): AcceptedEvent => ({
  eventRef: `ref-${refs++}` as EventRef,
  identityKeys: ['key-of-ann' as IdentityKey],
  app: APP,
  kind: 'track',
  eventKey: 'Order Completed',
  receivedAt: 1_000_000,
  fields: { user_id: 'ann-4711', message_id: 'm' },
  tainted: [],
  signals: {},
  accepted: { revision: 1 as Revision, standing: NO_STANDING },
})
const DROPPED = { kind: 'withhold', why: 'choice' } as const

function pass({ tail }: ReturnType<typeof tailOf>, raw = purchase()): AcceptedEvent {
  const event = accepted()
  tail.arrives(raw, event, [ACME])
  tail.kept(event, 'accepted')
  return event
}
const read = ({ tail }: ReturnType<typeof tailOf>, after?: string, mayOpen = false) =>
  tail.read({ after, waitMs: 0, mayOpen })
const kinds = (items: readonly TailRecord[]): readonly string[] => items.map(({ kind }) => kind)

describe('the tail', () => {
  test('is off until somebody asks, and off again half a minute after they stopped; then it holds nothing', async () => {
    const on = tailOf()
    equal(on.tail.isOn, false)
    await read(on, undefined, true)
    equal(on.tail.isOn, true)
    pass(on)
    on.advance(25_000)
    equal(on.tail.isOn, true)
    on.advance(10_000)
    equal(on.tail.isOn, false)
    equal(on.tail.body(1), undefined)
    deepEqual((await read(on)).items, [])
  })

  test('shows path, class and length of each value, who would get it, and how that ended, but no value', async () => {
    const on = tailOf()
    await read(on)
    const event = pass(on)
    on.tail.pair(ACME, event, { kind: 'withheld', decision: DROPPED, why: 'choice', hit: '' })
    const { items } = await read(on)
    deepEqual(kinds(items), ['event', 'pair'])
    const [shown, pair] = items
    ok(shown?.kind === 'event' && pair?.kind === 'pair')
    deepEqual(
      [shown.event, shown.arrival, shown.partners, shown.id === pair.id],
      ['Order Completed', 'accepted', ['acme'], true],
    )
    const leaf = (path: string) => shown.leaves.find((one) => one.path === path)
    deepEqual(leaf('context.device.advertisingId'), {
      path: 'context.device.advertisingId',
      classes: ['advertising_id'],
      signals: ['advertising_id'],
      kept: true,
      note: '',
      type: 'text',
      length: 36,
    })
    equal(leaf('properties.coupon')?.length, 6)
    deepEqual([pair.result, pair.because], ['withheld', 'The person opted out with us.'])
    deepEqual(
      pair.fields.map(({ field, treatment }) => [field, treatment]),
      [
        ['user_id', 'drop'],
        ['message_id', 'drop'],
      ],
    )
    const text = JSON.stringify(items)
    for (const value of ['ann-4711', '6D92078A', '203.0.113.77', 'SPRING', '12.5', 'ref-', 'key-of-ann'])
      ok(!text.includes(value), value)
  })

  test('a key that looks like a value is shown as its length, as is such a name of an event', async () => {
    const on = tailOf()
    await read(on)
    const marker = 'ann@mail.example'
    pass(
      on,
      purchase({
        event: `Wrote to ${marker}`,
        properties: { [marker]: 1, by: { '6D92078A-8246-4BA4-AE5B-76104861E7DC': 2 } },
      }),
    )
    const { items } = await read(on)
    const [shown] = items
    ok(shown?.kind === 'event')
    equal(shown.event, '‹25 letters›')
    ok(shown.leaves.some(({ path }) => path === 'properties.‹16 letters› 1'))
    ok(!JSON.stringify(items).includes('mail.example') && !JSON.stringify(items).includes('6D92'))
  })

  test('goes on where a reader ended; who waits is woken by the next record', async () => {
    const on = tailOf()
    pass(on)
    const first = await read(on)
    pass(on)
    const second = await read(on, first.next)
    equal(second.items.length, 1)
    const waiting = on.tail.read({ after: second.next, waitMs: 20_000, mayOpen: false })
    on.tail.refused(APP, 'EVENT_NO_ID', 2)
    const third = await waiting
    deepEqual(kinds(third.items), ['refused'])
    deepEqual((await read(on, third.next)).items, [])
    on.tail.close()
  })

  test('whoever is too slow misses some and is told how many; nothing is kept for them', async () => {
    const on = tailOf()
    const { next } = await read(on)
    for (let time = 0; time < 2_500; time++) on.tail.refused(APP, 'EVENT_NO_ID', 1)
    const page = await read(on, next)
    deepEqual([page.missed, page.items.length, page.more], [1_500, 100, true])
  })

  test('another run’s cursor begins with what there is', async () => {
    const on = tailOf()
    await read(on)
    on.tail.refused(APP, 'EVENT_NO_ID', 1)
    for (const cursor of ['ffff.7', 'abcd.900', 'nothing', ''])
      deepEqual(kinds((await read(on, cursor)).items), ['refused'], cursor)
  })

  test('shows a few events a second, and counts all that pass', async () => {
    const on = tailOf()
    await read(on)
    let shown = 0
    for (let time = 0; time < 1_000; time++) if (on.tail.takes()) shown++
    equal(shown, 15)
    on.advance(1_000)
    for (let time = 0; time < 1_000; time++) if (on.tail.takes()) shown++
    equal(shown, 20)
    const { passed, shown: told } = await read(on)
    deepEqual([passed, told], [2_000, 20])
  })

  test('bodies are held only while somebody watches who may open them, and an erasure takes them', async () => {
    const on = tailOf()
    await read(on)
    pass(on)
    const [closed] = (await read(on)).items
    ok(closed?.kind === 'event')
    equal(on.tail.body(closed.id), undefined)
    const page = await read(on, undefined, true)
    pass(on)
    const [open] = (await read(on, page.next, true)).items
    ok(open?.kind === 'event')
    equal(on.tail.body(open.id)?.raw.userId, 'ann-4711')
    deepEqual(on.tail.body(open.id)?.subjects, ['key-of-ann'])
    pass(on)
    on.tail.forget()
    equal(on.tail.body(open.id), undefined)
    // What nobody had read yet was still an event.
    deepEqual(kinds((await read(on, undefined, true)).items), ['event', 'event'])
  })

  test('a pair of an event that is not shown is not shown either', async () => {
    const on = tailOf()
    await read(on)
    on.tail.pair(ACME, accepted(), { kind: 'withheld', decision: DROPPED, why: 'choice', hit: '' })
    deepEqual((await read(on)).items, [])
  })

  test('a stop lets nobody wait', async () => {
    const on = tailOf()
    const { next } = await read(on)
    const waiting = on.tail.read({ after: next, waitMs: 20_000, mayOpen: false })
    on.tail.close()
    deepEqual((await waiting).items, [])
  })
})
