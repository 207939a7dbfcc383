/** What it costs to find out whom to tell of a choice, in look-ups and records read; and what a stop in the middle leaves. */
import { deepEqual, equal } from 'node:assert/strict'
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { createIdentityKeys, kindOfKey } from '../../src/choices/identity.ts'
import type { EventRef, IdentityKey, PartnerId } from '../../src/model/brand.ts'
import type { ContractPlan } from '../../src/model/contract.ts'
import type { Identity } from '../../src/model/event.ts'
import { createFindEarlier, type PastDisclosure } from '../../src/notices/earlier-disclosures.ts'
import { openNoticeLog } from '../../src/notices/log.ts'
import { type ChoiceChange, createNoticePlanner } from '../../src/notices/planner.ts'
import { createPlanningLoop } from '../../src/notices/planning-loop.ts'
import type { AddressEntry, NoticeStore } from '../../src/notices/ports.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { openNoticeTables } from '../../src/storage/sqlite/notices.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 10, 30)
const key = createSecretKey(Buffer.alloc(32, 1))
const identities = createIdentityKeys(key)
const ACME = 'acme' as PartnerId
const KEPT_FOR = [{ partner: ACME, told: 'webhook opt_out' }]
// Sound: what planning reads of a contract.
const CONTRACT = {
  ...{ id: ACME, type: 'webhook', notify: { optOut: 'reversible', deletion: true } },
  connection: {
    url: 'https://acme.example/events',
    signature: { header: 'X-Signature', key: { env: 'KEY' } },
    notices: { verbs: ['opt_out', 'opt_in', 'erase'], done: 'accepted', repeatable: false },
  },
} as unknown as ContractPlan

interface Counts {
  /** Calls of the store, by name. */
  readonly calls: Record<string, number>
  /** Records of the ledger that were read. */
  records: number
}

/** Subjects with keys, numbered as they come; and a ledger of what was disclosed about each. */
function createPeople() {
  const numbers = new Map<IdentityKey, number>()
  const disclosed = new Map<IdentityKey, PastDisclosure[]>()
  const linked = new Map<IdentityKey, readonly IdentityKey[]>()
  return {
    numbers,
    disclosed,
    linked,
    /** Somebody new, of whom something was disclosed. */
    add: (identity: Identity, about: readonly PastDisclosure[] = []): IdentityKey => {
      const of = identities.keyOf(identity)
      numbers.set(of, numbers.size + 1)
      disclosed.set(of, [...about])
      return of
    },
    erase: (of: IdentityKey): void => {
      numbers.delete(of)
    },
  }
}
type People = ReturnType<typeof createPeople>

function openStore(folder: string, people: People, counts: Counts) {
  const keyOf = (identity: IdentityKey) => {
    const id = people.numbers.get(identity)
    return id === undefined ? undefined : { id, key: Buffer.alloc(32, id) }
  }
  const log = openNoticeLog({
    tables: openNoticeTables(folder),
    keys: {
      newest: keyOf,
      all: (identity) => [keyOf(identity)].filter((one) => one !== undefined),
      highest: () => people.numbers.size,
      forget: () => undefined,
    },
    ...{ bookKey: key, wrappingKey: key, random: randomBytes, chance: () => 0, now: () => NOW, withinMs: 0 },
  })
  const store = Object.fromEntries(
    Object.entries(log).map(([name, call]) => [
      name,
      async (...given: unknown[]) => {
        counts.calls[name] = (counts.calls[name] ?? 0) + 1
        return (call as (...given: unknown[]) => unknown)(...given)
      },
    ]),
  ) as unknown as NoticeStore
  return { log, store }
}

