/**
 * P4 and P5 over both fronts, by one harness: an event's item and a relayed request go through the same core while choices,
 * terms, the clock, erasures, stops and the partner's breaker change at any moment. Whatever begins is what would be
 * decided at that very moment, and its INTENT was durable before.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { countsAsPartnerFailure } from '../../src/delivery/settling.ts'
import { disclose, PAUSED } from '../../src/flow/disclose.ts'
import { createParts } from '../../src/flow/parts.ts'
import type { PartnerGate, Permit, Recorder, WireResult } from '../../src/flow/ports.ts'
import { createPreparer } from '../../src/flow/prepare.ts'
import { prepareRelay } from '../../src/flow/relay-prepare.ts'
import { type DecideDeps, decideNow, type Front, type Sending } from '../../src/flow/sendable.ts'
import type { DisclosureId } from '../../src/model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../../src/model/contract.ts'
import type { LedgerEntry, Outcome } from '../../src/model/disclosure.ts'
import type { AcceptedEvent } from '../../src/model/event.ts'
import { NO_STANDING, type Standing } from '../../src/model/event.ts'
import { topOf } from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS } from '../../src/model/signal.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { contract, finding, PARTNER, revision } from '../support/builders.ts'
import { runCore } from '../support/gateway-core.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const RUNS = Number(process.env.SLUICE_CASES ?? 400)
const KEY = createSecretKey(Buffer.alloc(32, 7))
const types = partnerTypes()
const OPTED_OUT: Standing = { findings: [finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })] }
/** When the wider of a contract's terms end by themselves. */
const LAPSE = 1_000
const DEVICE = '6D92078A-8246-4BA4-AE5B-76104861E7DC'

/** What may happen at any moment. */
const CHANGES = [
  'opt out',
  'opt in',
  'pass',
  'erase',
  'stop',
  'go on',
  'narrow',
  'widen',
  'move',
  'rest',
  'wake',
  'lose',
  'find',
] as const
type Change = (typeof CHANGES)[number]

interface Tested {
  readonly name: string
  /** The contract, with wider terms until `LAPSE`. */
  readonly contracts: { readonly wide: ContractPlan; readonly narrow: ContractPlan; readonly moved: ContractPlan }
  /** `n` things of as many people. */
  make(n: number): readonly { readonly event: AcceptedEvent; readonly front: (deps: DecideDeps) => Front<Sending> }[]
}

const lapsing = (wide: ContractPlan, narrow: ContractPlan): ContractPlan => ({
  ...wide,
  bounds: [{ contract: narrow, when: { kind: 'from', at: LAPSE } }],
})

const SHARE = { advertising_id: topOf('advertising_id'), os: topOf('os') }
const eventTerms = { whenRestricted: { send: 'limited' as const, share: { os: topOf('os') } } }
const HOOKS = { url: 'https://northwind.example/hooks', batch: true }
const narrowEvents = contract({ share: { os: topOf('os') }, ...eventTerms, connection: HOOKS })
const events: Tested = {
  name: 'events',
  contracts: {
    wide: lapsing(contract({ share: SHARE, ...eventTerms, connection: HOOKS }), narrowEvents),
    narrow: narrowEvents,
    moved: contract({ share: SHARE, ...eventTerms, connection: { ...HOOKS, url: 'https://elsewhere.example/hooks' } }),
  },
  make: (n) =>
    Array.from({ length: n }, (_, index) => {
      const { event } = runCore({
        contracts: [contract({ share: SHARE, ...eventTerms, connection: HOOKS })],
        event: {
          type: 'track',
          event: 'Order Completed',
          messageId: `m-${index}`,
          userId: `u-${index}`,
          context: { device: { advertisingId: DEVICE }, os: { name: 'Android', version: '14' } },
        },
        signals: { country: ['US'] },
      })
      return {
        event,
        front:
          ({ preparer, parts }: DecideDeps): Front<Sending> =>
          (judged, joined, at) =>
            preparer.prepare(event, judged, joined, parts.app(event), at),
      }
    }),
}

