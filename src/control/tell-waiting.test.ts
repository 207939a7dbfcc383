import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTeller, signedHeaders, type Told } from './tell-waiting.ts'
import type { Waiting } from './waiting.ts'

const PROPOSAL: Waiting = {
  kind: 'proposal',
  id: '12',
  tone: 'warn',
  what: 'Proposal 12 waits for a second person',
  cause: '',
  since: Date.parse('2026-11-30T14:02:00Z'),
  next: '',
  path: '/review/12',
}
const DRIFT: Waiting = { ...PROPOSAL, kind: 'drift', id: 'partners/acme.yaml', what: 'partners/acme.yaml differs' }
const FAILING: Waiting = { ...PROPOSAL, kind: 'partner', id: 'acme', what: 'Acme: refuses' }

/** A teller over a list, an address and a store that the test holds. */
function bench() {
  const held = {
    waiting: [] as Waiting[],
    status: 204 as number | Error,
    kept: undefined as Told | undefined,
    at: 1_000,
  }
  const got: { readonly id: string; readonly signature: string; readonly body: Record<string, unknown> }[] = []
  const failures: string[] = []
  const start = () =>
    createTeller({
      list: async () => held.waiting,
      store: {
        read: async () => structuredClone(held.kept),
        write: async (told) => {
          held.kept = structuredClone(told)
        },
      },
      post: async (headers, body) => {
        got.push({
          id: headers['webhook-id'] ?? '',
          signature: headers['webhook-signature'] ?? '',
          body: JSON.parse(body) as Record<string, unknown>,
        })
        if (typeof held.status !== 'number') throw held.status
        return held.status
      },
      secret: () => 'whsec_c2VjcmV0',
      now: () => held.at,
      failed: (_where, error) => failures.push(String(error)),
    })
  const said = () => got.map(({ body }) => [body.type, (body.data as { id: string }).id])
  return { held, got, failures, start, said }
}

describe('telling what waits', () => {
  test('one message when it begins, one when it is over, none in between or after a restart', async () => {
    const { held, start, said, got } = bench()
    let teller = await start()
    held.waiting = [PROPOSAL]
    for (let looks = 0; looks < 4; looks++) await teller.turn()
    deepEqual(said(), [['waiting.began', '12']])
    deepEqual(got[0]?.body, {
      type: 'waiting.began',
      timestamp: '1970-01-01T00:00:01.000Z',
      data: {
        kind: 'proposal',
        id: '12',
        what: 'Proposal 12 waits for a second person',
        since: '2026-11-30T14:02:00.000Z',
        next: '',
        path: '/review/12',
      },
    })
    teller = await start()
    for (let looks = 0; looks < 3; looks++) await teller.turn()
    equal(got.length, 1)
    held.waiting = []
    for (let looks = 0; looks < 4; looks++) await teller.turn()
    deepEqual(said(), [
      ['waiting.began', '12'],
      ['waiting.ended', '12'],
    ])
    deepEqual(held.kept, { keys: [], queue: [] })
  })

  test('what is there for one look only, or away for one, is not told', async () => {
    const { held, start, said } = bench()
    const teller = await start()
    await teller.turn()
    held.waiting = [DRIFT]
    await teller.turn()
    held.waiting = []
    await teller.turn()
    await teller.turn()
    deepEqual(said(), [])
    held.waiting = [DRIFT]
    await teller.turn()
    await teller.turn()
    held.waiting = []
    await teller.turn()
    held.waiting = [DRIFT]
    await teller.turn()
    await teller.turn()
    deepEqual(said(), [['waiting.began', 'partners/acme.yaml']])
  })

  test('a partner that fails and comes back is no message: alerts are for that', async () => {
    const { held, start, said } = bench()
    const teller = await start()
    held.waiting = [FAILING]
    for (let looks = 0; looks < 3; looks++) await teller.turn()
    deepEqual(said(), [])
  })

  test('an address that fails is tried again later each time, in order, under the same id, over a restart', async () => {
    const { held, start, said, got, failures } = bench()
    let teller = await start()
    held.status = 500
    held.waiting = [PROPOSAL]
    await teller.turn()
    await teller.turn()
    held.waiting = [PROPOSAL, DRIFT]
    await teller.turn()
    await teller.turn()
    equal(got.length, 1, 'nothing overtakes it')
    deepEqual(failures, ['Error: it answered 500'])
    held.at += 5_000
    held.status = new Error('ECONNREFUSED')
    teller = await start()
    await teller.turn()
    equal(got.length, 2)
    await teller.turn()
    held.at += 5_000
    await teller.turn()
    equal(got.length, 2, 'the second pause is longer')
    held.at += 55_000
    held.status = 200
    await teller.turn()
    deepEqual(said().slice(2), [
      ['waiting.began', '12'],
      ['waiting.began', 'partners/acme.yaml'],
    ])
    equal(new Set(got.slice(0, 3).map(({ id }) => id)).size, 1)
    notEqual(got[2]?.id, got[3]?.id)
    match(got[3]?.id ?? '', /^msg_[0-9a-f-]{36}$/)
  })

  test('a message is given up after a day and a half, and those behind it go on', async () => {
    const { held, start, failures, got } = bench()
    const teller = await start()
    held.status = 503
    held.waiting = [PROPOSAL]
    await teller.turn()
    for (let hours = 0; hours < 48; hours++) {
      await teller.turn()
      held.at += 3_600_000
    }
    equal(failures.at(-1), 'Error: given up after 9 tries')
    equal(got.length, 9)
    held.status = 200
    held.waiting = []
    await teller.turn()
    await teller.turn()
    equal(got.at(-1)?.body.type, 'waiting.ended')
  })

  test('a list that cannot be read tells nothing, and the next look goes on', async () => {
    const { held, start, said, failures } = bench()
    const teller = await start()
    held.waiting = [PROPOSAL]
    await teller.turn()
    Object.defineProperty(held, 'waiting', {
      configurable: true,
      get: () => {
        throw new Error('the intake does not answer')
      },
    })
    await teller.turn()
    deepEqual(failures, ['Error: the intake does not answer'])
    Object.defineProperty(held, 'waiting', { value: [PROPOSAL] })
    await teller.turn()
    deepEqual(said(), [['waiting.began', '12']])
  })
})

describe('signing', () => {
  test('as the published example of Standard Webhooks', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
    const { 'webhook-signature': signature } = signedHeaders(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      '{"test": 2432232314}',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      1_614_265_330_000,
    )
    equal(signature, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('another secret, time, id or body is another signature', () => {
    const all = [
      signedHeaders('a', 'b', 'c', 1_000),
      signedHeaders('b', 'b', 'c', 1_000),
      signedHeaders('a', 'c', 'c', 1_000),
      signedHeaders('a', 'b', 'd', 1_000),
      signedHeaders('a', 'b', 'c', 2_000),
    ].map((headers) => headers['webhook-signature'])
    equal(new Set(all).size, all.length)
    ok(all.every((one) => one?.startsWith('v1,')))
  })
})