/** A planner over a real store; planning is done by `planned`. */
function join(folder: string, people: People, failing: (asked: { readonly app: string }) => boolean = () => false) {
  const counts: Counts = { calls: {}, records: 0 }
  const { log, store } = openStore(folder, people, counts)
  const above = new Map(log.keepFor(KEPT_FOR).map(({ partner, above: number }) => [partner, number]))
  async function* disclosures(identity: IdentityKey): AsyncGenerator<PastDisclosure> {
    for (const one of people.disclosed.get(identity) ?? []) {
      counts.records++
      yield one
    }
  }
  const failures: unknown[] = []
  const windows: unknown[] = []
  const planner = createNoticePlanner({
    store,
    types: partnerTypes(),
    contracts: () => [CONTRACT],
    completeAbove: (partner) => above.get(partner)!,
    findEarlier: createFindEarlier({ store, disclosures, kindOf: kindOfKey }),
    receivedWithin: async (_keys, from, to) => [{ partner: ACME, disclosures: to - from }],
    withLinked: async (named) => [...new Set(named.flatMap((one) => [one, ...(people.linked.get(one) ?? [])]))],
    keysFor: (identity) => identities.keysFor(identity),
    isOptedOut: () => false,
    recordWindow: async (_day, recipients) => void windows.push(...recipients),
    now: () => NOW,
    chance: () => 0,
    newId: randomUUID,
    newRef: () => randomBytes(16).toString('hex') as EventRef,
    withinMs: 0,
    onPending: () => undefined,
    onQueued: () => undefined,
  })
  const planned = async (): Promise<void> => {
    const planning = createPlanningLoop({
      store,
      plan: async (asked) => {
        if (failing(asked)) throw new Error('no')
        await planner.plan(asked)
      },
      failed: (error) => failures.push(error),
    })
    planning.wake()
    while (log.countPending() > 0 && failures.length === 0) await new Promise(setImmediate)
    await planning.stop()
  }
  const notices = () =>
    log.list({ limit: 1_000 }).map(({ verb, class: of, state, why }) => [verb, of, state, why].join(' ').trim())
  return { counts, log, planner, planned, notices, failures, windows }
}

const gpc = (keys: readonly IdentityKey[]): ChoiceChange => ({
  ...{ keys, spreads: true, brought: [] },
  said: { denies: 7, permits: 0, channel: 'signal', at: NOW },
})
const optOut = (brought: readonly Identity[], part: Partial<ChoiceChange['said']> = {}): ChoiceChange => ({
  ...{ keys: brought.map(identities.keyOf), brought, app: 'shop' },
  said: { denies: 7, permits: 0, channel: 'app', at: NOW, ...part },
})
const idfa = (value: string): Identity => ({ kind: 'advertising_id', value })
const vendor = (value: string): Identity => ({ kind: 'vendor_id', value })
const uuid = (number: number): string => `4D92078A-8246-4BA4-AE5B-${String(number).padStart(12, '0')}`
const left = (of: readonly string[], platform: string | undefined = 'ios'): PastDisclosure => ({
  ...{ partner: ACME, app: 'shop', platform, passed: new Set(of) },
})
const address = (owner: IdentityKey, value: string): AddressEntry => ({
  ...{ partner: ACME, app: 'shop', owner, day: NOW },
  identifier: { class: 'advertising_id', kind: 'idfa', value },
})

