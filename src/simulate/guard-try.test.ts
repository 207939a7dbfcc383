import { deepEqual, equal } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { acceptedEvent, contract, revision } from '../../test/support/builders.ts'
import { printTried } from '../cli/guard.ts'
import { type AcceptedEvent, NO_STANDING } from '../model/event.ts'
import { topOf } from '../model/field-class.ts'
import { partnerTypes } from '../partners/registry.ts'
import { tryGuard } from './guard-try.ts'
import { offlineDeps } from './suppose.ts'
import { createWorld } from './world.ts'

const EMAIL = 'anna.brown@mail.example'
const plan = revision({
  contracts: [
    contract({
      events: { 'Order Completed': { as: 'purchase', properties: { note: 'note' } } },
      share: { message_id: topOf('message_id') },
      whenRestricted: { send: 'limited', share: { message_id: topOf('message_id'), property: topOf('property') } },
    }),
  ],
})
const types = partnerTypes()
const noting = (note: string): AcceptedEvent =>
  acceptedEvent({ eventKey: 'Order Completed', fields: { email: EMAIL, message_id: 'm-1', property: { note } } })

const tried = (...notes: readonly string[]) =>
  tryGuard(
    { last: 100, budget_ms: 60_000 },
    {
      ...offlineDeps(),
      current: () => plan,
      worldOf: (one) =>
        createWorld(one, { types, pseudonymKey: createSecretKey(Buffer.alloc(32)), stopped: () => false }),
      recent: async () => ({ events: notes.map(noting), unreadable: 1, next: undefined }),
      standingOf: () => NO_STANDING,
      now: () => 1_700_000_000_000,
    },
  )

describe('guard try: what would newly be withheld', () => {
  test('is counted by kind and form; what the guard before found as well is not new', async () => {
    const { events, unreadable, ended, partners } = await tried(
      'nothing',
      EMAIL,
      'anna.brown+x@mail.example',
      'anna.brown',
    )
    deepEqual([events, unreadable, ended], [4, 1, 'all'])
    equal(partners.length, 1)
    const [{ events: concerned, asBefore, newly } = {}] = partners
    deepEqual([concerned, asBefore], [4, 1])
    deepEqual(newly, [
      { what: 'email', form: 'normalised', count: 1 },
      { what: 'email', form: 'part', count: 1 },
    ])
  })

  test('is printed without a value', async () => {
    const lines = printTried(await tried('anna.brown')).join('\n')
    equal(lines.includes('anna'), false)
    equal(lines.includes('1  email, part'), true)
  })
})
