import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import express from 'express'
import supertest from 'supertest'
import { readJsonBody } from './json-body.ts'
import { answerProblems } from './problem-answer.ts'

const app = express()
app.post('/', ...readJsonBody, (request, response) => {
  response.json({ read: request.body ?? 'nothing' })
})
app.use(answerProblems(() => {}))
const post = (body: Buffer | string, type = 'application/json') =>
  supertest(app)
    .post('/')
    .set('content-type', type)
    .serialize((given) => given)
    .send(body)

describe('a body of the ops API', () => {
  const latin1 = Buffer.from('{"user":"J\xf6rg"}', 'latin1')
  const rows: [string, Buffer | string, string, unknown][] = [
    ['digits as they came', '{"user":9007199254740993}', 'application/json', { user: '9007199254740993' }],
    ['a byte order mark', '\uFEFF{"a":1}', 'application/json', { a: 1 }],
    ['another charset', latin1, 'application/json; charset=iso-8859-1', { user: 'Jörg' }],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), 'application/json; charset=utf-16', { a: 1 }],
    ['nothing', '', 'application/json', {}],
    ['a list', '[1]', 'application/json', [1]],
  ]
  for (const [what, body, type, read] of rows) {
    test(`${what} is read`, async () => deepEqual((await post(body, type)).body, { read }))
  }
  const refused: [string, Buffer | string, string, string][] = [
    ['no JSON', '{"a":', 'application/json', 'ERR_BODY_NOT_JSON'],
    ['a word', '"a"', 'application/json', 'ERR_BODY_NOT_JSON'],
    ['an unknown charset', '{}', 'application/json; charset=utf-7', 'ERR_BODY_CHARSET'],
    ['too much', `"${'x'.repeat(1_100_000)}"`, 'application/json', 'ERR_BODY_TOO_LARGE'],
  ]
  for (const [what, body, type, code] of refused) {
    test(`${what} is refused`, async () => equal((await post(body, type)).body.code, code))
  }
})