describe('a choice is acknowledged', () => {
  test('after one write for a batch of 400 people nobody knew, who cost one look-up each and no record', async (t) => {
    const people = createPeople()
    const { counts, planner, planned, log, notices } = join(await temporaryFolder(t), people)
    await planner.addChoices(Array.from({ length: 400 }, (_, number) => gpc([identities.keyOf(idfa(uuid(number)))])))
    deepEqual({ ...counts.calls }, { addPending: 1 })
    equal(log.countPending(), 400)
    await planned()
    equal(log.countPending(), 0)
    equal(counts.calls.find, 400)
    equal(counts.calls.earlier, undefined)
    equal(counts.records, 0)
    deepEqual(notices(), [])
  })

  test('again and again by one person is looked up once, and tells nobody twice', async (t) => {
    const people = createPeople()
    const { counts, planner, planned, log, notices } = join(await temporaryFolder(t), people)
    const owner = people.add(
      idfa(uuid(1)),
      Array.from({ length: 5_000 }, () => left(['advertising_id'])),
    )
    log.keep([address(owner, uuid(1))])
    for (let n = 0; n < 300; n++) await planner.addChoices([optOut([idfa(uuid(1))])])
    equal(log.countPending(), 1)
    await planned()
    deepEqual(notices(), ['opt_out advertising_id'])
    equal(counts.calls.find, 1)
    for (let n = 0; n < 20; n++) {
      await planner.addChoices([optOut([idfa(uuid(1))])])
      await planned()
    }
    deepEqual(notices(), ['opt_out advertising_id'])
    equal(counts.records, 0)
    equal(counts.calls.find, 21)
  })

  test('of somebody of whom records are older than the addresses: they are read once', async (t) => {
    const people = createPeople()
    people.add(
      idfa(uuid(1)),
      Array.from({ length: 50 }, () => left(['advertising_id'])),
    )
    const { counts, planner, planned, notices } = join(await temporaryFolder(t), people)
    for (let n = 0; n < 3; n++) {
      // Beside it, names that nobody has.
      await planner.addChoices([optOut([idfa(uuid(1)), vendor(uuid(100 + n))])])
      await planned()
    }
    equal(counts.records, 50)
    deepEqual(notices(), ['opt_out advertising_id'])
  })
})

describe('what waits to be looked up', () => {
  test('is there after a stop, and what was looked up is not there again', async (t) => {
    const people = createPeople()
    const folder = await temporaryFolder(t)
    const first = join(folder, people)
    const owners = [1, 2].map((number) => people.add(idfa(uuid(number))))
    first.log.keep(owners.map((owner, place) => address(owner, uuid(place + 1))))
    await first.planner.addChoices([optOut([idfa(uuid(1))])])
    await first.planned()
    await first.planner.addChoices([optOut([idfa(uuid(2))])])
    // Killed here: nothing is closed.
    const second = join(folder, people)
    equal(second.log.countPending(), 1)
    await second.planned()
    deepEqual(second.notices(), ['opt_out advertising_id', 'opt_out advertising_id'])
    equal(second.counts.calls.find, 1)
  })

  test('holds nobody else up where it fails, and waits', async (t) => {
    const people = createPeople()
    const made = join(await temporaryFolder(t), people, ({ app }) => app === 'broken')
    const owner = people.add(idfa(uuid(1)))
    made.log.keep([address(owner, uuid(1))])
    await made.planner.addChoices([{ ...optOut([idfa(uuid(2))]), app: 'broken' }, optOut([idfa(uuid(1))])])
    await made.planned()
    deepEqual(made.notices(), ['opt_out advertising_id'])
    equal(made.log.countPending(), 1)
    equal(made.failures.length > 0, true)
  })

  test('is looked up before an erasure takes the addresses; of whom it was, nothing is left', async (t) => {
    const people = createPeople()
    const { planner, log, notices, counts } = join(await temporaryFolder(t), people)
    const [ann, phone] = [people.add({ kind: 'user', value: 'ann' }), people.add(vendor(uuid(7)))]
    log.keep([address(ann, uuid(1))])
    const said = optOut([{ kind: 'user', value: 'ann' }, vendor(uuid(7))])
    await planner.addChoices([said])
    const queued = await planner.planErasure({
      ...{ id: 'e', at: NOW, keys: [ann], foundBy: [] },
      recipients: ['acme'],
    })
    equal(queued.length, 1)
    deepEqual(notices().toSorted(), ['erase advertising_id', 'opt_out advertising_id'])
    await planner.addChoices([said])
    people.erase(ann)
    log.forget([ann], [1])
    deepEqual(
      log.pending({ limit: 9 }).map(({ keys, brought }) => [keys, brought]),
      [[[phone], []]],
    )
    log.forget([phone], [2])
    deepEqual([log.countPending(), counts.records], [0, 0])
  })

  test('keeps when it was said first, where it was said before it came; of what comes as it is said there is no time between', async (t) => {
    const people = createPeople()
    const { planner, planned, windows } = join(await temporaryFolder(t), people)
    await planner.addChoices([optOut([idfa(uuid(1))], { channel: 'import', at: NOW - 3 * DAY_MS })])
    await planner.addChoices([optOut([idfa(uuid(1))], { channel: 'import', at: NOW - DAY_MS })])
    await planner.addChoices([optOut([idfa(uuid(2))], { at: NOW - DAY_MS })])
    await planned()
    deepEqual(windows, [{ partner: ACME, disclosures: 3 * DAY_MS }])
  })
})

