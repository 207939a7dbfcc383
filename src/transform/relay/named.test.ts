import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RelayMap, RelayRoute } from '../../model/relay-map.ts'
import { namedPathProblem } from './named.ts'

const text = { kind: 'plain', form: 'text' } as const
const nothing = { kind: 'object', members: {} } as const
const route: RelayRoute = {
  method: 'POST',
  path: '/p',
  to: '/p',
  body: 'json',
  query: nothing,
  headers: nothing,
  content: {
    kind: 'object',
    members: {
      id: text,
      imp: { kind: 'list', of: { kind: 'object', members: { ext: nothing } } },
      values: { kind: 'json_text', of: nothing },
      info: { kind: 'tuple', of: [text], blank: '' },
      geo: { kind: 'object', members: {}, position: { latitude: 'lat', longitude: 'lon', quality: ['accuracy'] } },
    },
  },
}
const map: RelayMap = { origin: 'https://partner.example', routes: [route], withheld: { status: 204, body: '' } }

describe('names beside a field map', () => {
  const rows: readonly [string, ReturnType<typeof namedPathProblem>][] = [
    ['query.sub1', undefined],
    ['header.X-Tag', undefined],
    ['body.extra', undefined],
    ['body.deep.er.still', undefined],
    ['body.imp[].ext.slot', undefined],
    ['body.imp[].ext.list[].x[]', undefined],
    ['body.values.af_revenue', undefined],
    ['body.id', undefined],
    ['body.geo.lat', 'known'],
    ['body.geo.accuracy', 'known'],
    ['body.id.x', 'no_room'],
    ['body.id[]', 'no_room'],
    ['body.imp.ext', 'no_room'],
    ['body.info[].x', 'no_room'],
    ['ext.note', 'not_a_place'],
    ['body', 'not_a_place'],
    ['body.', 'not_a_place'],
    ['body.a..b', 'not_a_place'],
    ['body.__proto__', 'not_a_place'],
    ['body.a b', 'not_a_place'],
    ['header.a:b', 'not_a_place'],
    ['header.Cookie', 'never_copied'],
    ['header.x-forwarded-for', 'never_copied'],
    ['header.X-Sluice-Write-Key', 'never_copied'],
    ['header.transfer-encoding', 'never_copied'],
    [`body.${'x'.repeat(300)}`, 'not_a_place'],
  ]
  for (const [name, why] of rows)
    test(`${name.slice(0, 40)}: ${why ?? 'has room'}`, () => equal(namedPathProblem(map, name), why))
})
