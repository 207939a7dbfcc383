import { deepEqual } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { JsonObject } from '../model/brand.ts'
import type { FieldValues, View } from '../model/values.ts'
import { createScanner, screen } from './index.ts'

const scan = createScanner()
const digest = (name: string, text: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHash(name).update(text).digest(encoding)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')

type Seen = readonly [scanned: boolean, screened: boolean]
const FOUND: Seen = [true, true]
const PASSES: Seen = [false, false]

function seen(raw: FieldValues, received: JsonObject, note: string): Seen {
  const property = { note }
  const view: View = { event: 'e', kind: 'track', app: { id: 'a' }, property }
  const scanned = scan({ raw: { ...raw, property }, view, bytes: JSON.stringify({ note }), constants: new Set() })
  return [!scanned.clear, screen({ type: 'track', properties: { note }, ...received }, { property }).length > 0]
}
const withId = (id: string, note: string): readonly Seen[] => [
  seen({ user_id: id }, { userId: id }, note),
  seen({ anonymous_id: id }, { anonymousId: id }, note),
]
const withName = (full: string, note: string): Seen =>
  seen({ name: { full } }, { context: { traits: { name: full } } }, note)
const withParts = (first: string, last: string, note: string): Seen =>
  seen({ name: { first, last } }, { context: { traits: { firstName: first, lastName: last } } }, note)

const TOKENS = [
  'AbCdEfGhIjKlMnOpQrStUvWx',
  'robert.paulson',
  'robertpaulson',
  'robert_paulson',
  'u-42134',
  'jürgen-88231-x',
  'anna42',
  'Ünal_Öz',
]
const SHORT = ['u-42', 'robert', 'u-4', 'Robert']

describe('guard: an id is looked for whatever it looks like', () => {
  const everywhere: readonly [where: string, note: (id: string) => string][] = [
    ['as a whole value', (id) => id],
    ['in capitals', (id) => id.toUpperCase()],
    ['in a path', (id) => `https://shop.example/u/${id}/orders`],
    ['in a path, escaped', (id) => `https://shop.example/u/${encodeURIComponent(id)}`],
    ['in a path without a host', (id) => `see /u/${id}/orders`],
    ['at the end of a path in brackets', (id) => `see (https://shop.example/u/${id}), please`],
    ['in a fragment', (id) => `https://shop.example/#/u/${id}`],
    ['in a query', (id) => `https://shop.example/orders?who=${id}&x=1`],
    ['SHA-256', (id) => digest('sha256', id)],
    ['SHA-512', (id) => digest('sha512', id)],
    ['SHA-1', (id) => digest('sha1', id)],
    ['MD5', (id) => digest('md5', id)],
    ['SHA-256 in base64', (id) => digest('sha256', id, 'base64')],
    ['base64', (id) => base64(id)],
    ['base64 of JSON', (id) => base64(JSON.stringify({ device: 'x', id, os: 'ios' }))],
  ]
  for (const [where, note] of everywhere)
    for (const id of [...TOKENS, ...SHORT])
      test(`${id} ${where}`, () => {
        deepEqual(withId(id, note(id)), [FOUND, FOUND])
      })
  for (const id of [...TOKENS, 'u-42', 'robert'])
    test(`${id} in hex`, () => {
      deepEqual(withId(id, hex(id)), [FOUND, FOUND])
    })
  for (const id of TOKENS)
    for (const note of [`bought by ${id}, thanks`, `(${id})`, `user:${id}`])
      test(`${id} in a text: ${note}`, () => {
        deepEqual(withId(id, note), [FOUND, FOUND])
      })
  test('four digits, hashed', () => {
    deepEqual(withId('4711', digest('sha256', '4711')), [FOUND, FOUND])
  })

  const rows: readonly [what: string, id: string, note: string][] = [
    ['a word in a sentence', 'robert', 'thanks to robert for this'],
    ['a word with a capital in a sentence', 'Purchase', 'Purchase made'],
    ['a word inside a longer one', 'robertpaulson', 'robertpaulsonville'],
    ['a word behind a slash that is no link', 'shop', 'and/shop or not'],
    ['a few signs in a sentence', 'u-42', 'bus u-42 is late'],
    ['a longer id', 'u-42134', 'xu-421345'],
    ['four digits as a whole value', '4711', '4711'],
    ['four digits in a path', '4711', 'https://shop.example/p/4711'],
    ['two signs', 'ab', 'ab'],
    ['a placeholder in a path', 'guest', 'https://shop.example/guest/cart'],
    ['an order number', '100231', 'order 100231'],
    ['an article', 'u-42134', 'SKU-2041-B'],
    ['digits with a sign', '12-345', 'total 12,345'],
  ]
  for (const [what, id, note] of rows)
    test(`not ${what}: ${note}`, () => {
      deepEqual(withId(id, note), [PASSES, PASSES])
    })
})

test('guard: the partner’s own path is no link that holds an id', () => {
  const view: View = { event: 'e', kind: 'track', app: { id: 'a' } }
  for (const bytes of ['/events/v1?a=1', '/events/v1\nX-A: b\n{"a":1}'])
    deepEqual(scan({ raw: { user_id: 'events' }, view, bytes, constants: new Set(['events']) }), { clear: true })
})

describe('guard: names of every script', () => {
  const found: readonly [name: string, note: string][] = [
    ['山田太郎', '山田太郎'],
    ['山田太郎', '山田太郎様からのご注文'],
    ['山田 太郎', '山田太郎'],
    ['山田 太郎', '注文者 太郎・山田'],
    ['やまだたろう', 'お届け先はやまだたろうです'],
    ['王芳', '王芳'],
    ['王 芳', '王芳'],
    ['김민수', '김민수'],
    ['김민수', '김민수님 주문'],
    ['สมชาย ใจดี', 'สมชาย ใจดี'],
    ['สมชาย ใจดี', 'คุณสมชายใจดีสั่งซื้อ'],
    ['Al Wu', 'Al Wu'],
    ['Al Wu', 'al wu'],
    ['Jo Li', 'Li, Jo'],
    ['José García', base64('José García')],
    ['Renée Mustermann', base64('Renée Mustermann')],
    ['Иван Петров', base64('Иван Петров')],
    ['Иван Петров', hex('Иван Петров')],
    ['山田太郎', base64('山田太郎')],
    ['Иван Петров', `eyJhbGciOiJub25lIn0.${Buffer.from('{"name":"Иван Петров"}').toString('base64url')}.`],
    ['José García', `eyJhbGciOiJub25lIn0.${Buffer.from('{"name":"José García"}').toString('base64url')}.`],
    ['Renée Mustermann', 'Ren&eacute;e Mustermann'],
    ['Renée Mustermann', 'for RenÃ©e Mustermann'],
    ['Renée Mustermann', 'Ren%E9e Mustermann'],
    ['Łukasz Bøgedal', 'for Lukasz Bogedal'],
    ['Đorđe Strauß', 'for Dorde Strauss'],
    ['Jürgen Müller', 'for Juergen Mueller'],
    ['Jürgen Müller', digest('sha256', 'juergen mueller')],
  ]
  for (const [name, note] of found)
    test(`${name}: ${note.slice(0, 50)}`, () => {
      deepEqual(withName(name, note), FOUND)
    })

  const passing: readonly [name: string, note: string][] = [
    ['王芳', '王芳草地'],
    ['山田太郎', '山田次郎様'],
    ['Al Wu', 'get al wu for it'],
    ['Anna', 'Anna'],
  ]
  for (const [name, note] of passing)
    test(`not ${name}: ${note}`, () => {
      deepEqual(withName(name, note), PASSES)
    })
  test('a given name alone, of whatever script', () => {
    deepEqual(withParts('さくら', '山田', 'さくらの花'), PASSES)
    deepEqual(withParts('Anna', 'Brown', 'Anna'), PASSES)
    deepEqual(withParts('さくら', '山田', '山田さくら'), FOUND)
  })
})
