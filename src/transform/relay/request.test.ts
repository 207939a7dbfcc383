import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { threadMs } from '../../../test/support/cpu-time.ts'
import { parseForm } from './request.ts'

describe('a form’s fields', () => {
  const rows: readonly [text: string, fields: Readonly<Record<string, string | readonly string[]>>][] = [
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['a=%7B%22b%22%3A1%7D', { a: '{"b":1}' }],
    ['a+b=c+d', { 'a b': 'c d' }],
    ['a', { a: '' }],
    ['__proto__=1&constructor=2', { ['__proto__']: '1', constructor: '2' }],
    ['a=%zz', { a: '%zz' }],
  ]
  for (const [text, fields] of rows)
    test(JSON.stringify(text), () => deepEqual(Object.entries(parseForm(text)), Object.entries(fields)))

  test('a name that comes a hundred thousand times holds nobody up', () => {
    const took = threadMs(() => {
      equal((parseForm('a=1&'.repeat(100_000)).a as readonly string[]).length, 100_000)
    })
    ok(took < 5_000, `${took} ms`)
  })
})
