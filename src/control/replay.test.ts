import { equal, ok } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { acceptedEvent, revision } from '../../test/support/builders.ts'
import { offlineDeps } from '../flow/simulate/suppose.ts'
import { createWorld } from '../flow/simulate/world.ts'
import type { RecentEvents } from '../intake/ports.ts'
import type { Position } from '../model/brand.ts'
import { NO_STANDING } from '../model/event.ts'
import { partnerTypes } from '../partners/registry.ts'
import { replay } from './replay.ts'
import type { SimulateDeps } from './simulate.ts'

const plan = revision()
const types = partnerTypes()

function depsOver(recent: SimulateDeps['recent']): SimulateDeps {
  return {
    ...offlineDeps(),
    current: () => plan,
    revisionAt: () => undefined,
    worldOf: (one) =>
      createWorld(one, { types, pseudonymKey: createSecretKey(Buffer.alloc(32)), stopped: () => false }),
    readDraft: () => ({ ok: true, plans: plan, warnings: [], brokenCases: [] }),
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
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    const begun = performance.now()
    const { events, ended } = await replay({ last: 100_000, budget_ms: 150 }, depsOver(endless))
    clearInterval(ticking)
    equal(ended, 'budget')
    ok(events > 0 && events < 100_000)
    ok(performance.now() - begun < 5_000)
    ok(turns > 3, `only ${turns} turns`)
  })

  test('what cannot be read counts towards the number asked for', async () => {
    const gone = async (): Promise<RecentEvents> => ({ events: [], unreadable: 128, next: undefined })
    const { events, unreadable, ended } = await replay({ last: 1_000, budget_ms: 1_000 }, depsOver(gone))
    equal(`${events} ${unreadable} ${ended}`, '0 128 all')
  })
})
