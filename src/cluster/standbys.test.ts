import { equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Safety, whyUnsafe } from './standbys.ts'

const PLAIN: Safety = { allowSingleCopy: false, fencing: 'none' }

describe('commits that prove who is the primary', () => {
  // The forms are those of the PostgreSQL 15 documentation, §20.6.1 and §27.2.8.2.
  const safe = ['FIRST 2 (s1, s2)', 'ANY 2 (s1, s2)', '2 (s1, s2)', 's1', 'ANY 1 (s1)', 'any 3 ( s1 , "s 2" , s3 )']
  for (const setting of safe)
    test(`${setting}: every standby confirms`, () => equal(whyUnsafe(setting, PLAIN), undefined))
  const unsafe = [
    'ANY 1 (s1, s2)',
    'FIRST 1 (s1, s2)',
    'FIRST 2 (s1, s2, s3)',
    's1, s2',
    '1 (s1, s2)',
    '*',
    'ANY 2 (*)',
  ]
  for (const setting of unsafe)
    test(`${setting}: a replaced primary would go on`, () => match(whyUnsafe(setting, PLAIN) ?? '', /replaced primary/))
  for (const setting of unsafe)
    test(`${setting}: unless something else stops it`, () =>
      equal(whyUnsafe(setting, { ...PLAIN, fencing: 'patroni' }), undefined))
  test('no standby at all is one machine', () =>
    match(whyUnsafe(' ', { ...PLAIN, fencing: 'managed' }) ?? '', /one machine/))
  test('which an operator may choose', () => equal(whyUnsafe('', { ...PLAIN, allowSingleCopy: true }), undefined))
})
