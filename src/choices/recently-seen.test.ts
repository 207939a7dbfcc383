import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { Finding } from '../model/signal.ts'
import { EVERYONE } from './last-changed.ts'
import type { Kept } from './ports.ts'
import { createRecentlySeen, distinct } from './recently-seen.ts'

const DEVICE = 'd'.repeat(32) as IdentityKey
const USER = 'a'.repeat(32) as IdentityKey
const LIMITED: Finding = {
  signal: 'lmt',
  denies: 7,
  permits: 0,
  deviceLimit: true,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'lmt',
}
const NOTHING_NEW: Kept = { narrowed: false, lifted: false, settled: true }
const said = (more: Partial<Observation> = {}): Observation => ({
  identities: [DEVICE],
  device: DEVICE,
  restricting: [],
  lifting: [],
  at: 10,
  ...more,
})
const restricted = (at = 10): Observation => said({ restricting: [LIMITED], at })
const allowed = (at = 10): Observation => said({ lifting: ['lmt'], at })

describe('people who belong together', () => {
  test('are written once a month anew, so that a link in use is known to be; somebody alone is not', () => {
    const [january, february] = [Date.UTC(2026, 0, 31), Date.UTC(2026, 1, 1)]
    for (const [identities, isKnown] of [
      [[DEVICE, USER], false],
      [[DEVICE], true],
    ] as const) {
      const known = createRecentlySeen()
      known.sending(said({ identities, at: january })).written(NOTHING_NEW, 1)()
      equal(known.knows(said({ identities, at: january + 1 })), true)
      equal(known.knows(said({ identities, at: february })), isKnown)
    }
  })
})

describe('what is known, and the feed tells of a change', () => {
  const learnt = () => {
    const known = createRecentlySeen()
    known.sending(said({ identities: [DEVICE, USER], restricting: [LIMITED] })).written(NOTHING_NEW, 1)()
    return known
  }
  const both = (at: number) => said({ identities: [DEVICE, USER], restricting: [LIMITED], at })
  const lift = (keys: readonly IdentityKey[], at: number) => ({ at: 2, changed: keys, lifts: [{ keys, at }] })

  test('of one of its identities: nothing is known of it any more', () => {
    const known = learnt()
    known.onEntry({ at: 2, changed: ['b'.repeat(32) as IdentityKey], lifts: [] })
    equal(known.knows(both(20)), true)
    known.onEntry({ at: 3, changed: [USER], lifts: [] })
    equal(known.knows(both(20)), false)
  })

  test('of everyone: nothing is known of anybody', () => {
    const known = learnt()
    known.onEntry({ at: 2, changed: EVERYONE, lifts: [] })
    equal(known.knows(both(20)), false)
  })

  test('what was taken for known at the time of a lift or later is written, once; what was said before it is not', () => {
    for (const [liftedAt, written] of [
      [29, [30]],
      [30, [30]],
      [31, []],
    ] as const) {
      const known = learnt()
      equal(known.knows(both(20)), true)
      equal(known.knows(both(30)), true)
      const again = known.onEntry(lift([USER], liftedAt))
      deepEqual(
        again.map(({ at }) => at),
        written,
      )
      deepEqual(known.onEntry(lift([USER], 0)), [])
    }
  })

  test('behind a statement that is under way: it is not learnt as that ends', () => {
    for (const [toldAt, isKnown] of [
      [4, true],
      [5, true],
      [6, false],
    ] as const) {
      const known = createRecentlySeen()
      const sending = known.sending(both(10))
      known.onEntry({ at: toldAt, changed: [USER], lifts: [] })
      sending.written(NOTHING_NEW, 5)()
      equal(known.knows(both(11)), isKnown, String(toldAt))
    }
  })

  test('a lift that is older than what was said again since still lifts nothing of it', () => {
    const known = learnt()
    equal(known.knows(both(30)), true)
    known.onEntry({ at: 2, changed: [USER], lifts: [] })
    deepEqual(known.sending(said({ lifting: ['lmt'], at: 25 })).observation.lifting, [])
    deepEqual(known.sending(said({ lifting: ['lmt'], at: 35 })).observation.lifting, ['lmt'])
  })
})

describe('what is known to be kept', () => {
  test('is known once it is in force, and not before', () => {
    const known = createRecentlySeen()
    const learn = known.sending(restricted()).written({ ...NOTHING_NEW, narrowed: true })
    equal(known.knows(restricted()), false)
    learn()
    equal(known.knows(restricted()), true)
  })

  test('holds for exactly these identities and what was said of them', () => {
    const known = createRecentlySeen()
    known.sending(restricted()).written(NOTHING_NEW)()
    equal(known.knows(said()), true)
    equal(known.knows(said({ restricting: [LIMITED], identities: [DEVICE, USER] })), false)
    equal(known.knows(said({ restricting: [{ ...LIMITED, denies: 15 }] })), false)
    equal(known.knows(allowed()), false)
  })

  test('is forgotten for every request of a device when the device says something new', () => {
    const known = createRecentlySeen()
    const withUser = said({ identities: [DEVICE, USER], restricting: [LIMITED] })
    known.sending(withUser).written(NOTHING_NEW)()
    known.sending(allowed()).written({ ...NOTHING_NEW, lifted: true })()
    equal(known.knows(withUser), false)
    equal(known.knows(allowed()), true)
  })

  test('learning that comes after a change teaches nothing', () => {
    const known = createRecentlySeen()
    const learn = known.sending(restricted()).written({ ...NOTHING_NEW, narrowed: true })
    known.sending(allowed()).written({ ...NOTHING_NEW, lifted: true })()
    learn()
    equal(known.knows(restricted()), false)
  })

  test('a restriction is not taken for known while a lift of the same device is under way', () => {
    const known = createRecentlySeen()
    known.sending(restricted()).written(NOTHING_NEW)()
    const lift = known.sending(allowed(11))
    equal(known.knows(restricted(12)), false)
    lift.failed()
    equal(known.knows(restricted(12)), true)
  })

  test('a lift that is older than the last time the restriction was said again is not sent', () => {
    const known = createRecentlySeen()
    known.sending(restricted(10)).written(NOTHING_NEW)()
    equal(known.knows(restricted(20)), true)
    deepEqual(known.sending(allowed(15)).observation.lifting, [])
    deepEqual(known.sending(allowed(20)).observation.lifting, [])
    deepEqual(known.sending(allowed(21)).observation.lifting, ['lmt'])
    deepEqual(known.sending(said({ lifting: ['gpc', 'lmt'], at: 15 })).observation.lifting, ['gpc'])
  })

  test('what did not settle is not learned', () => {
    const known = createRecentlySeen()
    known.sending(allowed()).written({ ...NOTHING_NEW, settled: false })()
    equal(known.knows(allowed()), false)
  })

  test('nothing is known during and after a choice that may lift', async () => {
    const known = createRecentlySeen()
    known.sending(restricted()).written(NOTHING_NEW)()
    await known.duringChange(async () => {
      equal(known.knows(restricted()), false)
    })
    equal(known.knows(restricted()), false)
  })

  test('what no identity stands for is always known: there is nothing to keep', () => {
    const { device: _, ...noDevice } = said({ identities: [], restricting: [LIMITED] })
    equal(createRecentlySeen().knows(noDevice), true)
  })
})

test('events of a batch that say the same are written once', () => {
  const withUser = said({ identities: [DEVICE, USER] })
  deepEqual(distinct([restricted(), said(), restricted(), withUser, said()]), [restricted(), said(), withUser])
})