describe('somebody to whom the partner was sent something before addresses were kept', () => {
  const rows: readonly (readonly [string, Identity, readonly PastDisclosure[], string])[] = [
    ['by the one kind that an app on iOS sends', idfa(uuid(1)), [left(['advertising_id'])], 'opt_out advertising_id'],
    ['by the vendor id of an app on iOS', vendor(uuid(1)), [left(['vendor_id'])], 'opt_out vendor_id'],
    ...[['vendor_id'], ['device_id'], ['vendor_id', 'device_id']].map(
      (passed) =>
        [
          `not by what may be either id of an Android device, where ${passed.join(' and ')} left`,
          vendor(uuid(1)),
          [left(passed, 'android')],
          'opt_out  cannot_be_told identifier_not_kept',
        ] as const,
    ),
    [
      'not by a vendor id where a device id left as well',
      vendor(uuid(1)),
      [left(['vendor_id', 'device_id'])],
      'opt_out  cannot_be_told identifier_not_kept',
    ],
    [
      'not by one whose app nobody knows any more',
      vendor(uuid(1)),
      [{ ...left(['vendor_id']), platform: undefined }],
      'opt_out  cannot_be_told identifier_not_kept',
    ],
    [
      'not by one that never left as it is',
      idfa(uuid(1)),
      [left(['vendor_id'])],
      'opt_out  cannot_be_told identifier_not_kept',
    ],
  ]
  for (const [what, identity, about, expected] of rows)
    test(`is told of ${what}`, async (t) => {
      const people = createPeople()
      people.add(identity, about)
      const { planner, planned, notices } = join(await temporaryFolder(t), people)
      await planner.addChoices([optOut([identity])])
      await planned()
      deepEqual(notices(), [expected])
    })

  test('is told of by the addresses alone once there is one, whatever the records say', async (t) => {
    const people = createPeople()
    const owner = people.add(vendor(uuid(1)), [left(['vendor_id'])])
    const { planner, planned, notices, log, counts } = join(await temporaryFolder(t), people)
    const { identifier: _, ...nothing } = address(owner, '')
    log.keep([nothing])
    await planner.addChoices([optOut([vendor(uuid(1))])])
    await planned()
    deepEqual(notices(), ['opt_out  cannot_be_told identifier_not_kept'])
    log.keep([address(owner, uuid(3))])
    await planner.addChoices([optOut([vendor(uuid(1))])])
    await planned()
    deepEqual(notices().toSorted(), ['opt_out  cannot_be_told identifier_not_kept', 'opt_out advertising_id'])
    equal(counts.records, 0)
  })

  test('is looked up anew once the partner is told of other things, and not while it is told of the same', async (t) => {
    const people = createPeople()
    const owner = people.add(idfa(uuid(1)))
    const { log } = join(await temporaryFolder(t), people)
    log.saveEarlier(owner, [])
    deepEqual(log.keepFor(KEPT_FOR), [{ partner: ACME, above: 1 }])
    people.add(idfa(uuid(2)))
    deepEqual(log.keepFor(KEPT_FOR), [{ partner: ACME, above: 1 }])
    deepEqual(log.earlier([owner]), [[]])
    log.keepFor([])
    deepEqual(log.keepFor(KEPT_FOR), [{ partner: ACME, above: 2 }])
    deepEqual(log.earlier([owner]), [undefined])
  })
})
