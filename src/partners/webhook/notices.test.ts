/** What a receiver of our own JSON is told, and what its words mean. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { NoticeAnswer, NoticeFacts } from '../kit/notices.ts'
import type { Connection } from '../kit/type.ts'
import { webhook } from './index.ts'

const SIGNED = { header: 'X-Signature', prefix: 'v1=', key: { env: 'K' } }

function connection(notices: object | undefined): Connection {
  const written = { url: 'https://hook.example/events', signature: SIGNED, ...(notices && { notices }) }
  return webhook.connection.parse(written) as Connection
}

function opened(notices: object) {
  const encoder = webhook.notices?.calls.opt_out?.under(connection(notices))
  if (encoder === undefined) throw new TypeError('not set up')
  return encoder
}

const FACTS: NoticeFacts = {
  id: '0f6f6f0e-3f54-4f5a-8d0f-0d9f8b6c1a11',
  verb: 'opt_out',
  identifier: {
    class: 'advertising_id',
    kind: 'idfa',
    value: 'AEBE52E7-03EE-455A-B3C4-E57283966239',
    isPseudonym: false,
  },
  app: { id: 'shop', bundle: 'com.example.shop', platform: 'ios' },
  day: '2026-11-30',
  today: '2026-12-02',
  callback: undefined,
}

describe('webhook: a notice', () => {
  test('says one identifier, the verb and the day; the id is the idempotency key; the body is signed', () => {
    const request = opened({ url: 'https://hook.example/privacy' }).request(FACTS)
    deepEqual(request, {
      method: 'POST',
      origin: 'https://hook.example',
      path: '/privacy',
      headers: { 'Content-Type': 'application/json', 'Webhook-Id': FACTS.id },
      body: `{"notice":"${FACTS.id}","verb":"opt_out","identifier":{"type":"advertising_id","kind":"idfa","value":"AEBE52E7-03EE-455A-B3C4-E57283966239","pseudonym":false},"app":"shop","day":"2026-11-30"}`,
      sign: { header: 'X-Signature', algorithm: 'sha256', prefix: 'v1=', key: 'signature.key' },
    })
  })

  test('of a deletion goes by OpenDSR where the receiver is a processor', () => {
    const opendsr = { url: 'https://opendsr.hook.example/v2', identities: { ios_advertising_id: 'raw' } }
    const written = { url: 'https://hook.example/events', signature: SIGNED, notices: {}, opendsr }
    const asked = webhook.connection.parse(written) as Connection
    const { erase, opt_out } = webhook.notices!.calls
    equal(erase!.under(asked)!.request({ ...FACTS, verb: 'erase' })!.path, '/v2/requests')
    equal(erase!.idempotent(asked), true)
    equal(opt_out!.under(asked)!.request(FACTS)!.path, '/events')
    equal(opt_out!.idempotent(asked), false)
  })

  test('is not made where the contract does not say that the receiver understands it', () => {
    for (const call of Object.values(webhook.notices!.calls)) equal(call.under(connection(undefined)), undefined)
    equal(webhook.notices!.calls.erase!.under(connection({ verbs: ['opt_out'] })), undefined)
  })

  test('is never unsigned: the settings are refused', () => {
    const read = webhook.connection.safeParse({ url: 'https://hook.example/', notices: {} })
    match(String(read.error?.issues[0]?.message), /without a signature/)
  })

  for (const [status, body, expected] of [
    [200, '', { state: 'accepted' }],
    [202, '{"state":"in_progress"}', { state: 'in_progress' }],
    [200, '{"state":"confirmed"}', { state: 'confirmed' }],
    [200, '{"state":"no_match"}', { state: 'no_match' }],
    [200, '{"state":"whatever"}', { state: 'accepted' }],
    [404, '{"state":"no_match"}', { state: 'no_match' }],
    [404, '', { state: 'refused' }],
    [301, '', { state: 'refused' }],
    [400, '{"state":"confirmed"}', { state: 'refused' }],
    [401, '', { state: 'again' }],
    [410, '', { state: 'refused' }],
    [429, '', { state: 'again' }],
    [503, '{"state":"confirmed"}', { state: 'again' }],
  ] as [number, string, NoticeAnswer][])
    test(`answered ${status} ${body || 'without a body'}: ${expected.state}`, () => {
      deepEqual(opened({}).answer({ status, headers: {}, body }, FACTS), expected)
    })

  test('a bare 2xx is done only where the contract says that it is; one that cannot be read is unclear', () => {
    deepEqual(opened({ done: 'confirmed' }).answer({ status: 200, headers: {}, body: 'ok' }, FACTS), {
      state: 'confirmed',
    })
    deepEqual(opened({}).answer({ status: 200, headers: {}, body: '{"sta', incomplete: true }, FACTS), {
      state: 'unclear',
    })
  })

  test('how it goes is asked by our own id', () => {
    const { status } = opened({ status_url: 'https://hook.example/notices/{id}?v=1' })
    equal(status?.request(FACTS).path, `/notices/${FACTS.id}?v=1`)
  })

  test('a callback counts where it is signed as we sign', () => {
    const { callback } = opened({})
    const hmac = (key: string, algorithm: string, text: string): string =>
      createHmac(algorithm, `secret of ${key}`).update(text).digest('hex')
    const body = `{"notice":"${FACTS.id}","state":"confirmed"}`
    const signed = (text: string) => ({
      headers: { 'x-signature': `v1=${hmac('signature.key', 'sha256', text)}` },
      body: text,
    })
    deepEqual(callback?.(signed(body), hmac, '2026-12-02'), {
      kind: 'said',
      id: FACTS.id,
      answer: { state: 'confirmed' },
    })
    deepEqual(callback?.({ ...signed(body), body: body.replace('confirmed', 'no_match') }, hmac, '2026-12-02'), {
      kind: 'unsigned',
    })
    deepEqual(callback?.({ headers: {}, body }, hmac, '2026-12-02'), { kind: 'unsigned' })
    deepEqual(callback?.(signed('{"state":"confirmed"}'), hmac, '2026-12-02'), { kind: 'malformed' })
    deepEqual(callback?.(signed(`{"notice":"${FACTS.id}","state":"maybe"}`), hmac, '2026-12-02'), { kind: 'malformed' })
  })
})
