import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { contract, revision } from '../../test/support/builders.ts'
import type { AppId, IdentityKey, JsonObject } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { blockedNames, MAX_WAITING, MIN_SUBJECTS, openInbox } from './inbox.ts'
import type { InboxItem } from './ports.ts'
import { type InboxState, InboxUnreadable, inboxIn } from './store.ts'

const SHOP = 'shop' as AppId
const TESTERS = 'shop-tests' as AppId

const plan = (properties: Record<string, string> = { revenue: 'value' }, more: object = {}): RevisionPlan =>
  revision({
    apps: [
      { id: SHOP, name: 'Shop', writeKeys: [], retiredKeys: [] },
      { id: TESTERS, name: 'Shop, tests', writeKeys: [], retiredKeys: [], test: true },
    ],
    contracts: [
      contract({
        apps: [SHOP, TESTERS],
        events: { 'Order Completed': { as: 'purchase', properties }, '@identify': { as: 'user', properties: {} } },
        ...more,
      }),
    ],
  })

async function inboxOf(live = plan(), state: InboxState = { next: 1, items: [] }) {
  let current = live
  let written = state
  let now = 1_700_000_000_000
  const deps = {
    store: {
      read: async () => written,
      write: async (next: InboxState) => {
        written = structuredClone(next)
      },
    },
    current: () => current,
    now: () => now,
    random: (bytes: number) => randomBytes(bytes),
    failed: (_: string, error: unknown) => {
      throw error
    },
  }
  const inbox = await openInbox(deps)
  return {
    inbox,
    written: () => written,
    publish: (next: RevisionPlan) => {
      current = next
      inbox.refresh()
    },
    advance: (ms: number) => {
      now += ms
    },
    again: () => openInbox(deps),
  }
}

const order = (properties: JsonObject): JsonObject => ({ type: 'track', event: 'Order Completed', properties })
const subject = (number: number): IdentityKey => `subject-${number}` as IdentityKey
const shown = (items: readonly InboxItem[]): readonly string[] =>
  items.map(({ event, name, state }) => `${event}${name === '' ? '' : `: ${name}`} ${state}`)

