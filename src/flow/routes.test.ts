import { deepEqual, equal } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { APP, contract, revision } from '../../test/support/builders.ts'
import type { EventRef, PartnerId } from '../model/brand.ts'
import { NO_STANDING } from '../model/event.ts'
import { topOf } from '../model/field-class.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createDecoders } from '../signals/decoders.ts'
import { createCountryReader } from '../signals/place.ts'
import { acceptedEvent, classifyEvent } from './accept.ts'
import { createParts } from './parts.ts'
import { createPreparer } from './prepare.ts'
import { createRoutes } from './routes.ts'

const types = partnerTypes()
const plan = revision({
  contracts: [
    contract({ id: 'goes' as PartnerId, share: { os: topOf('os') } }),
    contract({ id: 'halted' as PartnerId, share: { user_id: topOf('user_id') } }),
  ],
})
const EVENT = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  context: { os: { name: 'iOS', version: '17' }, location: { country: 'US' } },
}

/** The event as it was accepted while `stopped` were. */
function accept(stopped: (partner: PartnerId) => boolean) {
  const classified = classifyEvent(
    EVENT,
    {
      app: { id: APP },
      signals: { gpc: [], dnt: [] },
      clientIp: undefined,
      receivedAt: 1_000,
      sentAt: undefined,
      shared: undefined,
      ipPlace: undefined,
    },
    {
      revision: plan.number,
      policy: plan.policy,
      routes: createRoutes(plan, (type) => types.get(type)?.abilities, stopped),
      countryOf: createCountryReader(),
      categories: {},
      decoders: createDecoders(),
    },
  )
  if (classified.kind === 'rejected') throw new Error(classified.code)
  const event = acceptedEvent(classified, 'f'.repeat(32) as EventRef, [], {
    revision: plan.number,
    standing: NO_STANDING,
  })
  return { event, partners: classified.partners }
}

/** What becomes of it, decided while `stopped` are. */
function decided(event: ReturnType<typeof accept>['event'], stopped: (partner: PartnerId) => boolean) {
  const parts = createParts(
    { current: () => plan, at: () => plan, stopped },
    types,
    createSecretKey(Buffer.alloc(32, 7)),
  )
  const preparer = createPreparer()
  const judged = preparer.judge(event, NO_STANDING, parts.rules(event), 2_000)
  return Object.fromEntries(
    plan.contracts.map(({ id }) => {
      const { decision } = preparer.prepare(event, judged, parts.forPartner(id, event), parts.app(event), 2_000)
      return [id, decision.kind === 'withhold' ? decision.why : 'goes']
    }),
  )
}

type Stopped = (partner: PartnerId) => boolean
const nobody: Stopped = () => false
const all: Stopped = () => true
const halted: Stopped = (partner) => partner === 'halted'

describe('an event that comes in while a partner is stopped', () => {
  const rows: readonly (readonly [string, Stopped, Stopped, Readonly<Record<string, string>>])[] = [
    ['nobody is stopped', nobody, nobody, { goes: 'goes', halted: 'goes' }],
    ['stopped and still stopped', halted, halted, { goes: 'goes', halted: 'stopped' }],
    ['stopped, and going on before it was decided', halted, nobody, { goes: 'goes', halted: 'stopped' }],
    ['stopped after it came in', nobody, halted, { goes: 'goes', halted: 'stopped' }],
    ['everything stopped', all, nobody, { goes: 'stopped', halted: 'stopped' }],
  ]
  for (const [what, then, now, expected] of rows)
    test(`${what}: each contract’s pair is made, and ends as it should`, () => {
      const { event, partners } = accept(then)
      deepEqual(partners, ['goes', 'halted'])
      deepEqual(decided(event, now), expected)
    })

  test('nothing is kept for the sake of one that is stopped', () => {
    deepEqual(Object.keys(accept(nobody).event.fields).sort(), ['os', 'user_id'])
    deepEqual(Object.keys(accept(halted).event.fields).sort(), ['os'])
    deepEqual(Object.keys(accept(all).event.fields), [])
  })

  test('nobody is named where nobody is stopped', () => {
    equal('stopped' in accept(nobody).event.accepted, false)
  })
})
