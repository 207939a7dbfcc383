/** The ports of choices over a second implementation, whose log is slow, fails, and tells of itself late and in bursts. */
import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createFreshness } from '../../src/choices/freshness.ts'
import type { Freshness, LogEntry } from '../../src/choices/ports.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { ChoiceStatement, Observation } from '../../src/model/choice.ts'
import { ALL_DIMENSIONS, type Finding, SALE } from '../../src/model/signal.ts'
import { createMemoryLog, type LogTiming, type MemoryChoices, type MemoryLog } from '../support/memory-choices.ts'
import { type ChoicesUnderTest, choicesContract } from './choices-suite.ts'

/** Up to so many turns late, the same in every run. */
function late(most: number): LogTiming {
  let state = 1
  return {
    turns: () => {
      state = (state * 48_271) % 2_147_483_647
      return state % (most + 1)
    },
  }
}

for (const generation of [0, 2 ** 31 - 10, 2 ** 32 - 10])
  describe(`choices in memory, from generation ${generation}`, () => choicesContract(inMemory, generation))

async function inMemory(freshness: Freshness, now: () => number): Promise<ChoicesUnderTest> {
  const log = createMemoryLog(late(3))
  let choices = log.open({ freshness, now })
  return {
    choices,
    reopen: async () => {
      await choices.close()
      choices = log.open({ freshness, now })
      return choices
    },
    end: () => choices.close(),
  }
}

const RUNS = Number(process.env.SLUICE_CASES ?? 30)

const GPC: Finding = {
  signal: 'gpc',
  denies: 7,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'gpc',
}
const keyOf = (digit: string): IdentityKey => digit.padStart(32, '8') as IdentityKey
const DEVICE = keyOf('d')
const USER = keyOf('1')
const said = (at: number, part: Partial<Observation> = {}): Observation => ({
  identities: [DEVICE, USER],
  device: DEVICE,
  restricting: [GPC],
  lifting: [],
  at,
  ...part,
})
const permitting = (at: number): ChoiceStatement => ({
  denies: 0,
  permits: ALL_DIMENSIONS,
  child: false,
  channel: 'user_token',
  saidBy: 'user',
  at,
})
const optOut = (at: number): ChoiceStatement => ({ ...permitting(at), denies: SALE, permits: 0 })
const denied = (choices: MemoryChoices, key = DEVICE): number =>
  choices.lookup([key]).standing.findings.reduce((bits, { denies }) => bits | denies, 0)
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** A process over the log: its own threads, its own view; what it publishes is in force at all. */
function node(log: MemoryLog, part: { feedBoundMs?: number; between?: (entry: LogEntry) => LogEntry } = {}) {
  const local = createFreshness(1)
  local.registerDataThread()
  const freshness: Freshness = {
    ...local,
    publish: async (changed) => {
      await Promise.all([local.publish(changed), log.followed(log.head())])
    },
  }
  return { choices: log.open({ freshness, now: () => 1, ...part }), close: local.close }
}

