/** Against processors of 2.0 and of 1.0 that read the specification by themselves, and sign what they answer. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OPENDSR_2, OPENGDPR_1, PROCESSOR_DOMAIN, signatureOf } from '../../../test/support/notice-partners/opendsr.ts'
import type { Answer, Situation, Vendor } from '../../../test/support/notice-partners/vendor.ts'
import { EXPIRED, GOOD, SELF } from '../../../test/support/processor-certificates.ts'
import type { NoticeEncoder, NoticeFacts, NoticeIdentifier, NoticeRequest } from './notices.ts'
import { OPENDSR, type OpenDsrSettings, openDsrUnder } from './opendsr-settings.ts'
import type { PartnerAnswer } from './type.ts'

const IDENTITIES = {
  ios_advertising_id: 'raw',
  android_id: 'sha1',
  controller_customer_id: 'raw',
  email: 'sha256',
} as const
const SETTINGS: OpenDsrSettings = OPENDSR.parse({
  url: 'https://opendsr.processor.example/v2',
  identities: IDENTITIES,
  headers: { Authorization: { prefix: 'Bearer ', env: 'TOKEN' } },
  processor: { domain: PROCESSOR_DOMAIN, certificates: [GOOD] },
})
const FIRST: OpenDsrSettings = { ...SETTINGS, url: 'https://opendsr.processor.example/v1', version: '1.0' }

const FACTS: NoticeFacts = {
  id: '372fcd8b-d723-452e-ac60-36bd17372321',
  verb: 'erase',
  identifier: { class: 'email', kind: '', value: 'JohnDoe@example.com', isPseudonym: false },
  app: { id: 'shop', platform: 'ios' },
  day: '2026-11-30',
  today: '2026-12-01',
  callback: 'https://gateway.example/opendsr/callbacks',
}
const under = (settings: OpenDsrSettings = SETTINGS): NoticeEncoder => openDsrUnder(settings, 'opendsr')
const of = (identifier: Partial<NoticeIdentifier>): NoticeFacts => ({
  ...FACTS,
  identifier: { ...FACTS.identifier, ...identifier },
})

/** What the processor answers to a request, as a partner's answer. */
async function ask(
  vendor: Vendor,
  sent: NoticeRequest,
  situation: Situation = 'good',
  asked = 1,
): Promise<PartnerAnswer & { readonly problems: readonly string[] }> {
  const headers = Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]))
  const received = { method: sent.method, path: sent.path, headers, body: sent.body }
  const reading = await vendor.read(received)
  if (reading === undefined) throw new TypeError('no call of the processor')
  return { ...asPartner(vendor.answer(reading, situation, received, asked)), problems: reading.problems }
}
function asPartner({ status, body, headers = {} }: Answer): PartnerAnswer {
  return {
    status,
    body,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  }
}

describe('partners: a deletion by OpenDSR', () => {
  test('2.0: the request of its section 7.2, with the regulation that section 7.1.1 requires', () => {
    deepEqual(under().request(FACTS), {
      method: 'POST',
      origin: 'https://opendsr.processor.example',
      path: '/v2/requests',
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        Authorization: 'Bearer {{secret:opendsr.headers.Authorization}}',
      },
      body: JSON.stringify({
        subject_request_id: FACTS.id,
        subject_request_type: 'erasure',
        submitted_time: '2026-11-30T00:00:00Z',
        subject_identities: [
          {
            identity_type: 'email',
            // printf johndoe@example.com | sha256sum
            identity_value: '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149',
            identity_format: 'sha256',
          },
        ],
        regulation: 'gdpr',
        api_version: '2.0',
        status_callback_urls: [FACTS.callback],
      }),
    })
  })
  for (const [vendor, settings] of [
    [OPENDSR_2, SETTINGS],
    [OPENGDPR_1, FIRST],
  ] as const) {
    test(`${vendor.name}: what the processor reads, and how it goes on`, async () => {
      const encoder = under(settings)
      const sent = encoder.request(FACTS)!
      const receipt = await ask(vendor, sent)
      deepEqual(receipt.problems, [])
      deepEqual(encoder.answer(receipt, FACTS), { state: 'in_progress' })
      const status = encoder.status!.request(FACTS)
      equal(status.path, `${sent.path}/${FACTS.id}`)
      for (const [asked, state] of [
        [1, 'in_progress'],
        [2, 'in_progress'],
        [3, 'confirmed'],
      ] as const) {
        const said = await ask(vendor, status, 'good', asked)
        deepEqual(said.problems, [])
        deepEqual(encoder.status!.answer(said, FACTS), { state })
      }
    })
    test(`${vendor.name}: what is refused, down, or no processor's answer`, async () => {
      const encoder = under(settings)
      const sent = encoder.request(FACTS)!
      const states: unknown[] = []
      for (const situation of ['refused', 'rate_limited', 'down', 'malformed'] as const)
        states.push(encoder.answer(await ask(vendor, sent, situation), FACTS).state)
      deepEqual(states, ['refused', 'again', 'again', 'unclear'])
      deepEqual(encoder.answer(await ask(vendor, sent, 'good', 2), FACTS), { state: 'in_progress' })
      deepEqual(encoder.status!.answer(await ask(vendor, encoder.status!.request(FACTS), 'not_found'), FACTS), {
        state: 'again',
      })
    })
  }
})

