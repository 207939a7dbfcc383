/** A contract's `notify`: what it may say of its type, what is warned of, and what a change of it means. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { changeOf, createDifferenceSet } from '../../src/diff/differences.ts'
import { compareSettings } from '../../src/diff/settings.ts'
import type { NotifyPlan } from '../../src/model/contract.ts'
import type { RegisteredType } from '../../src/partners/kit/envelope-limits.ts'
import type { Certainty, NoticeAbilities } from '../../src/partners/kit/notices.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { webhook } from '../../src/partners/webhook/index.ts'
import { ACME, FILES, load } from './fixture.ts'

const ABLE = 'signature: { header: X-Sig, key: { env: K } }, notices: {} }'
const TYPES = (type: RegisteredType) => new Map([['webhook', type]])

function acme(more: string, connection = ABLE): Readonly<Record<string, string>> {
  return { ...FILES, 'partners/acme.yaml': `${ACME.replace('/hook }', `/hook, ${connection}`)}${more}` }
}

/** The webhook, as a type that is less sure of its calls or cannot undo them. */
function webhookWith(certainty: Certainty, reversible: boolean): RegisteredType {
  const calls = Object.fromEntries(
    Object.entries(webhook.notices!.calls).map(([verb, call]) => [verb, { ...call, certainty, reversible }]),
  )
  return { ...webhook, notices: { otherwise: '', calls } satisfies NoticeAbilities }
}

async function problemsOf(files: Readonly<Record<string, string>>, type: RegisteredType = webhook) {
  const result = await load(files, TYPES(type))
  return {
    problems: result.ok ? [] : result.problems.map(({ path, found }) => `${path}: ${found}`),
    warnings: result.warnings.map(({ path, found }) => `${path}: ${found}`),
    notify: result.ok ? result.config.plans.contracts[0]?.notify : undefined,
  }
}

describe('a contract’s notify', () => {
  test('left out or off tells nothing, and the plan is as it was', async () => {
    for (const more of ['', 'notify: off\n', 'notify: { opt_out: off, deletion: off }\n'])
      deepEqual((await problemsOf(acme(more))).notify, undefined)
  })

  test('is compiled to what the partner is told', async () => {
    const { notify } = await problemsOf(acme('notify: { opt_out: on, deletion: on }\n'))
    deepEqual(notify, { optOut: 'reversible', deletion: true })
  })

  test('is warned of where the partner could be told and the contract does not say', async () => {
    const { warnings } = await problemsOf(acme(''))
    ok(warnings.some((one) => /^notify: missing: the partner could be told of an opt-out and of a deletion/.test(one)))
    const { warnings: decided } = await problemsOf(acme('notify: off\n'))
    ok(!decided.some((one) => one.startsWith('notify')))
  })

  test('cannot ask for what the connection is not set up for', async () => {
    const { problems } = await problemsOf(acme('notify: { deletion: on }\n', 'batch: false }'))
    equal(problems.length, 1)
    match(problems[0]!, /^notify\.deletion: the type webhook cannot be told of a deletion with this connection/)
  })

  test('cannot ask for what a type’s partner has no call for, and reads what there is in its stead', async () => {
    const connection = { dataset: '123456789', token: { env: 'KEY' } }
    const written = { ...parse(ACME), type: 'meta_capi', connection, notify: { opt_out: 'on' } }
    const files = { ...FILES, 'partners/acme.yaml': stringify(written) }
    const result = await load(files, partnerTypes())
    const problem = result.ok ? undefined : result.problems.find(({ path }) => path === 'notify.opt_out')
    match(problem?.found ?? '', /the type meta_capi cannot be told of an opt-out/)
    match(problem?.hint ?? '', /`data_processing_options` of later events.* See docs\/partners\/meta_capi\.md/)
  })

  for (const certainty of ['B', 'C'] as const)
    test(`an interface marked [${certainty}] is off until an operator says how they know`, async () => {
      const type = webhookWith(certainty, true)
      const { problems } = await problemsOf(acme('notify: { opt_out: on }\n'), type)
      match(problems.join(), new RegExp(`marked \\[${certainty}\\]: nobody has made sure`))
      const confirmed = 'notify: { opt_out: on, confirmed: "tried with their support, ticket 7" }\n'
      deepEqual((await problemsOf(acme(confirmed), type)).problems, [])
    })

  test('a call that cannot be undone needs to be asked for as such', async () => {
    const type = webhookWith('A', false)
    match((await problemsOf(acme('notify: { opt_out: on }\n'), type)).problems.join(), /no way to take it back/)
    const { problems, notify } = await problemsOf(acme('notify: { opt_out: { irrevocable: true } }\n'), type)
    deepEqual([problems, notify?.optOut], [[], 'irrevocable'])
  })
})

describe('a change of notify', () => {
  const plans = (notify: NotifyPlan | undefined) =>
    ({
      policy: { honour: { gpc: true, dnt: true } },
      apps: [],
      contracts: [{ id: 'acme', ...(notify && { notify }) }],
    }) as never
  const both: NotifyPlan = { optOut: 'reversible', deletion: true }
  for (const [what, before, after, change] of [
    ['turned on', undefined, both, 'narrower'],
    ['turned off', both, undefined, 'wider'],
    ['of deletions turned off', both, { optOut: 'reversible', deletion: false }, 'wider'],
    ['of opt-outs turned off', both, { optOut: 'off', deletion: true }, 'wider'],
    ['made irrevocable', both, { optOut: 'irrevocable', deletion: true }, 'wider'],
    ['confirmed', both, { ...both, confirmed: 'ticket 7' }, 'same'],
  ] as [string, NotifyPlan | undefined, NotifyPlan | undefined, string][])
    test(`${what} is ${change}`, () => {
      const into = createDifferenceSet()
      compareSettings(plans(before), plans(after), new Map(), into)
      equal(changeOf(into.all()), change)
    })
})