describe('the inbox', () => {
  test('an app of tests is asked about at once, and only of what no contract names', async () => {
    const { inbox } = await inboxOf()
    const properties = { revenue: 1, coupon: 'SPRING', order: { total: 2 }, products: [{ sku: 'a' }], tags: ['b'] }
    inbox.look(TESTERS, order(properties), subject(1))
    deepEqual(shown(inbox.items()), [
      'Order Completed: coupon waiting',
      'Order Completed: order.total waiting',
      'Order Completed: products[].sku waiting',
      'Order Completed: tags waiting',
    ])
    inbox.look(TESTERS, { type: 'track', event: 'Wishlist Opened', properties: { list: 'x' } }, subject(1))
    deepEqual(shown(inbox.items()).at(-1), 'Wishlist Opened waiting')
    await inbox.close()
  })

  test('any other app waits for different subjects; the same one over and over is nobody new', async () => {
    const { inbox } = await inboxOf()
    for (let time = 0; time < 500; time++) inbox.look(SHOP, order({ coupon: 'x' }), subject(1))
    for (let one = 1; one < MIN_SUBJECTS; one++) inbox.look(SHOP, order({ coupon: 'x' }), subject(one))
    equal(inbox.waiting(), 0)
    // Two subjects may share a bit: a few more at most.
    for (let one = MIN_SUBJECTS; one < MIN_SUBJECTS * 2; one++) inbox.look(SHOP, order({ coupon: 'x' }), subject(one))
    deepEqual(shown(inbox.items()), ['Order Completed: coupon waiting'])
    await inbox.close()
  })

  test('subjects of yesterday do not add up with those of today', async () => {
    const { inbox, advance } = await inboxOf()
    for (let day = 0; day < 6; day++) {
      for (let one = 0; one < MIN_SUBJECTS - 2; one++)
        inbox.look(SHOP, order({ coupon: 'x' }), subject(day * 100 + one))
      advance(24 * 3_600_000)
    }
    equal(inbox.waiting(), 0)
    await inbox.close()
  })

  test('neither values nor names that look like one are kept anywhere', async () => {
    const { inbox, written } = await inboxOf()
    const marker = 'ann@mail.example'
    inbox.look(
      TESTERS,
      order({ coupon: marker, [marker]: 1, '6D92078A-8246-4BA4-AE5B-76104861E7DC': 2, gift: { [marker]: 1 } }),
      'key-of-ann' as IdentityKey,
    )
    inbox.look(TESTERS, { type: 'track', event: `Wrote to ${marker}` }, 'key-of-ann' as IdentityKey)
    await inbox.close()
    deepEqual(shown(inbox.items()), ['Order Completed: coupon waiting'])
    const text = JSON.stringify(written())
    for (const one of [marker, '6D92078A', 'key-of-ann']) ok(!text.includes(one), one)
  })

  test('traits are asked about where a person is identified, and nowhere else', async () => {
    const { inbox } = await inboxOf()
    inbox.look(TESTERS, { type: 'identify', traits: { plan: 'gold' }, properties: { odd: 1 } }, subject(1))
    inbox.look(TESTERS, { ...order({}), context: { traits: { tier: 1 } }, traits: { tier: 1 } }, subject(1))
    inbox.look(TESTERS, { type: 'screen', name: 'Home', properties: { step: 1 } }, subject(1))
    deepEqual(shown(inbox.items()), ['@identify: traits.plan waiting'])
    await inbox.close()
  })

  test('what somebody says is kept with who and when, over a restart, and not asked again', async () => {
    const { inbox, again } = await inboxOf()
    inbox.look(TESTERS, order({ coupon: 1, gift: 1, note: 1 }), subject(1))
    const [coupon, gift] = inbox.items()
    await inbox.say(coupon!.id, 'ignored', 'ann')
    await inbox.say(gift!.id, 'blocked', 'ben')
    inbox.look(TESTERS, order({ coupon: 1, gift: 1, note: 1 }), subject(2))
    await inbox.close()
    const next = await again()
    next.look(TESTERS, order({ coupon: 1, gift: 1, note: 1 }), subject(3))
    deepEqual(
      next.items().map(({ name, state, by, count, at }) => [name, state, by, count, at !== undefined]),
      [
        ['coupon', 'ignored', 'ann', 1, true],
        ['gift', 'blocked', 'ben', 1, true],
        ['note', 'waiting', undefined, 3, false],
      ],
    )
    await next.close()
  })

  test('a contract that names it grants it; one that no longer does lets it be asked about again', async () => {
    const { inbox, publish } = await inboxOf()
    inbox.look(TESTERS, order({ coupon: 1 }), subject(1))
    publish(plan({ revenue: 'value', 'properties.coupon': 'code' }))
    deepEqual(shown(inbox.items()), ['Order Completed: coupon granted'])
    equal(await inbox.say(inbox.items()[0]!.id, 'ignored', 'ann'), undefined)
    publish(plan())
    deepEqual(shown(inbox.items()), [])
    inbox.look(TESTERS, order({ coupon: 1 }), subject(1))
    deepEqual(shown(inbox.items()), ['Order Completed: coupon waiting'])
    await inbox.close()
  })

  test('a publication does not begin the count anew', async () => {
    const { inbox, publish } = await inboxOf()
    for (let one = 0; one < 15; one++) inbox.look(SHOP, order({ coupon: 1 }), subject(one))
    publish(plan({ revenue: 'worth' }))
    for (let one = 15; one < 30; one++) inbox.look(SHOP, order({ coupon: 1 }), subject(one))
    equal(inbox.waiting(), 1)
    await inbox.close()
  })

  test('a flood of names from one app leaves room, is bounded, and is told', async () => {
    const { inbox } = await inboxOf()
    const word = (number: number): string =>
      [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('') || 'a'
    for (let first = 0; first < 2_000; first += 50) {
      const properties = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`w ${word(first + index)}`, 1]))
      inbox.look(TESTERS, order(properties), subject(1))
    }
    ok(inbox.waiting() < MAX_WAITING, `${inbox.waiting()}`)
    ok(inbox.notKept() > 0)
    for (let one = 0; one < 40; one++) inbox.look(SHOP, order({ coupon: 1 }), subject(one))
    deepEqual(
      inbox.items().flatMap(({ app, name }) => (app === SHOP ? [name] : [])),
      ['coupon'],
    )
    await inbox.close()
  })

  test('names that there was no room for are not remembered without end', async () => {
    const { inbox } = await inboxOf()
    const word = (number: number): string => [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
    const send = (first: number): void =>
      inbox.look(
        TESTERS,
        order(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`w ${word(first + index)}`, 1]))),
        subject(1),
      )
    for (let first = 0; first < 5_500; first += 50) send(first)
    const before = inbox.notKept()
    send(1_000)
    equal(inbox.notKept(), before, 'one of the first is known')
    send(5_450)
    equal(inbox.notKept(), before + 50, 'those behind them are counted anew')
    await inbox.close()
  })

  test('junk names that nobody repeats do not push out one that many bring', async () => {
    const { inbox } = await inboxOf()
    const word = (number: number): string => [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
    for (let one = 0; one < 60; one++) {
      const junk = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`j ${word(one * 40 + index)}`, 1]))
      inbox.look(SHOP, order(junk), subject(999))
      inbox.look(SHOP, order({ coupon: 1 }), subject(one))
    }
    deepEqual(shown(inbox.items()), ['Order Completed: coupon waiting'])
    await inbox.close()
  })

  test('a blocked name is found in a change that would grant it, and not where it is granted already', async () => {
    const { inbox } = await inboxOf()
    inbox.look(TESTERS, order({ coupon: 1 }), subject(1))
    await inbox.say(inbox.items()[0]!.id, 'blocked', 'ann')
    const wanted = plan({ revenue: 'value', coupon: 'code' })
    deepEqual(blockedNames(inbox.items(), plan(), wanted), [{ app: TESTERS, event: 'Order Completed', name: 'coupon' }])
    deepEqual(blockedNames(inbox.items(), wanted, wanted), [])
    await inbox.close()
  })
})

