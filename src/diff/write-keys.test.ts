import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeOf, createDifferenceSet } from './differences.ts'
import { addsKeys, compareWriteKeys, keyOwners } from './write-keys.ts'

interface Keys {
  readonly live?: readonly string[]
  readonly retired?: readonly string[]
}
const app = (id: string, { live = [], retired = [] }: Keys) => ({
  id: id as never,
  writeKeys: live,
  retiredKeys: retired,
})
const apps = (ios: Keys, android: Keys = {}) => [app('ios', ios), app('android', android)]

type Change = 'same' | 'wider'
const rows: readonly (readonly [string, ReturnType<typeof apps>, ReturnType<typeof apps>, Change])[] = [
  ['nothing', apps({ live: ['a'] }), apps({ live: ['a'] }), 'same'],
  ['a fresh key', apps({ live: ['a'] }), apps({ live: ['a', 'n'] }), 'same'],
  ['a fresh key in the place of another', apps({ live: ['a'] }), apps({ live: ['n'] }), 'same'],
  ['a key retired', apps({ live: ['a'] }), apps({ retired: ['a'] }), 'same'],
  ['a key gone', apps({ live: ['a', 'b'] }), apps({ live: ['a'] }), 'same'],
  ['a retired key gone', apps({ retired: ['a'] }), apps({}), 'same'],
  ['a fresh key, retired', apps({}), apps({ retired: ['n'] }), 'same'],
  ['a key moved', apps({ live: ['a'] }, { live: ['b'] }), apps({ live: ['a', 'b'] }), 'wider'],
  ['two keys exchanged', apps({ live: ['a'] }, { live: ['b'] }), apps({ live: ['b'] }, { live: ['a'] }), 'wider'],
  ['another app’s retired key', apps({}, { retired: ['b'] }), apps({ live: ['b'] }), 'wider'],
  ['a retired key brought back', apps({ retired: ['a'] }), apps({ live: ['a'] }), 'wider'],
  ['an app that is gone, its key with another', [app('old', { live: ['a'] })], apps({ live: ['a'] }), 'wider'],
  ['a new app with another’s key', [app('old', { live: ['a'] })], [app('new', { live: ['a'] })], 'wider'],
]

describe('a write key', () => {
  for (const [what, before, after, change] of rows) {
    test(`${what}: ${change}`, () => {
      const into = createDifferenceSet()
      compareWriteKeys(before, after, new Map(), into)
      equal(changeOf(into.all()), change)
    })
  }

  test('that went in one revision and comes back elsewhere in another has moved all the same', () => {
    const former = keyOwners(apps({}, { live: ['b'] }))
    const into = createDifferenceSet()
    compareWriteKeys(apps({ live: ['a'] }), apps({ live: ['a', 'b'] }), former, into)
    equal(changeOf(into.all()), 'wider')
    ok(addsKeys(apps({ live: ['a'] }), apps({ live: ['a', 'b'] })))
  })

  test('is told by its apps, never by itself', () => {
    const into = createDifferenceSet()
    compareWriteKeys(apps({ live: ['a'] }, { live: ['secret-b'] }), apps({ live: ['a', 'secret-b'] }), new Map(), into)
    deepEqual(
      into.all().map(({ about, what, from, to }) => [about, what, from, to]),
      [['app ios', 'write_keys', 'a key of android', 'a key of ios']],
    )
  })
})
