import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash, createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { contract, PARTNER, revision } from '../../test/support/builders.ts'
import type { IdentityKey } from '../model/brand.ts'
import type { Identity } from '../model/event.ts'
import { partnerTypes } from '../partners/registry.ts'
import { NO_STATE } from './state.ts'
import { offlineDeps, prepareFor, type Scenario, type SupposeDeps, suppose } from './suppose.ts'
import { createWorld } from './world.ts'

const keyOf = ({ kind, value }: Identity): IdentityKey =>
  createHash('sha256').update(`${kind}\0${value}`).digest('hex').slice(0, 32) as IdentityKey
const types = partnerTypes()
const worldOf = (plan: ReturnType<typeof revision>) =>
  createWorld(plan, { types, pseudonymKey: createSecretKey(Buffer.alloc(32, 7)), stopped: () => false })
const scenario = (userId: string): Scenario => ({
  app: 'messenger-ios',
  event: {
    type: 'track',
    event: 'Order Completed',
    userId,
    context: { location: { country: 'US' }, os: { name: 'iOS' } },
  },
  headers: {},
  clientIp: undefined,
  state: NO_STATE,
  at: 1_700_000_000_000,
})

describe('suppose: a staged rollout', () => {
  const before = contract({ share: {} })
  const staged = contract({ bounds: [{ contract: before, when: { kind: 'outside', percent: 50 } }] })
  const world = worldOf(revision({ contracts: [staged] }))
  const hasOs = (userId: string, deps: SupposeDeps): boolean => {
    const supposed = suppose(world, scenario(userId), deps)
    ok(supposed.kind === 'supposed')
    const prepared = prepareFor(world, supposed, PARTNER)
    ok(prepared.kind === 'item')
    return prepared.view.os !== undefined
  }

  test('the person’s own key decides who is in it, the same each time', () => {
    const deps = { ...offlineDeps(), keyOf }
    const people = Array.from({ length: 60 }, (_, index) => `person-${index}`)
    const inside = people.map((person) => hasOs(person, deps))
    deepEqual(
      people.map((person) => hasOs(person, deps)),
      inside,
    )
    const count = inside.filter(Boolean).length
    ok(count > 12 && count < 48, `${count} of 60 are inside`)
  })

  test('without keys everybody is outside', () => {
    equal(hasOs('person-1', offlineDeps()), false)
  })
})

describe('suppose: what cannot be', () => {
  const world = worldOf(revision())
  test('an app nobody knows, and an event that ingress would refuse, say why', () => {
    deepEqual(suppose(world, { ...scenario('u'), app: 'other' }, offlineDeps()), {
      kind: 'refused',
      code: 'UNKNOWN_APP',
    })
    deepEqual(suppose(world, { ...scenario('u'), event: { type: 'track', userId: 'u' } }, offlineDeps()), {
      kind: 'refused',
      code: 'EVENT_NAME_MISSING',
    })
  })
})
