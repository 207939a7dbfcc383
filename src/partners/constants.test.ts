/** What an encoder says that it writes of its own accord is what it is found to write, under every connection of its cases. */
import { deepEqual, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ownConstants } from '../../test/support/own-constants.ts'
import type { Connection, EncodedItem } from './kit/type.ts'
import { PARTNER_TYPES } from './registry.ts'

const item = (value: object): EncodedItem => ({ kind: 'item', bytes: JSON.stringify(value) })

describe('partners: finding what an encoder writes of its own accord', () => {
  test('it is what no view’s value explains, under any flags, on any platform', () => {
    const constants = ownConstants((view, { restricted }) =>
      item({
        att: restricted ? 2 : 3,
        id: view.user_id,
        app: view.app.id,
        p: view.app.platform === 'ios' ? 'i2' : 'a2',
        on: true,
      }),
    )
    deepEqual([...constants].sort(), ['2', '3', 'a2', 'i2'])
  })
  test('it is found in queries and in JSON inside them', () => {
    const constants = ownConstants((view) => ({
      kind: 'item',
      bytes: `/p?s2s=1&u=${view.user_id}&o=${encodeURIComponent('{"google":{"eea":"7"}}')}\nX: y`,
    }))
    ok(['1', '7', '{"google":{"eea":"7"}}'].every((constant) => constants.includes(constant)))
    ok(!constants.some((constant) => constant.includes('user')))
  })
  test('it shows beside the properties that bring it about', () => {
    const encode = (view: { readonly property?: object }): EncodedItem =>
      item(Object.keys(view.property ?? {}).length > 0 ? { kind: 'revenue' } : {})
    deepEqual(ownConstants(encode), [])
    deepEqual(ownConstants(encode, ['amount']), ['revenue'])
  })
  test('an encoder that can say nothing writes nothing', () => {
    deepEqual(
      ownConstants(() => ({ kind: 'impossible', needs: 'size' })),
      [],
    )
  })
})

/** Properties beside which some type writes more. */
const PROPERTIES = ['amt', 'revenue', 'bidfloor', 'tagid', 'app_version', 'value', 'opt_out_type', 'app_open_source']

/** The event's kind and the app's platform, which an empty view has too, and a secret's place. */
const OF_EVERY_EVENT = /^(?:track|ios|android|\{\{secret:.*)$/

for (const type of PARTNER_TYPES) {
  const found = (connection: Connection): readonly string[] =>
    ownConstants(type.encoder(connection).item, PROPERTIES).filter((word) => !OF_EVERY_EVENT.test(word))
  describe(`partners: ${type.type} says what it writes of its own accord`, () => {
    const { connection } = type.sample
    test('under its sample connection: all of it', () => {
      const { constants } = type.encoder(connection)
      deepEqual(
        found(connection).filter((word) => !constants.includes(word)),
        [],
      )
    })
    // What a pixel writes depends on its template.
    if (type.type !== 'pixel')
      test('under its sample connection: nothing but that', () => {
        const written = found(connection)
        deepEqual(
          type.encoder(connection).constants.filter((word) => !written.includes(word)),
          [],
        )
      })
    test('under the connections of its cases: all of it', () => {
      const cases = join(import.meta.dirname, type.type, 'cases')
      const connections = new Map<string, string>()
      for (const kind of ['exemplary', 'supplemental'])
        for (const file of readdirSync(join(cases, kind)).filter((name) => name.endsWith('.json'))) {
          const one = JSON.parse(readFileSync(join(cases, kind, file), 'utf8')) as { readonly connection: Connection }
          connections.set(JSON.stringify(one.connection), file)
        }
      for (const [text, file] of connections) {
        const connection = JSON.parse(text) as Connection
        const { constants } = type.encoder(connection)
        deepEqual(
          found(connection).filter((word) => !constants.includes(word)),
          [],
          file,
        )
      }
    })
  })
}
