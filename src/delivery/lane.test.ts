import { deepEqual, equal, ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { acceptedEvent, contract, PARTNER, revision } from '../../test/support/builders.ts'
import { until } from '../../test/support/until.ts'
import { createParts } from '../flow/parts.ts'
import { createPreparer } from '../flow/prepare.ts'
import type { Intake, IntakeTotals, PulledEvent, Settle } from '../intake/ports.ts'
import type { Ledger, PairHistory } from '../ledger/ports.ts'
import type { DisclosureId, EventRef, Position } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { NO_STANDING } from '../model/event.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createBreakers } from './breaker.ts'
import { createLane, type Lane, type LaneDeps } from './lane.ts'
import { createSharedCells } from './partner-cells.ts'
import { createReconciler, readCatchUp } from './reconcile.ts'

/** An intake of one partner that gives out what it is told to and remembers what it was told. */
interface FakeIntake extends Intake {
  /** The next pulls, one entry each; `fail` rejects. After these there is nothing. */
  rounds: (readonly PulledEvent[] | 'fail')[]
  readonly settled: { readonly settles: readonly Settle[]; readonly resume: number }[]
}

const refOf = (name: string): EventRef => name.padEnd(32, '0') as EventRef
const waiting = (name: string, attempt = 1): PulledEvent => ({
  position: name as Position,
  event: acceptedEvent({ eventRef: refOf(name) }),
  attempt,
})
const delivered = (name: string): PairHistory => ({
  eventRef: refOf(name),
  partner: PARTNER,
  attempt: 1,
  outcome: { kind: 'delivered', status: 200 },
  withheld: undefined,
})

function fakeIntake(resume: number, pending: number): FakeIntake {
  const totals: IntakeTotals = {
    events: { received: pending, accepted: pending, rejected: 0, duplicate: 0 },
    rejectedByCode: {},
    pairs: {
      [PARTNER]: {
        routed: pending,
        settled: { delivered: 0, withheld: 0, expired: 0, dead: 0, erased: 0, unresolved: 0 },
        withheldBy: {},
        pending,
        oldestPendingAt: 0,
      },
    },
  }
  const unused = (): never => {
    throw new Error('not part of these tests')
  }
  const intake: FakeIntake = {
    rounds: [],
    settled: [],
    pull: async () => {
      const round = intake.rounds.shift() ?? []
      if (round === 'fail') throw new Error('pull failed')
      return round
    },
    settle: async (_partner, settles, resumeNow) => {
      intake.settled.push({ settles, resume: resumeNow })
    },
    resumeFrom: async () => resume,
    onReady: () => undefined,
    totals: async () => totals,
    append: unused,
    recent: unused,
    findMessage: unused,
    purge: unused,
    requireKeys: unused,
    hasKeys: unused,
    deadLetters: unused,
    deadCounts: unused,
    retryDead: unused,
    retryAllDead: unused,
    discardAllDead: unused,
    discardDead: unused,
    health: unused,
    close: unused,
  }
  return intake
}

/** The partner's contract is gone, so that every pair that must be prepared is withheld and nothing is sent. */
async function laneOver(
  t: TestContext,
  intake: FakeIntake,
  histories: readonly PairHistory[],
  part: Partial<LaneDeps> = {},
): Promise<Lane> {
  const ledger = { size: () => 10, histories: async () => histories } as Partial<Ledger> as Ledger
  const plan = revision({ contracts: [] })
  const lane = createLane(PARTNER, {
    breakers: createBreakers(Date.now, { failing: () => undefined, wellAgain: () => undefined }),
    intake,
    cells: createSharedCells(),
    reconciler: createReconciler(await readCatchUp(intake, ledger)),
    recorder: { announce: async () => 10, conclude: async () => undefined },
    wire: { send: async () => ({ kind: 'failed_before_write', code: 'UNUSED' }) },
    tail: { isOn: false, pair: () => undefined },
    now: Date.now,
    newId: () => 'id' as DisclosureId,
    standing: { lookup: () => ({ standing: NO_STANDING, stamp: 0 }), isCurrent: () => true },
    parts: createParts(
      { current: () => plan, at: () => plan, stopped: () => false },
      partnerTypes(),
      createSecretKey(Buffer.alloc(32, 7)),
    ),
    preparer: createPreparer(),
    current: () => plan,
    contractOf: () => undefined,
    isErased: () => false,
    ledgerSize: () => 10,
    random: () => 0.5,
    observe: {
      decided: () => undefined,
      ended: () => undefined,
      withheld: () => undefined,
      guardHit: () => undefined,
      failed: () => undefined,
    },
    ...part,
  })
  t.after(() => lane.stop())
  return lane
}

const endsOf = (intake: FakeIntake): Readonly<Record<string, string>> =>
  Object.fromEntries(
    intake.settled.flatMap(({ settles }) =>
      settles.map((settle) => [settle.position, 'end' in settle ? settle.end.state : 'retry']),
    ),
  )
/** Pairs whose records a start after a crash would not look at, though they were not settled yet: by settlement. */
const openBelowResume = (intake: FakeIntake, known: readonly string[]): readonly string[] =>
  intake.settled.flatMap(({ resume }, index) => {
    const settled = new Set(
      intake.settled.slice(0, index + 1).flatMap(({ settles }) => settles.map(({ position }) => String(position))),
    )
    return resume <= 4
      ? []
      : known.filter((name) => !settled.has(name)).map((name) => `${name} after settlement ${index}`)
  })
const settledCount = (intake: FakeIntake): number => Object.keys(endsOf(intake)).length

describe('a lane after a restart', () => {
  test('says that no more of the ledger is settled than at the start, until all that waited at the start has come', async (t) => {
    const intake = fakeIntake(4, 3)
    intake.rounds = [[waiting('a')], [waiting('b')], [waiting('c')], [waiting('d')]]
    const lane = await laneOver(t, intake, [delivered('a'), delivered('b'), delivered('c')])
    lane.wake()
    await until('all to be settled', () => settledCount(intake) === 4)
    deepEqual(endsOf(intake), { a: 'delivered', b: 'delivered', c: 'delivered', d: 'withheld' })
    deepEqual(openBelowResume(intake, ['a', 'b', 'c']), [])
    equal(intake.settled.at(-1)?.resume, 10)
  })

  test('pairs that come twice do not count as two', async (t) => {
    const intake = fakeIntake(4, 2)
    const known: PairHistory = { ...delivered('a'), outcome: { kind: 'refused', status: 500, retry: true } }
    intake.rounds = [[waiting('a')], [waiting('a', 2)], [waiting('b')]]
    const lane = await laneOver(t, intake, [known, delivered('b')], {
      contractOf: () => contract(),
    })
    lane.wake()
    await until('all to be settled', () => intake.settled.length === 3)
    deepEqual(openBelowResume(intake, ['a', 'b']), [])
  })

  test('lets others by while it prepares many', async (t) => {
    const intake = fakeIntake(4, 0)
    intake.rounds = [Array.from({ length: 40 }, (_, index) => waiting(`w${index}`))]
    let turn = 0
    let isOver = false
    const others = (): void => {
      turn += 1
      if (!isOver) setImmediate(others)
    }
    const turns = new Set<number>()
    let time = 1_700_000_000_000
    const lane = await laneOver(t, intake, [], {
      now: () => ++time,
      observe: {
        decided: () => void turns.add(turn),
        ended: () => undefined,
        withheld: () => undefined,
        guardHit: () => undefined,
        failed: () => undefined,
      },
    })
    others()
    lane.wake()
    await until('all to be settled', () => settledCount(intake) === 40)
    isOver = true
    ok(turns.size >= 5, `${turns.size} turns`)
  })

  test('with nothing waiting, what is settled is settled up to now', async (t) => {
    const intake = fakeIntake(4, 0)
    intake.rounds = [[waiting('a')]]
    const lane = await laneOver(t, intake, [])
    lane.wake()
    await until('it to be settled', () => intake.settled.length === 1)
    equal(intake.settled[0]?.resume, 10)
  })

  test('what the ledger knows is not forgotten when another pair of the round cannot be prepared', async (t) => {
    const intake = fakeIntake(4, 2)
    intake.rounds = [[waiting('a'), waiting('b')]]
    let isReadable = false
    let failures = 0
    const lane = await laneOver(t, intake, [delivered('a')], {
      standing: {
        lookup: () => {
          if (isReadable) return { standing: NO_STANDING, stamp: 0 }
          failures++
          throw new Error('choices cannot be read')
        },
        isCurrent: () => true,
      },
    })
    lane.wake()
    await until('a round to fail', () => failures === 1)
    isReadable = true
    lane.wake()
    await until('both to be settled', () => settledCount(intake) === 2)
    deepEqual(endsOf(intake), { a: 'delivered', b: 'withheld' })
  })
})

describe('a lane whose intake fails', () => {
  test('keeps what it held back for the next round', async (t) => {
    const intake = fakeIntake(0, 0)
    intake.rounds = [[waiting('a')], 'fail']
    let isReadable = false
    const failed: string[] = []
    const lane = await laneOver(t, intake, [], {
      standing: {
        lookup: () => {
          if (isReadable) return { standing: NO_STANDING, stamp: 0 }
          throw new Error('choices cannot be read')
        },
        isCurrent: () => true,
      },
      observe: {
        decided: () => undefined,
        ended: () => undefined,
        withheld: () => undefined,
        guardHit: () => undefined,
        failed: (_partner, error) => failed.push(error instanceof Error ? error.message : ''),
      },
    })
    for (const [index, message] of ['choices cannot be read', 'pull failed'].entries()) {
      lane.wake()
      await until(message, () => failed.length === index + 1)
      isReadable = true
    }
    lane.wake()
    await until('it to be settled', () => settledCount(intake) === 1)
    deepEqual(failed, ['choices cannot be read', 'pull failed'])
    deepEqual(endsOf(intake), { a: 'withheld' })
  })
})

describe('a lane whose ledger refuses a record', () => {
  test('does not spin, and what was in the same envelope goes without it', async (t) => {
    const intake = fakeIntake(0, 0)
    intake.rounds = [[waiting('a'), waiting('b'), waiting('c')]]
    const connection = { url: 'https://acme.example/in', batch: true }
    const plan = revision({ contracts: [contract({ connection })] })
    const [acme] = plan.contracts
    let announced = 0
    const lane = await laneOver(t, intake, [], {
      current: () => plan,
      contractOf: () => acme,
      parts: createParts(
        { current: () => plan, at: () => plan, stopped: () => false },
        partnerTypes(),
        createSecretKey(Buffer.alloc(32, 7)),
      ),
      recorder: {
        announce: async (records) => {
          announced++
          if (records.some((record) => 'eventRef' in record && record.eventRef === refOf('b')))
            throw new RangeError('no place for it')
          return 10
        },
        conclude: async () => undefined,
      },
      wire: {
        send: async (_partner, _request, begin) =>
          begin()
            ? { kind: 'answered', status: 200, headers: {}, body: '' }
            : { kind: 'cancelled_not_sent', why: 'stopped' },
      },
    })
    lane.wake()
    await until('the two others to be delivered', () => settledCount(intake) === 2)
    deepEqual(endsOf(intake), { a: 'delivered', c: 'delivered' })
    // One try together, then one each; a spinning lane makes tens of thousands in the meantime.
    equal(announced <= 6, true, `${announced} announcements`)
  })
})

describe('a lane that cannot tell whether its items still may go', () => {
  test('holds them, counts no try and holds nothing against the partner, however often it happens', async (t) => {
    const intake = fakeIntake(0, 0)
    intake.rounds = [[waiting('a'), waiting('b')]]
    const plan = revision({ contracts: [contract({ connection: { url: 'https://acme.example/in', batch: true } })] })
    const outcomes: string[] = []
    const attempts: number[] = []
    const failed: string[] = []
    let time = 1_700_000_000_000
    let isLost = true
    let isBeginning = false
    let written = 0
    const lane = await laneOver(t, intake, [], {
      now: () => time,
      breakers: createBreakers(() => time, { failing: () => undefined, wellAgain: () => undefined }),
      current: () => plan,
      contractOf: () => plan.contracts[0],
      parts: createParts(
        { current: () => plan, at: () => plan, stopped: () => false },
        partnerTypes(),
        createSecretKey(Buffer.alloc(32, 7)),
      ),
      standing: {
        lookup: () => {
          // The look before the intent succeeds; the one as the first byte would leave does not.
          if (isLost && isBeginning) throw new GatewayError('ERR_CHOICES_UNAVAILABLE')
          return { standing: NO_STANDING, stamp: 0 }
        },
        isCurrent: () => false,
      },
      recorder: {
        announce: async (records) => {
          for (const record of records) if ('attempt' in record) attempts.push(record.attempt)
          return 10
        },
        conclude: async (records) => {
          for (const record of records)
            if (record.kind === 'outcome')
              outcomes.push(
                'why' in record.outcome ? `${record.outcome.kind} ${record.outcome.why}` : record.outcome.kind,
              )
        },
      },
      wire: {
        send: async (_partner, _request, begin) => {
          isBeginning = true
          try {
            if (!begin()) return { kind: 'cancelled_not_sent', why: 'stopped' }
          } finally {
            isBeginning = false
          }
          written++
          return { kind: 'answered', status: 200, headers: {}, body: '' }
        },
      },
      observe: {
        decided: () => undefined,
        ended: () => undefined,
        withheld: () => undefined,
        guardHit: () => undefined,
        failed: (_partner, error) => failed.push((error as GatewayError).code),
      },
    })
    const ROUNDS = 7
    for (let round = 1; round <= ROUNDS; round++) {
      time += 1_000
      lane.wake()
      await until(`round ${round} to be over`, () => failed.length === round)
    }
    deepEqual(
      outcomes,
      Array.from({ length: 2 * ROUNDS }, () => 'cancelled_not_sent not_fresh'),
    )
    deepEqual([...new Set(failed)], ['ERR_CHOICES_UNAVAILABLE'])
    const { breaker, failures } = lane.state()
    deepEqual([breaker, failures, written, intake.settled.length], ['closed', 0, 0, 0])
    isLost = false
    time += 1_000
    lane.wake()
    await until('both to be delivered', () => settledCount(intake) === 2)
    deepEqual(endsOf(intake), { a: 'delivered', b: 'delivered' })
    deepEqual([...new Set(attempts)], [1])
    equal(written, 1)
  })
})