describe('inbox.json', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-inbox-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('is read as it was written', async () => {
    const store = inboxIn(join(folder, 'inbox.json'))
    deepEqual(await store.read(), { next: 1, items: [] })
    const items: readonly InboxItem[] = [
      {
        id: 1,
        app: SHOP,
        kind: 'event',
        event: 'Order Completed',
        name: '',
        count: 3,
        firstAt: 1,
        lastAt: 2,
        state: 'waiting',
      },
      {
        id: 2,
        app: SHOP,
        kind: 'property',
        event: 'Order Completed',
        name: 'coupon',
        count: 3,
        firstAt: 1,
        lastAt: 2,
        state: 'blocked',
        by: 'ann',
        at: 3,
      },
    ]
    await store.write({ next: 3, items })
    deepEqual(await store.read(), { next: 3, items })
    ok(!(await readFile(join(folder, 'inbox.json'), 'utf8')).includes('undefined'))
  })

  test('a damaged one is not taken for an empty one: what was blocked would be granted', async () => {
    for (const text of ['', '{', '{"next":1}', '{"next":1,"items":[{"id":1}]}', '[]']) {
      await writeFile(join(folder, 'damaged.json'), text)
      await rejects(inboxIn(join(folder, 'damaged.json')).read(), InboxUnreadable)
    }
  })
})
