import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runKills } from './kill-campaign.ts'
import { type Campaign, judge } from './kill-judge.ts'
import type { ToldOnce } from './kill-partner.ts'

test('three kills lose no notice, repeat none that must not be, and leave nothing of anybody behind', {
  timeout: 900_000,
}, async (t) => {
  const verdict = await runKills({
    ...{ kills: 3, seed: 'npm test', signal: t.signal },
    say: (line) => t.diagnostic(line),
  })
  t.diagnostic(JSON.stringify(verdict.ends))
  deepEqual(verdict.findings, [])
  ok(verdict.notices > 0 && verdict.requests > 0, 'a verdict about nothing')
})

const told = (manner: ToldOnce['manner'], part: Partial<ToldOnce> = {}): ToldOnce => ({
  ...{ notice: 'n1', verb: 'erase', app: 'shop', day: '2026-11-30', manner },
  identifier: { type: 'vendor_id', value: 'V', pseudonym: false },
  ...part,
})
function campaign(requests: readonly ToldOnce[], part: Partial<Campaign> = {}): Campaign {
  return {
    partners: [{ id: 'bolt', told: requests, known: new Map([['V', new Set(['V'])]]) }],
    repeatable: new Set(),
    asked: { erase: ['V'] },
    listed: [{ id: 'n1', partner: 'bolt', verb: 'erase', state: 'accepted' }],
    ...part,
  }
}
const ended = (state: string, task?: true) => [
  { id: 'n1', partner: 'bolt', verb: 'erase', state, ...(task === undefined ? {} : { task }) },
]

describe('the judge', () => {
  test('finds nothing where nothing is wrong', () => {
    deepEqual(judge(campaign([told('later'), told('later'), told('accepted')])), [])
    deepEqual(judge(campaign([told('dropped')], { listed: ended('unresolved', true) })), [])
    deepEqual(judge(campaign([told('hung'), told('accepted')], { repeatable: new Set(['bolt']) })), [])
  })

  const wrong: readonly (readonly [string, Campaign, RegExp])[] = [
    ['a repeat after one that may have been heeded', campaign([told('dropped'), told('accepted')]), /repeated after/u],
    ['one identifier under two ids', campaign([told('accepted'), told('accepted', { notice: 'n2' })]), /under 2 ids/u],
    ['a notice that is nowhere', campaign([], { listed: [] }), /0 notices of erase, where 1 were due/u],
    ['an end without a request', campaign([]), /ended as accepted, after nothing/u],
    ['an end that no answer was', campaign([told('refused')]), /ended as accepted, after refused/u],
    ['an open end that is no task', campaign([told('hung')], { listed: ended('unresolved') }), /no task/u],
    ['a notice of nobody that asked', campaign([told('accepted')], { asked: { erase: [] } }), /nobody asked/u],
  ]
  for (const [what, given, says] of wrong)
    test(`finds ${what}`, () => {
      const found = judge(given)
      equal(found.length > 0, true)
      match(found.join('\n'), says)
    })
})
