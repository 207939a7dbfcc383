import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppPlan } from '../../model/contract.ts'
import { compileApp } from '../compile.ts'
import { APPS_OPTIONS } from '../options/apps.ts'
import { readableApps } from '../readable-apps.ts'
import { parseSource } from '../source.ts'
import { checkApps } from './apps.ts'

const app = (id: string, users?: object): object => ({
  id,
  name: id,
  write_keys: [`${id}-write-key`],
  ...(users && { users }),
})
const from = (issuer: string, more: object = {}): object => ({ jwks: 'keys.json', issuer, audience: 'sluice', ...more })
const plansOf = (apps: readonly object[]): readonly AppPlan[] => APPS_OPTIONS.parse({ apps }).apps.map(compileApp)
const check = (apps: readonly object[], live?: readonly AppPlan[]) => {
  // JSON is YAML.
  const { source } = parseSource('apps.yaml', JSON.stringify({ apps }))
  return checkApps(source!, readableApps(source!)!, live)
}

describe('namespaces of users', () => {
  const [a, b] = [from('https://a.example/'), from('https://b.example/')]
  const inB = from('https://b.example/', { namespace: 'b' })

  test('apps of one issuer share one; apps without an issuer are no second one', () => {
    deepEqual(check([app('a', a), app('c', a), app('d'), app('e', { format: 'opaque' })]).problems, [])
  })

  test('two issuers in one are an error, and the edit is printed', () => {
    const { problems } = check([app('a', a), app('b', b)])
    equal(problems.length, 1)
    match(problems[0]!.found, /second issuer for the user ids of namespace default, beside apps\[0\]\.users\.issuer/)
    match(problems[0]!.hint, /users: \{ namespace: b/)
    deepEqual(check([app('a', a), app('b', inB)]).problems, [])
    equal(check([app('a', from('https://a.example/', { namespace: 'b' })), app('b', inB)]).problems.length, 1)
  })

  test('where that is live already it is a warning; a third issuer is an error all the same', () => {
    const live = plansOf([app('a', a), app('b', b)])
    const same = check([app('a', a), app('b', b)], live)
    deepEqual([same.problems.length, same.warnings.length], [0, 1])
    equal(check([app('a', a), app('b', b), app('c', from('https://c.example/'))], live).problems.length, 1)
    equal(check([app('a', a), app('b', b)], plansOf([app('a', a), app('b', inB)])).problems.length > 0, true)
  })

  test('an app may leave the default one and no other', () => {
    deepEqual(check([app('a', a), app('b', inB)], plansOf([app('a', a), app('b', b)])).problems, [])
    const { problems } = check([app('b', b)], plansOf([app('b', inB)]))
    match(problems[0]!.found, /^default, and the live app's users are of b/)
  })

  test('ids of one namespace are spelled in one way', () => {
    equal(check([app('a', { format: 'phone' }), app('b', { format: 'email' })]).problems.length, 1)
    deepEqual(check([app('a', { format: 'phone' }), app('b', { format: 'phone' })]).problems, [])
  })

  test('tokens need a key set, an issuer and an audience, or none of them', () => {
    equal(APPS_OPTIONS.safeParse({ apps: [app('a', { issuer: 'https://a.example/' })] }).success, false)
    equal(APPS_OPTIONS.safeParse({ apps: [app('a', { namespace: 'a' })] }).success, true)
  })

  test('an app that says nothing new has the plan it had', () => {
    deepEqual(plansOf([app('a', a)])[0]!.users, { ...from('https://a.example/'), claim: 'sub' })
    equal('userIds' in plansOf([app('a', a)])[0]!, false)
    deepEqual(
      plansOf([app('a', { namespace: 'a', format: 'phone', real_ids: ['Guest '], since_claim: 'since' })])[0]!.userIds,
      {
        namespace: 'a',
        format: 'phone',
        real: ['guest'],
      },
    )
  })
})