const relayTerms = { whenRestricted: { send: 'limited' as const, share: { os: topOf('os') } } }
const narrowRelay = relayContract('openrtb26', { os: topOf('os') }, relayTerms)
const relayed: Tested = {
  name: 'relayed requests',
  contracts: {
    wide: lapsing(relayContract('openrtb26', SHARE, relayTerms), narrowRelay),
    narrow: narrowRelay,
    moved: relayContract('openrtb26', SHARE, {
      ...relayTerms,
      connection: { url: 'https://elsewhere.example/bid', imp: [{ id: '1' }] },
    }),
  },
  make: () => {
    const { read } = runRelay({
      contract: relayContract('openrtb26', SHARE, relayTerms),
      request: {
        query: {},
        headers: {},
        content: { id: 'a', device: { ifa: DEVICE, os: 'Android', geo: { country: 'USA' } } },
      },
    })
    const { event } = runCore({ contracts: [contract()], event: { type: 'track', event: 'x', userId: 'u' } })
    const own: AcceptedEvent = { ...event, eventKey: read.eventKey, signals: read.signals, fields: {}, tainted: [] }
    return [
      {
        event: own,
        front:
          ({ preparer, parts }: DecideDeps): Front<Sending> =>
          (judged, joined, at) =>
            prepareRelay(preparer.decide, read, own, judged, joined, parts.app(own), at),
      },
    ]
  },
}

/** The state of everything, and how it changes. Made once: what is compiled from contracts stays. */
function worldOf({ wide, narrow, moved }: Tested['contracts']) {
  const plans = Object.fromEntries(
    Object.entries({ wide, narrow, moved }).map(([name, one]) => [name, revision({ contracts: [one] })]),
  ) as Record<keyof Tested['contracts'], RevisionPlan>
  const start = {
    time: 0,
    stamp: 0,
    standing: NO_STANDING,
    erased: false,
    stopped: false,
    plan: plans.wide,
    rests: false,
    /** The choices cannot be read. */
    lost: false,
  }
  let now = { ...start, closings: 0 }
  const judged: Outcome[] = []
  const deps: DecideDeps = {
    standing: {
      lookup: () => {
        if (now.lost) throw new Error('disk I/O error')
        return { standing: now.standing, stamp: now.stamp }
      },
      isCurrent: (read) => read === now.stamp,
    },
    parts: createParts({ current: () => now.plan, at: () => plans.wide, stopped: () => now.stopped }, types, KEY),
    preparer: createPreparer(),
    current: () => now.plan,
    now: () => now.time,
    isErased: () => now.erased,
  }
  const gate: PartnerGate = {
    admit: () => {
      const given = now.closings
      const permit: Permit = {
        isValid: () => given === now.closings,
        ended: (outcome) => void judged.push(outcome),
        unused: () => undefined,
      }
      return now.rests ? undefined : permit
    },
  }
  /** What readers of a stamp are told of. */
  const told = (part: Partial<typeof now>): void => {
    now = { ...now, ...part, stamp: now.stamp + 1 }
  }
  const changes: Readonly<Record<Change, () => void>> = {
    'opt out': () => told({ standing: OPTED_OUT }),
    'opt in': () => told({ standing: NO_STANDING }),
    stop: () => told({ stopped: true }),
    'go on': () => told({ stopped: false }),
    narrow: () => told({ plan: plans.narrow }),
    widen: () => told({ plan: plans.wide }),
    move: () => told({ plan: plans.moved }),
    // Of these nobody is told: who sends has to ask.
    pass: () => {
      now = { ...now, time: now.time + LAPSE }
    },
    erase: () => {
      now = { ...now, erased: true }
    },
    rest: () => {
      now = { ...now, rests: true, closings: now.closings + 1 }
    },
    wake: () => {
      now = { ...now, rests: false }
    },
    lose: () => {
      now = { ...now, lost: true }
    },
    find: () => {
      now = { ...now, lost: false }
    },
  }
  return {
    deps,
    gate,
    reset: () => {
      now = { ...start, closings: 0 }
      judged.length = 0
    },
    /** What was held for or against the partner. */
    judged,
    /** What is so, whether anybody can read it or not. */
    truly: <T>(ask: () => T): T => {
      const { lost } = now
      now = { ...now, lost: false }
      try {
        return ask()
      } finally {
        now = { ...now, lost }
      }
    },
    change: (name: Change) => changes[name](),
    rests: () => now.rests,
    now: () => now.time,
  }
}

