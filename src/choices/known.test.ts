import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { Finding } from '../model/signal.ts'
import type { Kept } from './keep.ts'
import { createKnown, distinct } from './known.ts'

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

describe('what is known to be kept', () => {
  test('is known once it is in force, and not before', () => {
    const known = createKnown()
    const learn = known.sending(restricted()).written({ ...NOTHING_NEW, narrowed: true })
    equal(known.knows(restricted()), false)
    learn()
    equal(known.knows(restricted()), true)
  })

  test('holds for exactly these identities and what was said of them', () => {
    const known = createKnown()
    known.sending(restricted()).written(NOTHING_NEW)()
    equal(known.knows(said()), true)
    equal(known.knows(said({ restricting: [LIMITED], identities: [DEVICE, USER] })), false)
    equal(known.knows(said({ restricting: [{ ...LIMITED, denies: 15 }] })), false)
    equal(known.knows(allowed()), false)
  })

  test('is forgotten for every request of a device when the device says something new', () => {
    const known = createKnown()
    const withUser = said({ identities: [DEVICE, USER], restricting: [LIMITED] })
    known.sending(withUser).written(NOTHING_NEW)()
    known.sending(allowed()).written({ ...NOTHING_NEW, lifted: true })()
    equal(known.knows(withUser), false)
    equal(known.knows(allowed()), true)
  })

  test('learning that comes after a change teaches nothing', () => {
    const known = createKnown()
    const learn = known.sending(restricted()).written({ ...NOTHING_NEW, narrowed: true })
    known.sending(allowed()).written({ ...NOTHING_NEW, lifted: true })()
    learn()
    equal(known.knows(restricted()), false)
  })

  test('a restriction is not taken for known while a lift of the same device is under way', () => {
    const known = createKnown()
    known.sending(restricted()).written(NOTHING_NEW)()
    const lift = known.sending(allowed(11))
    equal(known.knows(restricted(12)), false)
    lift.failed()
    equal(known.knows(restricted(12)), true)
  })

  test('a lift that is older than the last time the restriction was said again is not sent', () => {
    const known = createKnown()
    known.sending(restricted(10)).written(NOTHING_NEW)()
    equal(known.knows(restricted(20)), true)
    deepEqual(known.sending(allowed(15)).observation.lifting, [])
    deepEqual(known.sending(allowed(20)).observation.lifting, [])
    deepEqual(known.sending(allowed(21)).observation.lifting, ['lmt'])
    deepEqual(known.sending(said({ lifting: ['gpc', 'lmt'], at: 15 })).observation.lifting, ['gpc'])
  })

  test('what did not settle is not learned', () => {
    const known = createKnown()
    known.sending(allowed()).written({ ...NOTHING_NEW, settled: false })()
    equal(known.knows(allowed()), false)
  })

  test('nothing is known during and after a choice that may lift', async () => {
    const known = createKnown()
    known.sending(restricted()).written(NOTHING_NEW)()
    await known.duringChange(async () => {
      equal(known.knows(restricted()), false)
    })
    equal(known.knows(restricted()), false)
  })

  test('what no identity stands for is always known: there is nothing to keep', () => {
    const { device: _, ...noDevice } = said({ identities: [], restricting: [LIMITED] })
    equal(createKnown().knows(noDevice), true)
  })
})

test('events of a batch that say the same are written once', () => {
  const withUser = said({ identities: [DEVICE, USER] })
  deepEqual(distinct([restricted(), said(), restricted(), withUser, said()]), [restricted(), said(), withUser])
})
