/** A value counts as what it is, whatever slot it came in: an e-mail as user id, an advertising id as anonymous id or trait. */
import { ok } from 'node:assert/strict'
import { once, PERSON, partnersGot, type Sent } from '../harness/note.ts'
import type { Check, WorldCase } from '../harness/world-case.ts'

const { idfa, idfv, email, phone, v4 } = PERSON
/** An event whose trait has the value once in `traits`, once in the context's. */
const trait = (traits: object): Sent => ({ traits })

const TRAITS: Readonly<Record<string, Sent>> = {
  'traits-plan-is-idfa': { traits: { plan: idfa } },
  'traits-plan-in-context-is-idfa': trait({ plan: idfa }),
  'traits-handle-is-email': trait({ handle: email }),
  'traits-handle-is-phone': trait({ handle: phone }),
  'traits-handle-is-ip': trait({ handle: v4 }),
  'traits-handle-is-latitude': trait({ handle: '37.774929' }),
  'named-note-repeats-properties-email': { properties: { email: 'other@mail.example', note: 'other@mail.example' } },
  'named-note-repeats-properties-phone': { properties: { phone: '+14155559999', note: '+14155559999' } },
  'ungranted-name-in-note': { note: PERSON.name },
}
const VALUES: Readonly<Record<string, string>> = {
  'traits-plan-is-idfa': idfa,
  'traits-plan-in-context-is-idfa': idfa,
  'traits-handle-is-email': email,
  'traits-handle-is-phone': phone,
  'traits-handle-is-ip': v4,
  'traits-handle-is-latitude': '37.774929',
  'named-note-repeats-properties-email': 'other@mail.example',
  'named-note-repeats-properties-phone': '+14155559999',
  'ungranted-name-in-note': PERSON.name,
  'slot-user-id-is-email': email,
  'slot-user-id-is-phone': phone,
  'slot-anonymous-id-is-idfa': idfa,
  'slot-anonymous-id-is-idfv': idfv,
  'slot-message-id-is-idfa': idfa,
  'slot-message-id-is-email': email,
}
const SLOTS: Readonly<Record<string, Sent>> = {
  'slot-user-id-is-email': { userId: email, optedOut: false },
  'slot-user-id-is-phone': { userId: phone, optedOut: false },
  'slot-anonymous-id-is-idfa': { anonymousId: idfa },
  'slot-anonymous-id-is-idfv': { anonymousId: idfv },
}
const MESSAGES: Readonly<Record<string, Sent>> = {
  'slot-message-id-is-idfa': { messageId: idfa },
  'slot-message-id-is-email': { messageId: email },
}

const traitsGot = once((world) =>
  partnersGot(
    world,
    {
      ...TRAITS,
      plain: {
        traits: { plan: 'premium', handle: 'puzzler' },
        note: 'ord-20260102-7',
        properties: { order: 'ord-20260102-7' },
      },
    },
    { optOut: true, all: false, properties: { note: 'note', 'traits.plan': 'plan', 'traits.handle': 'handle' } },
  ),
)
const slotsGot = once((world) =>
  partnersGot(
    world,
    {
      ...SLOTS,
      plain: { userId: 'usr-90001-kx', anonymousId: 'b1c2d3e4-0000-4000-8000-00000000aaaa', optedOut: false },
    },
    { optOut: false, all: false, share: { message_id: 'pass', user_id: 'pass', anonymous_id: 'pass' } },
  ),
)
/** Keyed pseudonyms are granted where the value is not: the account's id of a messenger is the phone number. */
const pseudonymsGot = once((world) =>
  partnersGot(world, SLOTS, {
    optOut: false,
    all: false,
    share: { message_id: 'pass', user_id: 'pseudonym', anonymous_id: 'pseudonym' },
  }),
)
const messagesGot = once((world) => partnersGot(world, MESSAGES, { optOut: true, all: false }))

type Got = typeof traitsGot
const isAbsent =
  (got: Got, id: string): Check =>
  async (world) => {
    for (const body of (await got(world))[id]!) ok(body?.includes(VALUES[id]!) !== true, `a partner got ${body}`)
  }
const has =
  (got: Got, id: string, ...texts: readonly string[]): Check =>
  async (world) => {
    for (const body of (await got(world))[id]!)
      ok(
        texts.every((text) => body?.includes(text)),
        `a partner got ${body}`,
      )
  }

export const world: WorldCase = {
  source:
    'GDPR Art. 4(1); Segment, identify (traits); CCPA 1798.140(v): what identifies somebody does so under any name',
  faults: {
    ...Object.fromEntries(Object.keys(TRAITS).map((id) => [id, isAbsent(traitsGot, id)])),
    ...Object.fromEntries(Object.keys(SLOTS).map((id) => [id, isAbsent(slotsGot, id)])),
    ...Object.fromEntries(Object.keys(MESSAGES).map((id) => [id, isAbsent(messagesGot, id)])),
  },
  neighbours: {
    'plain traits, and an order number that is there twice': has(
      traitsGot,
      'plain',
      'premium',
      'puzzler',
      'ord-20260102-7',
    ),
    'a user id and an anonymous id of their own': has(
      slotsGot,
      'plain',
      'usr-90001-kx',
      'b1c2d3e4-0000-4000-8000-00000000aaaa',
    ),
    ...Object.fromEntries(Object.keys(SLOTS).map((id) => [`the pseudonym of ${id}`, has(pseudonymsGot, id, 'p1.')])),
  },
}
