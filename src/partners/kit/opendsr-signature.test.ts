/** Bodies are those of the specification's examples, and mParticle's of its developer pages (November 2026). */
import { equal, match } from 'node:assert/strict'
import { createSign, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import * as certificates from '../../../test/support/processor-certificates.ts'
import type { EpochMs } from '../../model/brand.ts'
import { certificateProblem, checkSignature, trustIn } from './opendsr-signature.ts'

const { EC_KEY, EXPIRED, GOOD, GOOD_EC, RSA_KEY, SELF, WEAK, WILDCARD } = certificates
const DOMAIN = 'opendsr.processor.example'
const NOW = Date.parse('2026-12-01T00:00:00Z') as EpochMs
const OPENDSR_2 = `{
    "controller_id":"example_controller_id",
    "expected_completion_time":"2018-11-01T15:00:01Z",
    "status_callback_url":"https://examplecontroller.com/opendsr/callbacks",
    "subject_request_id":"a7551968-d5d6-44b2-9831-815ac9017798",
    "request_status":"pending",
    "results_url":"https://exampleprocessor.com/secure/d188d4ba-12db-48a0-898c-cd0f8ba7b345",
    "results_count":340
}`
const MPARTICLE = `{
    "controller_id":"4308",
    "expected_completion_time":"2018-05-31T16:27:28.679094",
    "subject_request_id":"372fcd8b-d723-452e-ac60-36bd17372321",
    "request_status":"pending",
    "api_version":"2.0",
    "results_url":null,
    "extensions": null
}`

const signed = (body: string, key = RSA_KEY): string => sign('sha256', Buffer.from(body), key).toString('base64')
const check = (
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  { body = OPENDSR_2, trusted = [GOOD], now = NOW }: { body?: string; trusted?: string[]; now?: EpochMs } = {},
): string => checkSignature(headers, Buffer.from(body), trustIn({ domain: DOMAIN, certificates: trusted }), now)

describe('partners: what an OpenDSR processor signed', () => {
  const signature = signed(OPENDSR_2)
  const headers = { 'x-opendsr-processor-domain': DOMAIN, 'x-opendsr-signature': signature }
  test('is taken under the names of 2.0 and of 1.0', () => {
    equal(check(headers), 'good')
    equal(check({ 'x-opengdpr-processor-domain': DOMAIN, 'x-opengdpr-signature': signature }), 'good')
  })
  test('with RSA and with an elliptic curve, as another library signs it', () => {
    const other = createSign('RSA-SHA256').update(MPARTICLE).sign(RSA_KEY, 'base64')
    equal(check({ ...headers, 'x-opendsr-signature': other }, { body: MPARTICLE }), 'good')
    equal(check({ ...headers, 'x-opendsr-signature': signed(OPENDSR_2, EC_KEY) }, { trusted: [GOOD_EC] }), 'good')
  })
  test('with the header folded over lines, as the specification prints it', () => {
    const folded = signature.replace(/.{80}/g, '$&\r\n ')
    equal(check({ ...headers, 'x-opendsr-signature': `\r\n${folded}` }), 'good')
  })
  test('while its certificate is being replaced', () => {
    equal(check(headers, { trusted: [EXPIRED, GOOD_EC, GOOD] }), 'good')
  })
  test('the domain in any case', () => {
    equal(check({ ...headers, 'x-opendsr-processor-domain': 'OpenDSR.Processor.example' }), 'good')
  })
})

describe('partners: what an OpenDSR processor did not sign', () => {
  const signature = signed(OPENDSR_2)
  const headers = { 'x-opendsr-processor-domain': DOMAIN, 'x-opendsr-signature': signature }
  const rows: readonly (readonly [string, string, () => string])[] = [
    ['another status', 'signature', () => check(headers, { body: OPENDSR_2.replace('pending', 'completed') })],
    ['one space more', 'signature', () => check(headers, { body: `${OPENDSR_2} ` })],
    [
      "another key's signature",
      'signature',
      () => check({ ...headers, 'x-opendsr-signature': signed(OPENDSR_2, EC_KEY) }),
    ],
    [
      'the specification’s own example value',
      'signature',
      () =>
        check({
          ...headers,
          'x-opendsr-signature': 'kiGlog3PdQx+FQmB8wYwFC1fekbJG7Dm9WdqgmXc9uKkFRSM4uPzylLi7j083461xLZ',
        }),
    ],
    ['no signature', 'unsigned', () => check({ 'x-opendsr-processor-domain': DOMAIN })],
    ['no domain', 'unsigned', () => check({ 'x-opendsr-signature': signature })],
    ['two different signatures', 'unsigned', () => check({ ...headers, 'x-opengdpr-signature': signed('{}') })],
    [
      'a header that came twice',
      'unsigned',
      () => check({ ...headers, 'x-opendsr-signature': [signature, signed('{}')] }),
    ],
    ['not base64', 'signature', () => check({ ...headers, 'x-opendsr-signature': '<script>' })],
    ['an endless one', 'signature', () => check({ ...headers, 'x-opendsr-signature': 'A'.repeat(2_740) })],
    ['an empty one', 'signature', () => check({ ...headers, 'x-opendsr-signature': '' })],
    ['another domain', 'domain', () => check({ ...headers, 'x-opendsr-processor-domain': 'opendsr.other.example' })],
    ['a domain under ours', 'domain', () => check({ ...headers, 'x-opendsr-processor-domain': `x.${DOMAIN}` })],
    ['a certificate that has expired', 'certificate', () => check(headers, { trusted: [EXPIRED] })],
    [
      'a certificate that is not valid yet',
      'certificate',
      () => check(headers, { now: Date.parse('2019-12-31T00:00:00Z') as EpochMs }),
    ],
    ['a wildcard', 'certificate', () => check(headers, { trusted: [WILDCARD] })],
    ['no certificate', 'certificate', () => check(headers, { trusted: [] })],
  ]
  for (const [what, code, run] of rows) test(what, () => equal(run(), code))
})

describe('partners: a certificate of the contract', () => {
  test('is one that an authority signed for this domain', () => {
    equal(certificateProblem(GOOD, DOMAIN), undefined)
    equal(certificateProblem(GOOD_EC, DOMAIN), undefined)
    // Its dates are held against the moment of use.
    equal(certificateProblem(EXPIRED, DOMAIN), undefined)
  })
  test('no other', () => {
    match(certificateProblem('hello', DOMAIN)!, /not a certificate/)
    match(certificateProblem(SELF, DOMAIN)!, /self-signed/)
    match(certificateProblem(WEAK, DOMAIN)!, /2048 bits/)
    match(certificateProblem(WILDCARD, DOMAIN)!, /does not name/)
    match(certificateProblem(GOOD, 'opendsr.other.example')!, /does not name/)
  })
})
