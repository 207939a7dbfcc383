import { equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { passes } from './abilities.ts'
import { definePartnerType, type TypeParts } from './define.ts'
import { secretPlaceholder } from './type.ts'

const SETTINGS = z.strictObject({
  id: z.string(),
  token: z.object({ env: z.string() }),
  idempotent: z.boolean().default(false),
  most: z.number().default(2),
})
type Parts = TypeParts<typeof SETTINGS>

/** A whole type, as small as one can be. */
const PARTS: Parts = {
  type: 'acme',
  doc: 'a type for tests',
  connection: SETTINGS,
  sample: { connection: { id: 'a', token: { env: 'T' } }, view: { user_id: 'u' } },
  abilities: passes('user_id'),
  secrets: ['token'],
  maxBytes: 100,
  encode: ({ id }) => ({
    item: ({ user_id }) =>
      user_id === undefined
        ? { kind: 'impossible', needs: 'user_id' }
        : { kind: 'item', bytes: JSON.stringify({ id, user_id }) },
    envelope: ([body = '']) => ({
      method: 'POST',
      origin: 'https://acme.example',
      path: '/',
      headers: { Token: secretPlaceholder('token') },
      body,
    }),
    constants: [id],
  }),
  respond: ({ status }) => ({ kind: 'delivered', status }),
}

describe('partners: a half-made type', () => {
  const nothing = { connection: { id: 'a', token: { env: 'T' } }, view: {} }
  const rows: [string, { [Name in keyof Parts]?: Parts[Name] | undefined }, RegExp][] = [
    [
      'no name',
      { type: '' },
      /^partner type \(without a name\): it has no `type`: the name that contracts call it by$/,
    ],
    ['no source', { doc: undefined }, /^partner type acme: it has no `doc`: title, address and date/],
    ['no settings', { connection: undefined }, /acme: it has no `connection`: the schema/],
    ['no sample', { sample: undefined }, /acme: it has no `sample`: a connection of its own and the least view/],
    ['no abilities', { abilities: undefined }, /acme: it has no `abilities`/],
    ['no limit', { maxBytes: undefined }, /acme: it has no `maxBytes`/],
    ['no encoder', { encode: undefined }, /acme: it has no `encode`: how a view becomes an item/],
    ['no meaning of answers', { respond: undefined }, /acme: it has no `respond`: what an answer means/],
    ['more of a class than there is', { abilities: { user_id: 7 } }, /`abilities` gives more of user_id than there is/],
    ['an envelope for nothing', { maxBatch: 0 }, /`maxBatch` allows no item/],
    ['a batch beyond its own limit', { maxItems: () => 3, maxBatch: 2 }, /`maxItems` is not between 1 and 2/],
    [
      'a sample that is no connection',
      { sample: { ...nothing, connection: {} } },
      /its sample connection is not one: id: /,
    ],
    [
      'a good answer that is none',
      { respond: ({ status }) => ({ kind: 'refused', status, retry: false }) },
      /its sample `answer` is not one that says that an item was taken$/,
    ],
    ['a sample that says nothing', { sample: nothing }, /its sample view lacks what the type needs: user_id$/],
    [
      'a secret that no request holds',
      { encode: (settings) => ({ ...PARTS.encode(settings), envelope: () => NO_SECRET }) },
      /the secret token is in no request/,
    ],
    [
      'a map without routes',
      { map: () => ({ origin: 'https://a.example', routes: [], withheld: NO_ANSWER }) },
      /`map` has no route/,
    ],
  ]
  for (const [what, change, message] of rows)
    test(what, () => {
      // Sound: what a type written in a hurry looks like where nobody checked it.
      throws(() => definePartnerType({ ...PARTS, ...change } as Parts), { name: 'TypeError', message })
    })
  test('a class that nobody knows', () => {
    throws(() => passes('user_id usr_id'), /usr_id is no field class/)
  })
})
const NO_SECRET = { method: 'POST', origin: 'https://acme.example', path: '/', headers: {}, body: '' } as const
const NO_ANSWER = { status: 200, body: '' }

describe('partners: a whole type', () => {
  test('parses its settings once for each connection', () => {
    let parsed = 0
    const counting = SETTINGS.transform((settings) => {
      parsed += 1
      return settings
    })
    const acme = definePartnerType({ ...PARTS, connection: counting })
    const connection = { id: 'b', token: { env: 'T' }, idempotent: true }
    parsed = 0
    acme.encoder(connection)
    equal(acme.deduplicates(connection), true)
    equal(acme.envelopeLimits(connection).maxItems, 1)
    equal(parsed, 1)
  })
  test('counts an item once only where the connection says so', () => {
    const acme = definePartnerType(PARTS)
    equal(acme.deduplicates({ id: 'b', token: { env: 'T' } }), false)
  })
  test('holds in an envelope what its settings say', () => {
    const acme = definePartnerType({ ...PARTS, maxBatch: 9, maxItems: ({ most }) => most })
    equal(acme.envelopeLimits({ id: 'b', token: { env: 'T' }, most: 5 }).maxItems, 5)
    equal(definePartnerType({ ...PARTS, maxBatch: 9 }).envelopeLimits({ id: 'b', token: { env: 'T' } }).maxItems, 9)
  })
})
