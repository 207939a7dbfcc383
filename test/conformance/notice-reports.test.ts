/** Requests, answers and callbacks about deletions that others published, each with its address, and what is right. */
import { deepEqual, equal } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { createLocalJWKSet, exportJWK, SignJWT } from 'jose'
import type { EpochMs } from '../../src/model/brand.ts'
import { DSRDELETE } from '../../src/partners/kit/deletion-framework.ts'
import type { NoticeEncoder, NoticeFacts, NoticeIdentifier, ToldVerb } from '../../src/partners/kit/notices.ts'
import { OPENDSR, openDsrUnder } from '../../src/partners/kit/opendsr-settings.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { RESULT, readDeletionRequest } from '../../src/subjects/deletion-tokens.ts'

const FACTS: NoticeFacts = {
  id: '475974fa-6b42-4370-bb56-b5d845686bb5',
  verb: 'erase',
  identifier: { class: 'user_id', kind: '', value: 'u-1', isPseudonym: false },
  app: { id: 'shop', platform: 'ios' },
  day: '2025-06-01',
  today: '2025-06-02',
  callback: undefined,
}
function encoderOf(type: string, verb: ToldVerb = 'erase', connection?: object): NoticeEncoder {
  const found = PARTNER_TYPES.find((one) => one.type === type)!
  const settings = connection ?? found.sample.connection
  return found.notices!.calls[verb]!.under(JSON.parse(JSON.stringify(found.connection.parse(settings))) as Connection)!
}
const asked = (type: string, identifier: Omit<NoticeIdentifier, 'isPseudonym'>, platform: 'ios' | 'android' = 'ios') =>
  encoderOf(type).request({
    ...FACTS,
    identifier: { ...identifier, isPseudonym: false },
    app: { id: 'shop', platform },
  })!

