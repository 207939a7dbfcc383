/** What every store of addresses and notices promises, under the rules that are put over its tables. */
import { deepEqual, equal, throws } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import type { EventRef, IdentityKey, PartnerId } from '../../src/model/brand.ts'
import { openNoticeLog } from '../../src/notices/log.ts'
import type { AddressEntry, NewNotice, NoticeLog, NoticeText, PendingChoice } from '../../src/notices/ports.ts'
import type { NoticeTables } from '../../src/notices/store.ts'

export interface TablesUnderTest {
  /** Over the same data, whether or not what was opened before was closed. */
  open(): NoticeTables
  /** Removes the data. */
  end(): Promise<void>
}

const DAY_MS = 86_400_000
const TODAY = Date.UTC(2026, 10, 30)
const NOW = TODAY + 12 * 3_600_000
const WITHIN_MS = 1_000
const [ANN, BEN, PHONE] = ['a', 'b', 'c'].map((digit) => digit.padStart(32, '0') as IdentityKey) as [
  IdentityKey,
  IdentityKey,
  IdentityKey,
]
const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const IDFA = { class: 'advertising_id', kind: 'idfa', value: 'A' } as const
const END = { state: 'accepted', why: '', day: TODAY, task: false } as const

export function noticesContract(start: () => Promise<TablesUnderTest>): void {
  let underTest: TablesUnderTest
  let tables: NoticeTables
  let log: NoticeLog
  /** Numbers of each person's keys, oldest first. */
  let keys: Map<IdentityKey, number[]>

  const open = (): void => {
    tables = underTest.open()
    const keyOf = (id: number) => ({ id, key: Buffer.alloc(32, id) })
    log = openNoticeLog({
      tables,
      keys: {
        newest: (identity) => keys.get(identity)?.slice(-1).map(keyOf)[0],
        all: (identity) => (keys.get(identity) ?? []).map(keyOf),
        highest: () => Math.max(...[...keys.values()].flat()),
        forget: () => undefined,
      },
      bookKey: createSecretKey(Buffer.alloc(32, 1)),
      wrappingKey: createSecretKey(Buffer.alloc(32, 2)),
      random: randomBytes,
      chance: () => 0.5,
      now: () => NOW,
      withinMs: WITHIN_MS,
    })
  }
  beforeEach(async () => {
    keys = new Map([
      [ANN, [3, 5]],
      [BEN, [4]],
    ])
    underTest = await start()
    open()
  })
  afterEach(async () => {
    log.close()
    await underTest.end()
  })

  const address = (part: Partial<AddressEntry> = {}): AddressEntry => ({
    ...{ partner: 'acme' as PartnerId, app: 'shop', owner: ANN, finder: PHONE, identifier: IDFA, day: TODAY },
    ...part,
  })
  const findOf = (...identities: readonly IdentityKey[]) => log.find({ keys: identities, foundBy: [] }).addresses
  const notice = (n: number, part: Partial<NewNotice> = {}): NewNotice => ({
    id: idOf(n),
    ref: String(n).padStart(32, '0') as EventRef,
    ...{ partner: 'acme' as PartnerId, verb: 'opt_out', class: 'advertising_id', day: TODAY, owner: ANN, about: 'A' },
    ...{ text: { app: 'shop', identifier: IDFA, owner: ANN } as NoticeText, due: NOW - 1 },
    ...part,
  })
  const queue = (...notices: readonly NewNotice[]): readonly string[] => log.queue({ taken: [], notices })
  const untold = (n: number, why: 'needs_the_person' | 'identifier_not_kept', part: Partial<NewNotice> = {}) => {
    const { text: _, ...rest } = notice(n, part)
    return { ...rest, ends: { state: 'cannot_be_told', why } } as const
  }
  const states = () => log.list({ limit: 99 }).map(({ id, phase, state }) => [Number(id.slice(-12)), state || phase])
  const dueAt = (at: number) => log.due(at).map(({ id, phase }) => [Number(id.slice(-12)), phase])

  test('an address is found by whose it is and by what it is, opens under their key alone, and is one however often it is kept', () => {
    log.keep([address(), address({ day: TODAY - DAY_MS }), address({ partner: 'bolt' as PartnerId, owner: BEN })])
    deepEqual(
      findOf(ANN).map(({ row: _, ...found }) => found),
      [{ subject: 5, owner: ANN, partner: 'acme', app: 'shop', identifier: IDFA, finder: PHONE }],
    )
    deepEqual(
      log.find({ keys: [], foundBy: [PHONE] }).addresses.map(({ owner }) => owner),
      [ANN, BEN],
    )
    deepEqual(findOf(PHONE), [])
    keys.delete(ANN)
    deepEqual(findOf(ANN), [])
    deepEqual(
      log.find({ keys: [ANN], foundBy: [PHONE] }).addresses.map(({ owner }) => owner),
      [BEN],
    )
  })

  test('a token stays beside what it is about, for the partners it is for, sealed like it and gone with it', () => {
    const bolt = 'bolt' as PartnerId
    log.keep([address(), address({ partner: bolt }), address({ finder: BEN, identifier: { ...IDFA, value: 'B' } })])
    log.attach({ identities: [PHONE], partners: ['acme' as PartnerId], token: 'first' })
    log.attach({ identities: [PHONE], partners: ['acme' as PartnerId], token: 'second' })
    // Kept once more, it is the same address.
    log.keep([address({ day: TODAY + DAY_MS })])
    const tokens = () =>
      findOf(ANN).map(({ partner, identifier, originToken }) => [partner, identifier?.value, originToken])
    deepEqual(tokens(), [
      ['acme', 'A', 'second'],
      ['bolt', 'A', undefined],
      ['acme', 'B', undefined],
    ])
    const sealed = tables.addressesOf([5]).map((one) => Buffer.from(one.sealed).toString('latin1'))
    equal(sealed.join().includes('second'), false)
    log.prune({ addresses: TODAY + 2 * DAY_MS, ended: TODAY })
    deepEqual(tokens(), [])
  })

  test('a choice waits, once however often it is said, behind all others, until it was looked up', () => {
    const asked = (part: Partial<PendingChoice> = {}): PendingChoice => ({
      ...{ keys: [ANN], spreads: false, verb: 'opt_out', isProved: false, at: NOW, app: 'shop', brought: [] },
      ...part,
    })
    const waiting = () => log.pending({ limit: 9 }).map(({ keys: of, at }) => [of, at])
    log.addPending([asked(), asked({ keys: [BEN] })])
    log.addPending([asked({ at: NOW + 1 })])
    deepEqual(waiting(), [
      [[BEN], NOW],
      [[ANN], NOW],
    ])
    deepEqual(
      log.pending({ about: [ANN], limit: 9 }).map(({ keys: of }) => of),
      [[ANN]],
    )
    const [first] = log.pending({ limit: 1 })
    log.queue({ taken: [], notices: [], planned: [first!.row] })
    deepEqual(
      [log.pending({ after: first!.row, limit: 9 }).map(({ keys: of }) => of), log.countPending()],
      [[[ANN]], 1],
    )
    log.forget([ANN], [3, 5])
    equal(log.countPending(), 0)
  })

  test('what partners had before is noted of an identity, and gone with it, and where it is noted from elsewhere on', () => {
    const acme = { partner: 'acme' as PartnerId, told: 'webhook erase' }
    const had = [{ partner: acme.partner, app: 'shop', class: 'vendor_id', kind: '' }] as const
    deepEqual(log.keepFor([acme]), [{ partner: 'acme', above: 5 }])
    log.saveEarlier(PHONE, had)
    log.saveEarlier(BEN, [])
    deepEqual(log.earlier([PHONE, BEN, ANN]), [had, [], undefined])
    keys.set(PHONE, [6])
    deepEqual(log.keepFor([acme]), [{ partner: 'acme', above: 5 }])
    deepEqual(log.find({ keys: [ANN, PHONE], foundBy: [] }).oldest, [
      { identity: ANN, number: 3 },
      { identity: PHONE, number: 6 },
    ])
    log.forget([PHONE], [6])
    deepEqual(log.earlier([PHONE, BEN]), [undefined, []])
    deepEqual(log.keepFor([{ ...acme, told: 'webhook opt_out erase' }]), [{ partner: 'acme', above: 6 }])
    deepEqual(log.earlier([BEN]), [undefined])
    log.saveEarlier(BEN, [])
    log.prune({ addresses: 0, ended: 0 })
    deepEqual(log.earlier([BEN]), [undefined])
    deepEqual(log.keepFor([]), [])
  })

  test('of somebody without a key nothing is kept', () => {
    log.keep([address({ owner: PHONE })])
    keys.set(PHONE, [9])
    deepEqual(findOf(PHONE), [])
  })

  test('addresses are pruned by the day of their last use, and taken with what is queued of them', () => {
    const old = { identifier: { ...IDFA, value: 'old' }, day: TODAY - DAY_MS }
    log.keep([address(), address(old), address({ ...old, identifier: { ...IDFA, value: 'used again' } })])
    log.keep([address({ identifier: { ...IDFA, value: 'used again' } })])
    log.prune({ addresses: TODAY, ended: 0 })
    const left = findOf(ANN)
    deepEqual(left.map(({ identifier }) => identifier?.value).toSorted(), ['A', 'used again'])
    log.queue({ taken: left.slice(0, 1).map(({ row }) => row), notices: [notice(1)] })
    equal(findOf(ANN).length, 1)
  })

  test('forgetting a person takes their addresses, what finds those of others, and whom notices are about; not the notices', () => {
    log.keep([address(), address({ owner: BEN })])
    queue(notice(1), notice(2, { owner: BEN, about: 'B' }))
    equal(log.ofIdentities([ANN]).length, 1)
    log.forget([ANN, PHONE], [3, 5])
    deepEqual(findOf(ANN), [])
    deepEqual(log.find({ keys: [], foundBy: [PHONE] }).addresses, [])
    deepEqual(
      findOf(BEN).map(({ owner }) => owner),
      [BEN],
    )
    deepEqual(
      [log.ofIdentities([ANN]).length, log.ofIdentities([BEN]).length, log.list({ limit: 9 }).length],
      [0, 1, 2],
    )
    // Somebody with the same identifier is somebody else now.
    deepEqual(queue(notice(3)), [idOf(3)])
  })

  test('what was said last about an identifier is not said again; what takes it back is said once', () => {
    deepEqual(queue(notice(1), notice(2)), [idOf(1)])
    log.begin(idOf(1), true)
    log.end(idOf(1), END)
    deepEqual(queue(notice(3)), [])
    deepEqual(queue(notice(4, { verb: 'opt_in' })), [idOf(4)])
    deepEqual(queue(notice(5, { verb: 'opt_in' })), [])
    deepEqual(queue(notice(6)), [idOf(6)])
    // Of another identifier nothing was said that could be taken back.
    deepEqual(queue(notice(7, { verb: 'opt_in', about: 'B' })), [])
  })

  test('what a partner could not be told, or did not take in time, is said again when that may have changed', () => {
    deepEqual(queue(untold(1, 'needs_the_person')), [idOf(1)])
    deepEqual(queue(untold(2, 'needs_the_person')), [])
    deepEqual(queue(notice(3, { verb: 'opt_in' })), [])
    deepEqual(queue(notice(4)), [idOf(4)])
    log.end(idOf(4), { ...END, state: 'expired' })
    deepEqual(queue(notice(5)), [idOf(5)])
  })

  test('where no address says whose it is, it is theirs of whom one has a key, whoever is named beside them', () => {
    const of = (reached: readonly IdentityKey[]) => ({ owner: undefined, reached })
    deepEqual(queue(untold(1, 'identifier_not_kept', of([PHONE, ANN]))), [idOf(1)])
    deepEqual(queue(untold(2, 'identifier_not_kept', of([ANN]))), [])
    deepEqual(queue(untold(3, 'identifier_not_kept', of([BEN]))), [idOf(3)])
    equal(log.ofIdentities([ANN]).length, 1)
    // By the oldest of their keys: a newer one would make it somebody else's next month.
    keys.set(ANN, [5])
    equal(log.ofIdentities([ANN]).length, 0)
  })

  test('all of one origin are queued once, and nothing of a batch that fails', () => {
    const batch = { origin: 'erasure', taken: [], notices: [notice(1)] }
    deepEqual([log.queue(batch), log.queue(batch)], [[idOf(1)], []])
    throws(() =>
      log.queue({ origin: 'other', taken: [], notices: [notice(2, { about: 'B' }), notice(1, { about: 'C' })] }),
    )
    deepEqual(log.queue({ origin: 'other', taken: [], notices: [notice(3, { about: 'B' })] }), [idOf(3)])
    deepEqual(states(), [
      [1, 'waiting'],
      [3, 'waiting'],
    ])
  })

  test('one for each partner is due, whose moment came first; what was said later of the same waits for its turn', () => {
    queue(notice(1, { due: NOW + 5 }), notice(2, { about: 'B', due: NOW + 3 }))
    queue(notice(3, { partner: 'bolt' as PartnerId, about: 'C' }), notice(4, { verb: 'opt_in', due: NOW + 1 }))
    deepEqual([dueAt(NOW), log.nextDue()], [[[3, 'waiting']], NOW - 1])
    deepEqual(dueAt(NOW + 4).toSorted(), [
      [2, 'waiting'],
      [3, 'waiting'],
    ])
    for (const id of [idOf(2), idOf(3)]) log.end(id, END)
    log.begin(idOf(1), true)
    deepEqual(dueAt(NOW + 9), [])
    log.defer(idOf(1), { due: NOW + 9, phase: 'polling' })
    // What is only asked about has been told.
    deepEqual(dueAt(NOW + 8), [[4, 'waiting']])
    log.end(idOf(4), END)
    log.end(idOf(1), END)
    deepEqual([dueAt(NOW + 99), log.nextDue()], [[], undefined])
  })

  test('a notice says what it says until it ends; then neither its text nor its key is there', () => {
    queue(notice(1))
    deepEqual(log.textOf(idOf(1)), { app: 'shop', identifier: IDFA, owner: ANN })
    equal(log.textOf(idOf(2)), undefined)
    log.begin(idOf(1), true)
    log.defer(idOf(1), { due: NOW, phase: 'polling' })
    log.begin(idOf(1), true)
    deepEqual(
      log.byIds([idOf(1)]).map(({ phase, attempts }) => [phase, attempts]),
      [['polling', 2]],
    )
    equal(log.end(idOf(1), END), true)
    deepEqual([log.textOf(idOf(1)), tables.sealedOf(idOf(1)), tables.keyOf(idOf(1))], [undefined, undefined, undefined])
    // Ended is ended.
    equal(log.end(idOf(1), { ...END, state: 'refused' }), false)
    log.begin(idOf(1), true)
    log.defer(idOf(1), { due: 0, phase: 'waiting' })
    deepEqual([states(), dueAt(NOW)], [[[1, 'accepted']], []])
  })

  test('an end that nobody knows is a task until it is found out, once; both are to be put on record', () => {
    queue(notice(1), notice(2, { about: 'B' }))
    log.end(idOf(1), { ...END, state: 'unresolved', task: true })
    log.end(idOf(2), END)
    const unrecorded = () => log.unrecorded(9).map(({ id, state, ref }) => [Number(id.slice(-12)), state, Number(ref)])
    deepEqual(unrecorded().toSorted(), [
      [1, 'unresolved', 1],
      [2, 'accepted', 2],
    ])
    equal(log.unrecorded(1).length, 1)
    log.recorded([idOf(1), idOf(2)])
    deepEqual([unrecorded(), log.list({ tasks: true, limit: 9 }).map(({ id }) => id)], [[], [idOf(1)]])
    equal(log.end(idOf(1), { ...END, state: 'confirmed' }), true)
    equal(log.end(idOf(1), { ...END, state: 'refused' }), false)
    deepEqual([unrecorded(), log.list({ tasks: true, limit: 9 })], [[[1, 'confirmed', 1]], []])
  })

  test('what a stop left: a try that may have gone is repeated only where twice is once, and what is late is spread anew', () => {
    queue(notice(1), notice(2, { about: 'B' }), notice(3, { about: 'C' }), notice(4, { about: 'D' }))
    log.begin(idOf(1), true)
    log.begin(idOf(2), false)
    log.begin(idOf(3), false)
    log.defer(idOf(3), { due: NOW - 1, phase: 'polling' })
    log.begin(idOf(3), true)
    tables.putKeys([{ id: idOf(9), wrapped: Buffer.alloc(9) }])
    open()
    deepEqual(states(), [
      [1, 'waiting'],
      [2, 'unresolved'],
      [3, 'polling'],
      [4, 'waiting'],
    ])
    deepEqual([dueAt(NOW), log.nextDue()], [[], NOW + WITHIN_MS / 2])
    deepEqual(
      log.list({ tasks: true, limit: 9 }).map(({ id }) => id),
      [idOf(2)],
    )
    equal(log.textOf(idOf(4))?.identifier.value, 'A')
    deepEqual([tables.keyOf(idOf(9)), tables.keyOf(idOf(2))], [undefined, undefined])
  })

  test('counts and lists say how many there are and which, page by page', () => {
    queue(notice(1), notice(2, { about: 'B' }), notice(3, { about: 'C', verb: 'erase' }))
    queue(notice(4, { partner: 'bolt' as PartnerId, about: 'D' }), untold(5, 'needs_the_person', { about: 'E' }))
    log.end(idOf(2), END)
    deepEqual(
      log.counts().map(({ partner, verb, state, count }) => `${partner} ${verb} ${state} ${count}`),
      [
        'acme erase waiting 1',
        'acme opt_out accepted 1',
        'acme opt_out cannot_be_told 1',
        'acme opt_out waiting 1',
        'bolt opt_out waiting 1',
      ],
    )
    const ids = (filter: object) => log.list({ limit: 9, ...filter }).map(({ id }) => Number(id.slice(-12)))
    deepEqual(ids({ limit: 2 }), [1, 2])
    deepEqual(ids({ after: idOf(2) }), [3, 4, 5])
    deepEqual([ids({ partner: 'bolt' }), ids({ verb: 'erase' })], [[4], [3]])
    deepEqual([ids({ state: 'accepted' }), ids({ state: 'waiting' }), ids({ tasks: true })], [[2], [1, 3, 4], []])
    deepEqual(
      log.byIds([idOf(5), idOf(6)]).map(({ why, ended }) => [why, ended]),
      [['needs_the_person', TODAY]],
    )
  })

  test('ended notices are pruned once they are on record and no task is left; what is open stays, however old', () => {
    queue(...[1, 2, 3, 4].map((n) => notice(n, { about: String(n) })))
    log.queue({ origin: 'old', taken: [], notices: [] })
    log.end(idOf(1), END)
    log.end(idOf(2), END)
    log.end(idOf(3), { ...END, state: 'unresolved', task: true })
    log.recorded([idOf(1), idOf(3)])
    log.prune({ addresses: 0, ended: TODAY })
    equal(states().length, 4)
    log.prune({ addresses: 0, ended: TODAY + DAY_MS })
    deepEqual(states(), [
      [2, 'accepted'],
      [3, 'unresolved'],
      [4, 'waiting'],
    ])
    deepEqual(log.queue({ origin: 'old', taken: [], notices: [notice(5, { about: '5' })] }), [idOf(5)])
  })
}
