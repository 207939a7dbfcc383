/** What a curious partner finds in its log: the test that says "nothing" would say otherwise if there were something. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { leavesOf, tiesIn } from '../support/notice-partners/linking.ts'
import type { Told } from '../support/notice-partners/recorder.ts'
import type { Received } from '../support/partner.ts'

const DAY = '2026-11-30T00:00:00Z'
const request = (part: Partial<Received>): Received => ({
  method: 'POST',
  path: '/requests',
  headers: {},
  body: '',
  ...part,
})
const told = (identifiers: readonly string[], part: Partial<Received>): Told => ({
  ...{ call: 'erase', problems: [], identifiers, at: 0 },
  request: request(part),
  answered: { status: 200, body: '' },
})
/** `a1` and `a2` are one person's, `b1` and `b2` another's. */
const personOf = (identifier: string): string => identifier[0]!
const about = (id: string, more: object = {}): string =>
  JSON.stringify({ id: `random-${id}`, day: DAY, who: [{ value: id }], ...more })
const all = (body: (id: string) => string): readonly Told[] =>
  ['a1', 'b1', 'a2', 'b2'].map((id) => told([id], { body: body(id), headers: { authorization: 'Bearer t' } }))

describe('a partner that looks for what ties two notices', () => {
  test('finds nothing in what stands in everybody’s', () => {
    deepEqual(
      tiesIn(
        all((id) => about(id)),
        personOf,
      ),
      [],
    )
  })
  test('finds two identifiers in one request', () => {
    const both = tiesIn([told(['a1', 'a2'], { body: '{}' }), told(['b1'], { body: '{}' })], personOf)
    deepEqual(both, [{ place: 'one request', between: ['a1', 'a2'] }])
  })
  const planted: readonly (readonly [string, string, (id: string) => Partial<Received>])[] = [
    ['a case’s number in the body', 'body.case', (id) => ({ body: about(id, { case: personOf(id) }) })],
    ['the moment of the request', 'body.at', (id) => ({ body: about(id, { at: id.startsWith('a') ? 1 : 2 }) })],
    ['a header', 'header x-batch', (id) => ({ body: about(id), headers: { 'x-batch': personOf(id) } })],
    ['a callback address of their own', 'path 2', (id) => ({ path: `/requests/${personOf(id)}`, body: about(id) })],
    ['the query', 'query batch', (id) => ({ path: `/requests?batch=${personOf(id)}` })],
    ['a form', 'form s', (id) => ({ body: `v=${id}&s=${personOf(id)}` })],
    ['a signed token', 'token.jti', (id) => ({ body: `eyJ.${tokenPart({ jti: personOf(id), sub: id })}.x` })],
    [
      'a token inside a token',
      'body.rqJWT.idJWT.jti',
      (id) => {
        const inner = `eyJ.${tokenPart({ jti: personOf(id) })}.x`
        return { body: JSON.stringify({ rqJWT: `eyJ.${tokenPart({ idJWT: inner, sub: id })}.x` }) }
      },
    ],
  ]
  for (const [what, place, part] of planted)
    test(`finds ${what}`, () => {
      const ties = tiesIn(
        ['a1', 'b1', 'a2', 'b2'].map((id) => told([id], part(id))),
        personOf,
      )
      deepEqual(ties, [
        { place, between: ['a1', 'a2'] },
        { place, between: ['b1', 'b2'] },
      ])
    })
  test('sees every value of a request', () => {
    const leaves = leavesOf(request({ path: '/a/b?c=1', headers: { host: 'h', 'x-y': 'z' }, body: '{"d":[{"e":2}]}' }))
    deepEqual(leaves, [
      ['header x-y', 'z'],
      ['path 0', ''],
      ['path 1', 'a'],
      ['path 2', 'b'],
      ['query c', '1'],
      ['body.d.0.e', '2'],
    ])
    equal(leavesOf(request({ path: '/' })).length, 2)
  })
})

function tokenPart(claims: object): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url')
}