describe('partners: answers of a processor that has a certificate', () => {
  const body = JSON.stringify({ subject_request_id: FACTS.id, request_status: 'completed' })
  const answer = (headers: Record<string, string>, text = body): PartnerAnswer =>
    asPartner({ status: 200, body: text, headers })
  test('count where they are signed, and nowhere else', () => {
    const { status, answer: receipt } = under()
    deepEqual(status!.answer(answer(signatureOf(body)), FACTS), { state: 'confirmed' })
    deepEqual(status!.answer(answer({}), FACTS), { state: 'unclear' })
    deepEqual(status!.answer(answer(signatureOf(body), body.replace('completed', 'cancelled')), FACTS), {
      state: 'unclear',
    })
    deepEqual(receipt(answer({}), FACTS), { state: 'unclear' })
  })
  test('not under a certificate that has expired', () => {
    const old = under({ ...SETTINGS, processor: { domain: PROCESSOR_DOMAIN, certificates: [EXPIRED] } })
    deepEqual(old.status!.answer(answer(signatureOf(body)), FACTS), { state: 'unclear' })
  })
  test('not of another request', () => {
    const other = body.replace(FACTS.id, 'a7551968-d5d6-44b2-9831-815ac9017798')
    deepEqual(under().status!.answer(answer(signatureOf(other), other), FACTS), { state: 'unclear' })
  })
  test('a deletion that found nothing is of nobody', () => {
    const none = JSON.stringify({ subject_request_id: FACTS.id, request_status: 'completed', results_count: 0 })
    deepEqual(under().status!.answer(answer(signatureOf(none), none), FACTS), { state: 'no_match' })
  })
  test('without one, TLS has to do, and no callback is asked for', () => {
    const { processor: _, ...rest } = SETTINGS
    const encoder = under(rest)
    deepEqual(encoder.status!.answer(answer({}), FACTS), { state: 'confirmed' })
    equal(encoder.callback, undefined)
    equal(encoder.request(FACTS)!.body.includes('status_callback_urls'), false)
  })
})

describe('partners: mParticle’s errors, a processor’s own page', () => {
  const error = (status: number, message: string): PartnerAnswer =>
    asPartner({ status, body: JSON.stringify({ code: status, message, errors: [{ domain: 'Validation', message }] }) })
  for (const [status, message, state] of [
    [400, 'Invalid data was detected', 'refused'],
    [400, 'Subject request already exists.', 'in_progress'],
    [401, 'The credentials provided in the request are not valid.', 'again'],
    [409, 'There is an in progress request with the same identities, extensions and type.', 'accepted'],
    [429, 'Too many requests have been submitted.', 'again'],
    [500, 'A server-side error has occured', 'again'],
  ] as const)
    test(`${status} ${message}`, () => equal(under().answer(error(status, message), FACTS).state, state))
})