/** https://github.com/guardian/support-service-lambdas, handlers/mparticle-api/test: a callback of mParticle's as it came, and its certificate. */
const MPARTICLE = {
  domain: 'opendsr.mparticle.com',
  certificate: `-----BEGIN CERTIFICATE-----
MIIGxTCCBa2gAwIBAgIJAJiaioQqPUBUMA0GCSqGSIb3DQEBCwUAMIG0MQswCQYD
VQQGEwJVUzEQMA4GA1UECBMHQXJpem9uYTETMBEGA1UEBxMKU2NvdHRzZGFsZTEa
MBgGA1UEChMRR29EYWRkeS5jb20sIEluYy4xLTArBgNVBAsTJGh0dHA6Ly9jZXJ0
cy5nb2RhZGR5LmNvbS9yZXBvc2l0b3J5LzEzMDEGA1UEAxMqR28gRGFkZHkgU2Vj
dXJlIENlcnRpZmljYXRlIEF1dGhvcml0eSAtIEcyMB4XDTI0MTEwNTE2NDIzMFoX
DTI1MTIwNzE2NDIzMFowIDEeMBwGA1UEAxMVb3BlbmRzci5tcGFydGljbGUuY29t
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxTF/HNO8tODePQyI+tQZ
wVwqE9LAfmoDo5a0ooUtQx6WMUmvRa3qhQzl7x+LbPM1FAxRqyA7dPO9WCSYz2vD
O8oBClyu9HtfMiRDNcKHAAWe1+2kfzA7/d11X8MQCMxEBiuyU583P4FoLGdsFKZ8
K+IAwzv7hW6VVdO5/XusknToeInwXhdJFqiLttohSg+8aaRU2vNsYxpS/f+45XBE
wv5gAEb7JlsmtkNj3TJlRiGoKRlocZcP3aoimqfXmwvj/w3ysF+5swBf1+9wWboY
pL0HjU4jfeZZRf3eAFlKirrZlVANoNMu48B8ysoz+SLiNu/uQpkdueuax7zK1bui
tQIDAQABo4IDazCCA2cwDAYDVR0TAQH/BAIwADAdBgNVHSUEFjAUBggrBgEFBQcD
AQYIKwYBBQUHAwIwDgYDVR0PAQH/BAQDAgWgMDkGA1UdHwQyMDAwLqAsoCqGKGh0
dHA6Ly9jcmwuZ29kYWRkeS5jb20vZ2RpZzJzMS0zMjEzNC5jcmwwXQYDVR0gBFYw
VDBIBgtghkgBhv1tAQcXATA5MDcGCCsGAQUFBwIBFitodHRwOi8vY2VydGlmaWNh
dGVzLmdvZGFkZHkuY29tL3JlcG9zaXRvcnkvMAgGBmeBDAECATB2BggrBgEFBQcB
AQRqMGgwJAYIKwYBBQUHMAGGGGh0dHA6Ly9vY3NwLmdvZGFkZHkuY29tLzBABggr
BgEFBQcwAoY0aHR0cDovL2NlcnRpZmljYXRlcy5nb2RhZGR5LmNvbS9yZXBvc2l0
b3J5L2dkaWcyLmNydDAfBgNVHSMEGDAWgBRAwr0njsw0gzCiM9f7bLPwtCyAzjBT
BgNVHREETDBKghVvcGVuZHNyLm1wYXJ0aWNsZS5jb22CGXd3dy5vcGVuZHNyLm1w
YXJ0aWNsZS5jb22CFm9wZW5nZHByLm1wYXJ0aWNsZS5jb20wHQYDVR0OBBYEFC7F
Ic7FKG1aKvxKxUi5U3SHPzweMIIBfwYKKwYBBAHWeQIEAgSCAW8EggFrAWkAdgAS
8U40vVNyTIQGGcOPP3oT+Oe1YoeInG0wBYTr5YYmOgAAAZL9NNeXAAAEAwBHMEUC
IQDr4jPyomhLrNXQEf4DRl9VrfeLbBFj5XQq3D/DK/rsngIgaDAcSZo9o8pytMKo
QdKI4ka097+QB56dOLU3ig2DW1oAdgB9WR4S4XgqexxhZ3xe/fjQh1wUoE6VnrkD
L9kOjC55uAAAAZL9NNgyAAAEAwBHMEUCIGnXl/6S357tWrD/4kAgtMIae8aNG6qY
ZfMdMEccOg3RAiEA6V8tgPdQr7WSuEQPGym6tepIJJNuzaoT39v43aVS31kAdwDM
+w9qhXEJZf6Vm1PO6bJ8IumFXA2XjbapflTA/kwNsAAAAZL9NOMeAAAEAwBIMEYC
IQCamP5iSrVxOsPadJ8Icl0yJwrSh2ELCBqzH0sTljkD+wIhAIcp2NBzUq/OxZcu
28mEoIbON67KMUxhdNojNZVzyHzAMA0GCSqGSIb3DQEBCwUAA4IBAQBbwmhxQGGm
e0AivsEvKmC3bgq1YqDnbiG/nUCJMMQyI8PhkO1LOquvtMVI3e1Exhx+9lG+1X91
FbdGY7MZmfEbUDHIA/AOhxGla27jVEWDU/Pew2S2XRquzCDQ6vFN7YK8T+9SYDDc
04UStLxXsdFLX+k0ST/FjGT8jUqf/wwvdt862LqtyeGhtsVuuWZ5mbQmM8PoIXt9
EG5Zi8jpaTEM1Mr0N+XUQ7qSFgS4C+itgG0PJkaQ430gd8JMF3JmQc8qZYNOTFmk
0Kn5K+iDIgmfJuUwdLjMWTsbgLcaDdZYDfmJPRHYr2/L7d6ZJn0uIxH1PNGXxs17
MiRsTMp7uYAR
-----END CERTIFICATE-----`,
  body: '{"controller_id":"1402","expected_completion_time":"2025-06-09T00:00:00Z","status_callback_url":"https://webhook.site/6dfd0447-e1f9-4a98-a391-25481898763b","subject_request_id":"475974fa-6b42-4370-bb56-b5d845686bb5","request_status":"completed","results_url":null,"extensions":null}',
  signature:
    'q/zaWUW4dJYXo7Bu9NR0AkkwbS/lnab2cQ/6hxuhNw/8xnljzjXB3jJhUM7UTr5+KZZ5/delbtAKVNPXLAGZ7DoeWMnWwYeyq3Pzw4l5wugg3YtFLS5o0MRlGye6Vj0UH2c/T8vQ87/KNl5hYrhYqrZvNb+f+gL9eSZ80lQwMu27fVSrnh7yztNLHLP593kV9oq1QBXQqf8yRVGy7fcFieNHtgYAuKFJeDkCwx7e4ismhKNkfM8Xlt6TEdR8dAwB6TVbz3W7bk4dTUKQrAVX84js4V5Sphj+vUBT/NATel6HYlkSsOk10HLjbaM2BwQtd51rD6ex9VbtpP0G8mHDVw==',
}
const PROCESSOR = OPENDSR.parse({
  url: 'https://opendsr.mparticle.com/v2',
  identities: { controller_customer_id: 'raw' },
  processor: { domain: MPARTICLE.domain, certificates: [MPARTICLE.certificate] },
})
const BY_TLS = OPENDSR.parse({ url: 'https://processor.example/v2', identities: { controller_customer_id: 'raw' } })

