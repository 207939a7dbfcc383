import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PARTNER_ROUTES } from './routes/partners.ts'

const bodyOf = (id: string) => PARTNER_ROUTES.find((route) => route.id === id)!.body!

describe('a stop never fails on its comment', () => {
  const comments: readonly (readonly [unknown, string])[] = [
    ['incident', 'incident'],
    [' Privacy request ', 'privacy_request'],
    ['privacy-request', 'privacy_request'],
    ['partner says they were broken into', 'unsaid'],
    ['', 'unsaid'],
    [null, 'unsaid'],
    [7, 'unsaid'],
    [true, 'unsaid'],
    [['incident'], 'unsaid'],
    [{ text: 'incident' }, 'unsaid'],
    ['x'.repeat(3_000), 'unsaid'],
    ['two\nlines', 'unsaid'],
    ['\ud800', 'unsaid'],
    ['constructor', 'unsaid'],
  ]
  for (const id of ['stopPartner', 'stopAll']) {
    for (const [reason, word] of comments) {
      test(`${id} with ${JSON.stringify(reason).slice(0, 40)} is recorded as ${word}`, () => {
        const parsed = bodyOf(id).parse({ stopped: true, reason }) as { stopped: boolean; reason: string }
        equal(parsed.stopped, true)
        equal(parsed.reason, word)
      })
    }
    test(`${id} with members beside it, or without a reason, stops`, () => {
      equal((bodyOf(id).parse({ stopped: true, message: 'x', note: ['y'] }) as { reason: string }).reason, 'unsaid')
      equal(bodyOf(id).safeParse({ stopped: 'yes' }).success, false)
      equal(bodyOf(id).safeParse({ reason: 'incident' }).success, false)
    })
  }
})