describe('partners: a callback of an OpenDSR processor', () => {
  const noHmac = (): string => ''
  const call = (body: string, headers: Record<string, string> = signatureOf(body)): unknown =>
    under().callback!({ headers: asPartner({ status: 200, body, headers }).headers, body }, noHmac, '2026-12-01')
  const body = JSON.stringify({
    controller_id: '4308',
    expected_completion_time: '2018-05-31T16:27:28.679094',
    subject_request_id: FACTS.id,
    request_status: 'completed',
    api_version: '2.0',
    results_url: null,
    extensions: null,
  })
  test('says how a request goes', () => {
    deepEqual(call(body), { kind: 'said', id: FACTS.id, answer: { state: 'confirmed' } })
    deepEqual(call(body.replace('completed', 'pending')), {
      kind: 'said',
      id: FACTS.id,
      answer: { state: 'in_progress' },
    })
    deepEqual(call(body.replace('completed', 'cancelled')), {
      kind: 'said',
      id: FACTS.id,
      answer: { state: 'refused' },
    })
  })
  test('is nothing unless it is signed, whatever it says', () => {
    deepEqual(call(body, {}), { kind: 'unsigned' })
    deepEqual(call('{', {}), { kind: 'unsigned' })
    deepEqual(call(`${body} `, signatureOf(body)), { kind: 'unsigned' })
  })
  test('is malformed where it says no state or no request', () => {
    for (const text of [
      '',
      '[]',
      'null',
      '{}',
      body.replace('completed', 'distributed'),
      body.replace(`"${FACTS.id}"`, '7'),
    ])
      deepEqual(call(text), { kind: 'malformed' }, text)
  })
})

describe('partners: whom an OpenDSR processor can be told of', () => {
  const identity = (facts: NoticeFacts): unknown => {
    const request = under().request(facts)
    return request === undefined ? undefined : JSON.parse(request.body).subject_identities[0].identity_value
  }
  test('by what its discovery lists', () => {
    equal(
      identity(of({ class: 'advertising_id', kind: 'idfa', value: 'AEBE52E7-03EE-455A-B3C4-E57283966239' })),
      'AEBE52E7-03EE-455A-B3C4-E57283966239',
    )
    equal(
      identity(of({ class: 'advertising_id', kind: 'aaid', value: 'aebe52e7-03ee-455a-b3c4-e57283966239' })),
      undefined,
    )
    equal(identity(of({ class: 'vendor_id', value: 'AEBE52E7-03EE-455A-B3C4-E57283966239' })), undefined)
    equal(identity(of({ class: 'push_token', value: 'token' })), undefined)
    const android = {
      ...of({ class: 'device_id', value: '9774d56d682e549c' }),
      app: { id: 'a', platform: 'android' } as const,
    }
    // printf 9774d56d682e549c | sha1sum
    equal(identity(android), '41e29575c7361b2924f701502ca6d932b45b9e51')
  })
  test('a pseudonym is an account’s name and no device’s', () => {
    const pseudonym = { value: 'p1.AAAAAAAAAAAAAAAAAAAAAA', isPseudonym: true }
    equal(identity(of({ class: 'user_id', ...pseudonym })), pseudonym.value)
    equal(identity(of({ class: 'advertising_id', kind: 'idfa', ...pseudonym })), undefined)
  })
})

describe('partners: settings of OpenDSR', () => {
  const problem = (settings: object): string => {
    const read = OPENDSR.safeParse({ url: 'https://p.example/v2', identities: IDENTITIES, ...settings })
    return read.success ? '' : (read.error.issues[0]?.message ?? '')
  }
  test('what cannot work is refused', () => {
    equal(problem({}), '')
    match(problem({ identities: {} }), /no identity/)
    match(problem({ url: 'http://p.example/v2' }), /only https/)
    match(problem({ url: 'https://p.example/v2/' }), /\/ at its end/)
    match(problem({ processor: { domain: PROCESSOR_DOMAIN, certificates: [SELF] } }), /self-signed/)
    match(problem({ processor: { domain: PROCESSOR_DOMAIN, certificates: [] } }), /./)
  })
})