describe('a callback that mParticle signed in 2025', () => {
  const called = (body: string, day: string, domain = MPARTICLE.domain) =>
    openDsrUnder(PROCESSOR, 'opendsr').callback!(
      { headers: { 'x-opendsr-processor-domain': domain, 'x-opendsr-signature': MPARTICLE.signature }, body },
      () => '',
      day,
    )
  test('is believed while its certificate is valid', () => {
    deepEqual(called(MPARTICLE.body, '2025-06-02'), { kind: 'said', id: FACTS.id, answer: { state: 'confirmed' } })
  })
  test('is not once it has expired, with another word in it, or from another domain', () => {
    const unsigned = { kind: 'unsigned' }
    deepEqual(called(MPARTICLE.body, '2025-12-08'), unsigned)
    deepEqual(called(MPARTICLE.body.replace('1402', '1403'), '2025-06-02'), unsigned)
    deepEqual(called(MPARTICLE.body, '2025-06-02', 'opengdpr.mparticle.com'), unsigned)
  })
})

describe('answers about deletions, as published', () => {
  const openDsr = openDsrUnder(BY_TLS, 'opendsr')
  const receipt = (encoder: NoticeEncoder) => encoder.answer
  const status = (encoder: NoticeEncoder) => encoder.status!.answer
  const said = (request_status: string) => JSON.stringify({ subject_request_id: FACTS.id, request_status })
  const rows: readonly (readonly [
    source: string,
    what: string,
    read: NoticeEncoder['answer'],
    status: number,
    body: string,
    state: string,
  ])[] = [
    ['opengdpr/OpenDSR#33', 'a request that failed', status(openDsr), 200, said('failed'), 'refused'],
    ['opengdpr/OpenDSR#33', 'one that cannot be satisfied', status(openDsr), 200, said('unsatisfiable'), 'refused'],
    ['opengdpr/OpenDSR pull 16', 'one that met an error', status(openDsr), 200, said('error'), 'refused'],
    [
      'opengdpr/OpenDSR#34',
      'a receipt for another request',
      receipt(openDsr),
      201,
      '{"controller_id":"controller-1234","subject_request_id":"request-1234","encoded_request":""}',
      'unclear',
    ],
    [
      'docs.mparticle.com, Data Subject Requests for Erasure',
      'a time without a zone, and what its partners said',
      status(openDsr),
      200,
      `{"controller_id":"3707","expected_completion_time":"2021-09-13T00:00:00","subject_request_id":"${FACTS.id}","group_id":null,"request_status":"pending","api_version":"2.0","results_url":null,"extensions":{"opendsr.mparticle.com":{"distribution_status":[{"domain":"kochava.com","name":"Kochava DSR Federation","status":"failed","status_message":null}]}}}`,
      'in_progress',
    ],
    [
      'docs.mparticle.com, Data Subject Requests for Erasure',
      'an error without the member that the specification puts it in',
      receipt(openDsr),
      400,
      '{"code":400,"message":"Only one mpid per request is allowed when request distribution is enabled.","errors":[{"domain":"Validation","reason":"InvalidOperationException"}]}',
      'refused',
    ],
    [
      'a public client of gdpr.singular.net (check_singular_gdpr_status)',
      'the status under a shorter name',
      status(encoderOf('singular')),
      200,
      '{"status":"completed"}',
      'confirmed',
    ],
    [
      'rudderlabs/rudder-transformer, destinations/af/network.ts',
      'success in the status line alone: AppsFlyer’s answers have a body',
      receipt(encoderOf('appsflyer')),
      200,
      '',
      'unclear',
    ],
    [
      'help.adjust.com/en/article/gdpr-api-reference',
      '451 Unavailable for legal reasons: an earlier request is in force',
      receipt(encoderOf('adjust')),
      451,
      '',
      'accepted',
    ],
    [
      'help.adjust.com/en/article/s2s-api-reference',
      'Device is opted out, to an opt-out',
      receipt(encoderOf('adjust', 'opt_out')),
      451,
      '{"error":"Event request failed (Device is opted out)"}',
      'accepted',
    ],
    [
      'help.adjust.com/en/article/s2s-api-reference',
      'Device is opted out, to its lifting: a forgotten device stays so',
      receipt(encoderOf('adjust', 'opt_in')),
      451,
      '{"error":"Event request failed (Device is opted out)"}',
      'refused',
    ],
    [
      'help.adjust.com/en/article/gdpr-api-reference',
      '429: 10 requests a minute',
      receipt(encoderOf('adjust')),
      429,
      '',
      'again',
    ],
    [
      'support.kochava.com/?p=35485',
      'the sample of a response',
      receipt(encoderOf('kochava')),
      200,
      '{"status":"OK","response":"200","job_status":"queued","job_id":"job_id"}',
      'accepted',
    ],
    [
      'help.branch.io/apidocs/data-subject-request',
      'the sample of 400',
      receipt(encoderOf('branch')),
      400,
      '{"error":{"message":"Authentication failed !","code":400}}',
      'refused',
    ],
  ]
  for (const [source, what, read, code, body, state] of rows)
    test(`${source}: ${what}`, () => equal(read({ status: code, headers: {}, body }, FACTS).state, state))
})

