import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CODE_MS, createSessions, isCsrfOf, MAX_OWN_CODES, MAX_OWN_SESSIONS, SESSION_MS } from './sessions.ts'

const ACTOR = { id: 'a'.repeat(32), roles: ['viewer'] } as const
const OTHER = { id: 'b'.repeat(32), roles: ['editor'] } as const
const MINUTE_MS = 60_000

function atClock() {
  const clock = { now: 1_000_000 }
  return { clock, sessions: createSessions(() => clock.now) }
}

const held = (token: string) => ({ kind: 'token', token }) as const

describe('sessions', () => {
  test('a session is found by its id until it is ended', () => {
    const { sessions } = atClock()
    const { id, session } = sessions.open(held('token'), ACTOR.id)
    deepEqual(sessions.find(id)?.held, held('token'))
    notEqual(id, session.csrf)
    sessions.end(id)
    equal(sessions.find(id), undefined)
  })

  test('half an hour without a call ends it, calls keep it', () => {
    const { clock, sessions } = atClock()
    const { id } = sessions.open(held('token'), ACTOR.id)
    clock.now += 29 * MINUTE_MS
    ok(sessions.find(id))
    clock.now += 29 * MINUTE_MS
    ok(sessions.find(id))
    clock.now += 30 * MINUTE_MS
    equal(sessions.find(id), undefined)
  })

  test('no session is older than a working day, however busy', () => {
    const { clock, sessions } = atClock()
    const { id } = sessions.open(held('token'), ACTOR.id)
    for (const end = clock.now + SESSION_MS - MINUTE_MS; clock.now < end; clock.now += MINUTE_MS) ok(sessions.find(id))
    clock.now += MINUTE_MS
    equal(sessions.find(id), undefined)
  })

  test('a CSRF token is good for its own session alone', () => {
    const { sessions } = atClock()
    const [one, other] = [sessions.open(held('token'), ACTOR.id), sessions.open(held('token'), ACTOR.id)]
    ok(isCsrfOf(one.session, one.session.csrf))
    ok(!isCsrfOf(one.session, other.session.csrf))
    ok(!isCsrfOf(one.session, ''))
  })

  test('one actor too often pushes out the own session longest unused, and nobody else', () => {
    const { sessions } = atClock()
    const others = sessions.open(held('other'), OTHER.id)
    const [used, unused] = [sessions.open(held('token'), ACTOR.id), sessions.open(held('token'), ACTOR.id)]
    sessions.find(used.id)
    for (let more = 2; more < MAX_OWN_SESSIONS + 1; more++) sessions.open(held('token'), ACTOR.id)
    deepEqual(
      [others, used, unused].map(({ id }) => sessions.find(id)?.held),
      [held('other'), held('token'), undefined],
    )
    for (let more = 0; more < 2_000; more++) sessions.open(held('token'), ACTOR.id)
    ok(sessions.find(others.id))
  })
})

describe('sign-in codes', () => {
  test('a code gives the token of whoever asked for it, once', () => {
    const { sessions } = atClock()
    sessions.cameWith(ACTOR, 'token')
    const { code } = sessions.issueCode(ACTOR) ?? { code: '' }
    deepEqual([sessions.redeem(code), sessions.redeem(code)], ['token', undefined])
  })

  test('a code is void after a minute', () => {
    const { clock, sessions } = atClock()
    sessions.cameWith(ACTOR, 'token')
    const issued = sessions.issueCode(ACTOR)
    clock.now += CODE_MS
    equal(sessions.redeem(issued?.code ?? ''), undefined)
  })

  test('who came with a session, and no token, is given none', () => {
    const { sessions } = atClock()
    equal(sessions.issueCode(ACTOR), undefined)
  })

  test('looking at a code leaves it good', () => {
    const { sessions } = atClock()
    sessions.cameWith(ACTOR, 'token')
    const { code } = sessions.issueCode(ACTOR) ?? { code: '' }
    deepEqual([sessions.peek(code), sessions.redeem(code), sessions.peek(code)], ['token', 'token', undefined])
  })

  test('one actor too often voids the oldest of their own codes, and nobody else’s', () => {
    const { sessions } = atClock()
    sessions.cameWith(ACTOR, 'token')
    sessions.cameWith(OTHER, 'other')
    const others = sessions.issueCode(OTHER)
    const own = Array.from({ length: MAX_OWN_CODES + 1 }, () => sessions.issueCode(ACTOR)?.code ?? '')
    for (let more = 0; more < 200; more++) sessions.issueCode(ACTOR)
    equal(sessions.peek(own[0] ?? ''), undefined)
    equal(sessions.redeem(others?.code ?? ''), 'other')
  })
})
