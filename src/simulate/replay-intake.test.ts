import { equal } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { acceptedEvent, revision } from '../../test/support/builders.ts'
import { TOO_SLOW, withMoreTime } from '../../test/support/patience.ts'
import type { Position } from '../model/brand.ts'
import { NO_STANDING } from '../model/event.ts'
import { partnerTypes } from '../partners/registry.ts'
import type { RecentEvents } from './ports.ts'
import { replay } from './replay-intake.ts'
import type { SimulateDeps } from './simulator.ts'
import { offlineDeps } from './suppose.ts'
import { createWorld } from './world.ts'

const plan = revision()
const types = partnerTypes()

function depsOver(recent: SimulateDeps['recent']): SimulateDeps {
  return {
    ...offlineDeps(),
    current: () => plan,
    revisionAt: () => undefined,
    worldOf: (one) =>
      createWorld(one, { types, pseudonymKey: createSecretKey(Buffer.alloc(32)), stopped: () => false }),
    readDraft: async () => ({ ok: true, plans: plan, warnings: [], brokenCases: [] }),
    recent,
    standingOf: () => NO_STANDING,
    now: () => 1_700_000_000_000,
  }
}

/** An intake that never ends. */
const endless = async (before: Position | undefined, max: number): Promise<RecentEvents> => ({
  events: Array.from({ length: max }, () => acceptedEvent({ fields: { os: { name: 'iOS' } } })),
  unreadable: 0,
  next: `${Number(before ?? 1_000_000) - max}` as Position,
})

describe('replay: bounded work', () => {
  test('looks at as many events as it was asked for and no more', async () => {
    const { events, ended, partners } = await replay({ last: 300, budget_ms: 60_000 }, depsOver(endless))
    equal(`${events} ${ended} ${partners[0]?.same}`, '300 asked 300')
  })

  test('ends with what it has once its time is over, and lets others have their turns meanwhile', async () => {
    await withMoreTime(150, async (budget_ms) => {
      let turns = 0
      const ticking = setInterval(() => turns++, 1)
      const { events, ended } = await replay({ last: Number.MAX_SAFE_INTEGER, budget_ms }, depsOver(endless))
      clearInterval(ticking)
      equal(ended, 'budget')
      return events > 0 && turns > 3 ? true : TOO_SLOW
    })
  })

  test('what cannot be read counts towards the number asked for', async () => {
    const gone = async (): Promise<RecentEvents> => ({ events: [], unreadable: 128, next: undefined })
    const { events, unreadable, ended } = await replay({ last: 1_000, budget_ms: 1_000 }, depsOver(gone))
    equal(`${events} ${unreadable} ${ended}`, '0 128 all')
  })
})