describe('two processes over one log', () => {
  test('a device that says again what somebody else lifted is restricted again', async () => {
    const log = createMemoryLog(late(4))
    const [a, b] = [node(log).choices, node(log).choices]
    await a.observe([said(10)])
    await a.observe([said(11)])
    equal(denied(b), 7)
    await b.put([DEVICE, USER], permitting(20))
    equal(denied(a), 0)
    await a.observe([said(30)])
    deepEqual([denied(a), denied(b)], [7, 7])
  })

  test('what was said after a lift that had not come by yet, and was taken for known, is written when it does', async () => {
    const log = createMemoryLog({ turns: () => 0 }, true)
    const delivering = async <T>(work: Promise<T>): Promise<T> => {
      let isOver = false
      void work.finally(() => {
        isOver = true
      })
      while (!isOver) {
        log.deliver()
        await turn()
      }
      return work
    }
    const [a, b] = [node(log).choices, node(log).choices]
    await delivering(a.observe([said(10)]))
    const lifted = b.put([DEVICE, USER], permitting(20))
    while (log.head() < 2) await turn()
    // The view here still restricts, and nothing is written.
    await a.observe([said(30)])
    equal(log.head(), 2)
    await delivering(lifted)
    while (log.head() < 3) await turn()
    log.deliver()
    deepEqual([denied(a), denied(b)], [7, 7])

    // And what was said before the lift does not come back by it.
    const again = b.put([DEVICE, USER], permitting(50))
    while (log.head() < 4) await turn()
    await a.observe([said(40)])
    await delivering(again)
    for (let wait = 0; wait < 5; wait++) await turn()
    log.deliver()
    deepEqual([log.head(), denied(a), denied(b)], [4, 0, 0])
  })

  test('what was lifted before its own append was answered is not taken for known', async () => {
    let answersLate = 0
    const log = createMemoryLog({ turns: (what) => (what === 'answer' ? answersLate : 0) })
    const [a, b] = [node(log).choices, node(log).choices]
    answersLate = 50
    const kept = a.observe([said(10)])
    while (log.head() < 1) await turn()
    answersLate = 0
    await b.put([DEVICE, USER], permitting(20))
    await kept
    equal(denied(a), 0)
    await a.observe([said(30)])
    deepEqual([denied(a), denied(b)], [7, 7])
  })

  test('once an opt-out is acknowledged here, nothing that was read there before is current', async () => {
    const log = createMemoryLog(late(5))
    const [a, b] = [node(log), node(log)]
    for (let at = 1; at <= 40; at++) {
      const key = keyOf(`b${at.toString(16)}`)
      const before = a.choices.lookup([key, DEVICE])
      const others = a.choices.lookup([USER])
      await b.choices.put([key], optOut(at))
      equal(a.choices.isCurrent(before.stamp, [key, DEVICE]), false)
      equal(a.choices.isCurrent(others.stamp, [USER]), true)
      equal(denied(a.choices, key), SALE)
    }
  })
})

describe('a log that fails or lags', () => {
  test('what was refused stands nowhere; what was kept and not answered stands, and is not acknowledged', async () => {
    const fails: ('before' | 'after' | undefined)[] = ['before', 'after', 'before', 'after']
    const log = createMemoryLog({ turns: () => 1, fails: () => fails.shift() })
    const { choices } = node(log)
    const { stamp } = choices.lookup([USER])
    await rejects(choices.put([USER], optOut(1)), { code: 'ERR_CHOICES_UNAVAILABLE' })
    deepEqual([denied(choices, USER), choices.isCurrent(stamp, [USER])], [0, true])
    await rejects(choices.put([USER], optOut(2)), { code: 'ERR_CHOICES_UNAVAILABLE' })
    while (denied(choices, USER) === 0) await turn()
    equal(choices.isCurrent(stamp, [USER]), false)
    for (let time = 0; time < 2; time++) await rejects(choices.observe([said(3)]), { code: 'ERR_CHOICES_UNAVAILABLE' })
    await choices.observe([said(3)])
    equal(denied(choices), 7)
  })

  test('an opt-out whose entry does not come by in time is not acknowledged, nor is the same again until it does', async () => {
    const log = createMemoryLog({ turns: () => 0 }, true)
    const { choices } = node(log, { feedBoundMs: 1 })
    await rejects(choices.put([USER], optOut(1)), { code: 'ERR_CHOICES_UNAVAILABLE' })
    await rejects(choices.observe([said(2)]), { code: 'ERR_CHOICES_UNAVAILABLE' })
    await rejects(choices.observe([said(2)]), { code: 'ERR_CHOICES_UNAVAILABLE' })
    log.deliver()
    await rejects(choices.put([USER], optOut(1)), { code: 'ERR_CHOICES_UNAVAILABLE' })
    log.deliver()
    equal(denied(choices, USER), 7 | SALE)
  })

  test('what was taken for known and could not be written goes with what comes next, which waits for it', async () => {
    let refuses = false
    const log = createMemoryLog({ turns: () => 0, fails: () => (refuses ? 'before' : undefined) }, true)
    const [a, b] = [node(log).choices, node(log).choices]
    const both = async (work: Promise<unknown>): Promise<void> => {
      let isOver = false
      void work.then(
        () => {
          isOver = true
        },
        () => {
          isOver = true
        },
      )
      while (!isOver) {
        log.deliver()
        await turn()
      }
      await work
    }
    await both(a.observe([said(10)]))
    const lifting = b.put([DEVICE, USER], permitting(20))
    while (log.head() < 2) await turn()
    await a.observe([said(30)])
    refuses = true
    await both(lifting)
    for (let wait = 0; wait < 5; wait++) await turn()
    equal(denied(a), 0)
    const other = said(40, { identities: [keyOf('2')], device: keyOf('2'), restricting: [] })
    await rejects(both(a.observe([other])), { code: 'ERR_CHOICES_UNAVAILABLE' })
    refuses = false
    await both(a.observe([other]))
    deepEqual([denied(a), denied(b)], [7, 7])
  })

  test('a view that cannot tell what stands throws, whatever it holds', async () => {
    const { choices } = node(createMemoryLog())
    choices.lose(true)
    throws(() => choices.lookup([USER]), { code: 'ERR_CHOICES_UNAVAILABLE' })
    choices.lose(false)
    deepEqual(choices.lookup([USER]).standing.findings, [])
  })
})

