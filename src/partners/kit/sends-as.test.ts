/** Whether a type sends a class as it is or as a hash, found out by trying. */
import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { partnerTypes } from '../registry.ts'
import { createSendsAs } from './sends-as.ts'
import type { Connection } from './type.ts'

describe('what a statement says of a place', () => {
  const rows: readonly [string, object, string][] = [
    ['pixel', { url: 'https://partner.example/p?c={country}&m={message_id}' }, 'plain'],
    ['pixel', { url: 'https://partner.example/p?m={message_id}' }, 'not at all'],
    ['webhook', { url: 'https://partner.example/hooks' }, 'plain'],
    ['meta_capi', { dataset: '123', token: { env: 'TOKEN' } }, 'hashed'],
  ]
  for (const [type, connection, expected] of rows)
    test(`${type} ${JSON.stringify(connection)}: ${expected}`, () => {
      const found = partnerTypes().get(type)
      if (found === undefined) throw new Error(`no type ${type}`)
      equal(createSendsAs()(found, found.connection.parse(connection) as Connection)('place'), expected)
    })
})