describe('requests for deletions, as published', () => {
  test('support.kochava.com/?p=35485: the sample of a body', () => {
    const { body } = asked('kochava', { class: 'advertising_id', kind: 'aaid', value: 'a_real_adid' }, 'android')
    deepEqual(JSON.parse(body), { device_ids: [{ id_type: 'adid', id_value: 'a_real_adid' }] })
  })
  test('dev.adjust.com/en/api/s2s-api/data-erasure-api: the sample of a call', () => {
    const idfa = { class: 'advertising_id', kind: 'idfa', value: '9C5CBC1D-4F42-4764-A5E6-84DAF3D24707' } as const
    const { origin, path, method } = encoderOf('adjust', 'erase', { app_token: 'kwrqhymtnsr2' }).request({
      ...FACTS,
      identifier: { ...idfa, isPseudonym: false },
    })!
    deepEqual(
      [method, `${origin}${path}`],
      [
        'POST',
        'https://gdpr.adjust.com/gdpr_forget_device?s2s=1&app_token=kwrqhymtnsr2&idfa=9C5CBC1D-4F42-4764-A5E6-84DAF3D24707',
      ],
    )
  })
  test('rudderlabs/rudder-transformer#1426: AppsFlyer’s own id is not called an advertising id', () => {
    const own = { class: 'partner_id', kind: 'appsflyer_id', value: '1665148898336-5539842602053895577' } as const
    deepEqual(JSON.parse(asked('appsflyer', own).body).subject_identities, [
      { identity_type: 'appsflyer_id', identity_value: own.value, identity_format: 'raw' },
    ])
  })
})

/** https://github.com/InteractiveAdvertisingBureau/Data-Subject-Rights at b9418f5, Data Deletion Request Framework.md */
describe('the examples of the Data Deletion Request Framework', () => {
  const FILE = {
    endpoint: 'https://www.publisher1.com/api/delete/',
    domain: 'publisher1.com',
    keys: [
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
        kid: 'Public key used in JWS spec Appendix A.3 example',
      },
    ],
  }
  test('dsrdelete.json: its key and its e-mail address are taken; its `hash` does not say which', () => {
    equal(DSRDELETE.safeParse({ ...FILE, identifiers: { email: 'sha256' } }).success, true)
    const read = DSRDELETE.safeParse({ ...FILE, identifiers: { email: 'sha256', idfa: 'hash' } })
    deepEqual(
      read.error?.issues.map(({ path }) => path.join('.')),
      ['identifiers.idfa'],
    )
  })
  test('idJWT and rqJWT: what of them is not for us is refused by its code', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'abc123' }] })
    const sign = (claims: object): Promise<string> =>
      new SignJWT({ version: '1.0', jti: 'unique_jwt_identifier', iat: 1693459424, ...claims })
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: 'abc123' })
        .sign(privateKey)
    const sub = { identifierValue: '28f6dc889e...fe167', identifierType: 'email', identifierFormat: 'sha256' } as never
    const read = async (rqJWT: string, at = 1693459424_000) => {
      const rules = { keysOf: () => keys, domain: 'vendor2.com', now: () => at as EpochMs, identityOf: () => undefined }
      const answer = await readDeletionRequest(rqJWT, rules)
      return answer.ok || answer.code
    }
    const idJWT = await sign({ iss: 'publisher1.com', sub })
    const parameters = { optionalParameters: '{optional_parameters_information}' }
    equal(await read(await sign({ idJWT, iss: 'vendor1.com', sub, ...parameters })), RESULT.identifier_type)
    const placeholder = { idJWT: 'original_jwt_information', iss: 'vendor1.com', sub }
    equal(await read(await sign(placeholder)), RESULT.token)
    equal(await read(await sign({ idJWT, iss: 'vendor1.com', sub }), Date.UTC(2026, 11, 1)), RESULT.timestamp)
  })
})