describe('what several processes are told ends as if one had been', () => {
  const KEYS = ['1', '2', 'a', 'd', 'e'].map(keyOf)
  interface Step {
    readonly node: number
    readonly kind: 'put' | 'observe' | 'erase' | 'wait'
    readonly keys: readonly IdentityKey[]
    readonly restricts: boolean
  }
  const stepsOf = (keys: readonly IdentityKey[]): fc.Arbitrary<readonly Step[]> =>
    fc.array(
      fc.record({
        node: fc.nat({ max: 2 }),
        kind: fc.constantFrom('put', 'observe', 'observe', 'observe', 'erase', 'wait', 'wait'),
        keys: fc.subarray([...keys], { minLength: 1, maxLength: Math.min(3, keys.length) }),
        restricts: fc.boolean(),
      }),
      { maxLength: 14 },
    )

  const run = async (steps: readonly Step[], between: (entry: LogEntry) => LogEntry): Promise<boolean> => {
    const log = createMemoryLog({ turns: () => 0 }, true)
    const opened = [0, 1, 2].map(() => node(log, { between }))
    const nodes = opened.map(({ choices }) => choices)
    const single = createMemoryLog()
    const only = node(single)
    const alone = only.choices
    const working: Promise<unknown>[] = []
    const apply = (choices: MemoryChoices, { kind, keys, restricts }: Step, at: number): Promise<unknown> => {
      const [device] = keys
      if (kind === 'put') return choices.put(keys, restricts ? optOut(at) : permitting(at))
      if (kind === 'erase')
        return choices.beginErasure({ id: String(at), at, channel: 'user_token', keys: keys.slice(0, 1) })
      const part = restricts
        ? { restricting: [GPC], lifting: [] }
        : { restricting: [], lifting: ['gpc'] as Observation['lifting'] }
      return choices.observe([{ identities: keys, device: device!, at, ...part }])
    }
    const settle = async (): Promise<void> => {
      for (let quiet = 0; quiet < 4; ) {
        const head = log.head()
        log.deliver()
        await turn()
        quiet = log.head() === head ? quiet + 1 : 0
      }
      await Promise.all(working)
    }
    for (const [index, one] of steps.entries()) {
      if (one.kind === 'wait') {
        await settle()
        continue
      }
      const at = (index + 1) * 10
      await apply(alone, one, at)
      const before = log.head()
      const work = apply(nodes[one.node]!, one, at)
      working.push(work)
      // In the log's order, or not written at all; nobody has been told of it yet.
      for (let wait = 0; wait < 3 && log.head() === before; wait++) await turn()
    }
    await settle()
    const effect = (choices: MemoryChoices): readonly number[] => KEYS.map((key) => denied(choices, key))
    const expected = effect(alone)
    for (const one of [...opened, only]) one.close()
    return nodes.every((choices) => String(effect(choices)) === String(expected))
  }
  test('whoever was told what, whenever the others hear of it', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf(KEYS), async (all) => ok(await run(all, (entry) => entry))),
      { numRuns: RUNS },
    )
    await fc.assert(
      fc.asyncProperty(stepsOf(KEYS.slice(0, 2)), async (all) => ok(await run(all, (entry) => entry))),
      { numRuns: RUNS },
    )
  })

  test('and the comparison notices a process that goes on taking for known what another lifted', async () => {
    const isDeaf = (entry: LogEntry): LogEntry => ({ ...entry, changed: [], lifts: [] })
    const planted = await fc.check(
      fc.asyncProperty(stepsOf(KEYS.slice(0, 2)), async (all) => ok(await run(all, isDeaf))),
      { numRuns: 1_000, endOnFailure: true, seed: 13 },
    )
    equal(planted.failed, true)
  })
})
