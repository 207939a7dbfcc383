import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Outcome } from '../model/disclosure.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { ANSWER_WORDS } from './answer-words.ts'
import { causeOf } from './cause.ts'

const request = (body = '', path = '/in'): PartnerRequest => ({
  method: 'POST',
  origin: 'https://partner.example',
  path,
  headers: {},
  body,
})
const refused = (status: number): Outcome => ({ kind: 'refused', status, retry: false })
const causeFor = (status: number, body: string, sent = request()): string =>
  causeOf(refused(status), { kind: 'answered', status, headers: {}, body }, sent)

describe('why a request was not delivered', () => {
  const rows: readonly (readonly [string, number, string, string])[] = [
    ['nothing said', 503, '', '503'],
    ['words', 400, 'Missing required parameter', '400, “Missing required parameter”'],
    [
      'JSON with a code of its own',
      400,
      '{"error":{"message":"Invalid OAuth access token.","type":"OAuthException","code":190}}',
      '400, code 190, “error message Invalid OAuth access token type OAuthException code …”',
    ],
    ['names put together', 401, '{"reason":"invalid_api_key"}', '401, “reason invalid_api_key”'],
    [
      'a subcode, as Meta documents them',
      400,
      '{"error":{"message":"(#200) Permission error","type":"OAuthException","code":200,"error_subcode":1870034}}',
      '400, code 200, 1870034, “error message … Permission error type OAuthException code …”',
    ],
    ['a code below nothing', 500, '{"code":-1}', '500, code -1, “code …”'],
    [
      'a validation, as Nextdoor documents them',
      400,
      'order value must have currency',
      '400, “order value must have currency”',
    ],
    ['gzip that no header names', 400, '\u001f\ufffd\u0008\u0000', '400'],
    ['words nobody listed', 422, 'field frobnicate is unknown to us', '422, “field … is unknown to …”'],
    ['markup', 502, '<html><title>502 Bad Gateway</title></html>', '502, “Bad Gateway …”'],
    ['an address and a name', 400, 'user jane.doe@example.com (Jane Doe) not found', '400, “user … not found”'],
    ['a number', 400, 'id 4711 is invalid', '400, “id … is invalid”'],
    ['no Latin letters', 400, 'недействительный токен', '400'],
  ]
  for (const [what, status, body, expected] of rows) test(what, () => equal(causeFor(status, body), expected))

  const echoes: readonly (readonly [string, PartnerRequest, string, RegExp])[] = [
    [
      'a name that is a word',
      request('{"user":{"name":"Grant Window"}}'),
      'grant window is not valid',
      /^400, “is not valid”$/,
    ],
    ['a code that is an id', request('{"id":4711}'), '{"code":4711}', /^400, “code …”$/],
    ['a value of a form', request('name=Page&x=1'), 'Page not found', /^400, “not found”$/],
    ['a value of a query', request('', '/p?u=Page+One'), 'page one not found', /^400, “not found”$/],
    ['a value in the path', request('', '/users/token/events'), 'token unknown', /^400, “unknown”$/],
    ['escaped in the path', request('', '/u/%74oken'), 'token unknown', /^400, “unknown”$/],
  ]
  for (const [what, sent, body, expected] of echoes)
    test(`is not shown of an answer: ${what}`, () => match(causeFor(400, body, sent), expected))

  test('whatever a partner answers, the excerpt holds listed words alone, none that was sent, and is short', () => {
    const words = [...ANSWER_WORDS]
    const word = fc.oneof(
      fc.constantFrom(...words),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.emailAddress(),
      fc.uuid(),
      fc.integer().map(String),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.array(word, { maxLength: 6 }), (answer, sent) => {
        const cause = causeFor(400, answer.join(' '), request(JSON.stringify({ sent })))
        const shown = (/“(.*)”/s.exec(cause)?.[1] ?? '').split(/[\s_.-]+/).filter((part) => part !== '…' && part !== '')
        const sentWords = new Set(
          sent
            .join(' ')
            .toLowerCase()
            .match(/[\p{L}]+/gu) ?? [],
        )
        for (const one of shown) {
          ok(
            one.split(/(?<=[a-z])(?=[A-Z])/).every((part) => ANSWER_WORDS.has(part.toLowerCase())),
            one,
          )
          ok(!sentWords.has(one.toLowerCase()), one)
        }
        ok(cause.length < 220, cause)
      }),
      { numRuns: 500 },
    )
  })

  test('what the network said is told in words, and a code that nobody knows by itself', () => {
    const failed = (code: string): string =>
      causeOf({ kind: 'failed_before_write', code }, { kind: 'failed_before_write', code }, request())
    deepEqual(
      [failed('ECONNREFUSED'), failed('EGRESS_REFUSED'), failed('E_NEW')],
      ['ECONNREFUSED: nobody listens there', 'EGRESS_REFUSED: the address is not public, and was refused', 'E_NEW'],
    )
  })

  test('what was delivered or cancelled has no cause', () => {
    const answered = { kind: 'answered', status: 200, headers: {}, body: 'error' } as const
    equal(causeOf({ kind: 'delivered', status: 200 }, answered, request()), '')
    equal(causeOf({ kind: 'cancelled_not_sent', why: 'choice' }, answered, request()), '')
  })
})