/** A rest ends a run, and so has to come often for what else there is to be seen. */
const moments = fc.array(fc.array(fc.constantFrom(...CHANGES, 'rest' as const), { maxLength: 2 }), {
  minLength: 8,
  maxLength: 8,
})

for (const { name, contracts, make } of [events, relayed]) {
  test(`${name}: what begins is what would be decided at that moment, and its intent was durable before`, async () => {
    const seen = { delivered: 0, cancelled_not_sent: 0, failed_before_write: 0, resting: 0, not_fresh: 0 }
    const world = worldOf(contracts)
    const made = make(3).map(({ event, front }) => ({ event, front: front(world.deps) }))
    const decide = (index: number) => decideNow(PARTNER, made[index]!.event, 1, made[index]!.front, world.deps)

    const run = async (script: readonly (readonly Change[])[]): Promise<void> => {
      world.reset()
      const turns = script.values()
      const change = (): void => {
        for (const one of turns.next().value ?? []) world.change(one)
      }
      change()
      // What cannot be read is not prepared at all.
      world.change('find')
      const sendables = made.flatMap((_, index) => {
        const decided = decide(index)
        return decided.kind === 'sendable' ? [decided.sendable] : []
      })
      if (sendables.length === 0) return
      const durable: LedgerEntry[] = []
      const recorder: Recorder = {
        announce: async (records) => {
          change()
          await Promise.resolve()
          durable.push(...records)
          change()
          return durable.length
        },
        conclude: async (records) => void durable.push(...records),
      }
      const requireRight = (body: string): void => {
        equal(world.rests(), false, 'the partner is left alone')
        const fresh = made.flatMap((_, index) => {
          const decided = world.truly(() => decide(index))
          return decided.kind === 'sendable' ? [decided.sendable.prepared] : []
        })
        const right = fresh.find((one) => body.includes(one.bytes) || body === one.request?.body)
        ok(right !== undefined, `${body} is not what is decided now`)
        deepEqual(right.contract.connection, sendables[0]!.prepared.contract.connection)
        for (const { prepared } of sendables)
          if (body.includes(prepared.bytes)) ok(fresh.some(({ bytes }) => bytes === prepared.bytes))
        ok(
          durable.some((record) => 'item' in record && record.item === right.bytes),
          'no intent',
        )
      }
      const disclosed = await disclose(sendables, {
        recorder,
        gate: world.gate,
        now: world.now,
        newId: () => 'id' as DisclosureId,
        wire: {
          send: async (_partner, { body }, begin): Promise<WireResult> => {
            change()
            if (!begin()) return { kind: 'cancelled_not_sent', why: 'stopped' }
            requireRight(body)
            return { kind: 'answered', status: 204, headers: {}, body: '' }
          },
        },
      })
      if (disclosed === PAUSED) {
        seen.resting++
        deepEqual(durable, [])
        return
      }
      for (const { outcome, failure } of disclosed) {
        const isOurs = outcome.kind === 'cancelled_not_sent' && outcome.why === 'not_fresh'
        seen[isOurs ? 'not_fresh' : (outcome.kind as keyof typeof seen)]++
        equal(failure !== undefined, isOurs)
      }
      deepEqual(world.judged.filter(countsAsPartnerFailure), [])
      for (const kind of ['intent', 'outcome'])
        equal(durable.filter((record) => record.kind === kind).length, sendables.length)
    }
    await fc.assert(fc.asyncProperty(moments, run), { numRuns: RUNS })
    for (const [what, count] of Object.entries(seen)) ok(count > RUNS / 50, `${what}: ${count}`)
  })
}
