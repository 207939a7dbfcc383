/** An approver reads everything that a change lets through: what is not told is not approved. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Plans } from '../../src/contracts/config.ts'
import { diffPlans } from '../../src/diff/diff.ts'
import { termsInWords } from '../../src/diff/terms-in-words.ts'
import { wordsOfDiff } from '../../src/diff/words.ts'
import type { Bound, ContractPlan } from '../../src/model/contract.ts'
import { ipLevel } from '../../src/model/field-class.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { APP, contract, policy } from '../support/builders.ts'

const NOW = Date.UTC(2026, 0, 1)
const END = Date.UTC(2031, 1, 3, 4, 5, 6)
const types = partnerTypes()
const plans = (...contracts: readonly ContractPlan[]): Plans => ({
  policy: policy(),
  apps: [{ id: APP, name: 'Messenger', writeKeys: ['key'], retiredKeys: [] }],
  contracts,
})
const words = (before: Plans, after: Plans): string =>
  wordsOfDiff(diffPlans(before, after, { abilitiesOf: (type) => types.get(type)?.abilities, now: NOW }))

const ADDRESS = 'https://collect.unknown-host.example/hooks/in?x=1'
const TERMS = contract({
  purposes: ['advertising', 'measurement'],
  countries: ['US', 'SG'],
  events: { 'Order Completed': { as: 'purchase', properties: { gift_wording: 'gift', coupon_code: 'coupon' } } },
  share: { advertising_id: 2, ip: ipLevel(24, 48), place: 1 },
  connection: { url: ADDRESS },
})

describe('what an approver reads', () => {
  test('of a new partner: role, purposes, countries, address, apps, policy, contact and each property', () => {
    const said = words(plans(), plans(TERMS))
    for (const line of [
      'role: third_party',
      'purposes: advertising, measurement',
      'processes in: US, SG',
      `address: ${ADDRESS}`,
      `apps: ${APP}`,
      `privacy policy: ${TERMS.privacyPolicy}`,
      `contact: ${TERMS.contact}`,
      'the property gift_wording of Order Completed, as gift',
      'the property coupon_code of Order Completed, as coupon',
    ])
      equal(said.includes(line), true, `${line}\n${said}`)
  })

  test('of an event that is new to a partner: its properties', () => {
    const more = { ...TERMS, events: { ...TERMS.events, Login: { as: 'login', properties: { method: 'how' } } } }
    match(words(plans(TERMS), plans(more)), /the property method of Login, as how/)
  })

  test('of another address: both, with what they carry', () => {
    const moved = { ...TERMS, connection: { url: 'https://other.example/px?id={idfa}' } }
    const said = words(plans(TERMS), plans(moved))
    match(said, /address: https:\/\/other\.example\/px\?id=\{idfa\} instead of https:\/\/collect\.unknown-host/)
  })

  test('of many countries: which', () => {
    const places = Object.fromEntries(['US', 'PR', 'GU', 'VI', 'AS', 'MP'].map((place) => [place, 'us']))
    const mine = { ...plans(TERMS), policy: policy({ places }) }
    const more = { ...mine, contracts: [{ ...TERMS, share: { ...TERMS.share, gender: 1 } }] }
    match(words(mine, more), /in 6 countries \(AS, GU, MP, PR, US, VI\)/)
  })
})

describe('what is staged', () => {
  const wider: ContractPlan = { ...TERMS, share: { ...TERMS.share, user_id: 1 } }
  const at = (...when: readonly Bound['when'][]): ContractPlan => ({
    ...wider,
    bounds: when.map((one) => ({ contract: TERMS, when: one })),
  })
  const outside = (percent: number) => ({ kind: 'outside', percent }) as const
  const rows: readonly (readonly [string, ContractPlan, ContractPlan, RegExp])[] = [
    ['a share', TERMS, at(outside(15)), /receive user_id as a pseudonym of .*, for 15 % of subjects$/m],
    ['more', at(outside(15)), at(outside(45)), /user_id .*, for 45 % of subjects instead of 15 % of subjects$/m],
    ['less', at(outside(45)), at(outside(15)), /no longer .*user_id.*, for 15 % of subjects instead of 45 %/m],
    ['all', at(outside(45)), wider, /user_id .*, for 100 % of subjects instead of 45 % of subjects$/m],
    ['a time', TERMS, at({ kind: 'from', at: END }), /user_id .*, until 2031-02-03T04:05:06\.000Z$/m],
  ]
  for (const [what, before, after, said] of rows)
    test(`${what} stands in the sentence`, () => match(words(plans(before), plans(after)), said))

  test('and what narrows by itself beside it holds for everybody', () => {
    const less = { ...at(outside(15)), share: { ...wider.share, place: 0 } }
    const said = words(plans(at(outside(15))), plans(less))
    match(said, /no longer receive place of/)
    equal(said.includes('%'), false, said)
  })
})

test('a contract in words says what its file says', () => {
  const { share, when_restricted, addresses } = termsInWords({
    ...TERMS,
    share: { advertising_id: 2, user_id: 1, ip: ipLevel(24, 48), place: 1, coordinates: 0 },
    whenRestricted: { send: 'limited', share: { ip: ipLevel(32, 128), os: 1 } },
  })
  deepEqual(share, { advertising_id: 'pass', user_id: 'pseudonym', ip: [24, 48], place: 'country' })
  deepEqual(when_restricted, { send: 'limited', share: { ip: 'pass', os: 'reduced' } })
  deepEqual(addresses, [ADDRESS])
})
