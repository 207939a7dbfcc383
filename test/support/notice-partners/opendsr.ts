/** A processor by OpenDSR 2.0 or 1.0, which signs what it answers; and Singular, which speaks 0.1.4 and signs nothing. */
import { createSign } from 'node:crypto'
import type { Received } from '../partner.ts'
import { RSA_KEY } from '../processor-certificates.ts'
import {
  type Answer,
  DOWN,
  json,
  jsonIn,
  MALFORMED,
  Problems,
  type Reading,
  RFC_3339,
  UUID_4,
  type Vendor,
} from './vendor.ts'

interface Edition {
  readonly name: string
  readonly source: string
  readonly path: string
  /** Members of a request beside those of every edition. */
  readonly needed: readonly string[]
  readonly allowed: readonly string[]
  readonly types: readonly string[]
  readonly formats: readonly string[]
  /** Of the headers with which answers are signed; undefined where they are not. */
  readonly prefix?: string
  readonly requireHeaders: (request: Received, problems: Problems) => void
  readonly event: Answer
}

/** Section 5.1. */
const TYPES =
  'controller_customer_id android_advertising_id android_id email fire_advertising_id ios_advertising_id ios_vendor_id microsoft_advertising_id microsoft_publisher_id roku_publisher_id roku_advertising_id'.split(
    ' ',
  )
const FORMATS = ['raw', 'sha1', 'md5', 'sha256']
const NONE = (): void => undefined
export const PROCESSOR_DOMAIN = 'opendsr.processor.example'

export const OPENDSR_2 = processor({
  name: 'opendsr 2.0',
  source: 'github.com/opengdpr/OpenDSR, specification.md, 29 June 2020',
  path: '/v2/requests',
  needed: ['regulation'],
  allowed: ['api_version', 'status_callback_urls', 'extensions'],
  types: TYPES,
  formats: FORMATS,
  prefix: 'X-OpenDSR',
  requireHeaders: NONE,
  event: { status: 200, body: 'OK' },
})

export const OPENGDPR_1 = processor({
  name: 'opengdpr 1.0',
  source: 'github.com/opengdpr/OpenDSR, OpenGDPR_specification.md before November 2019',
  path: '/v1/opengdpr_requests',
  needed: [],
  allowed: ['api_version', 'status_callback_urls', 'extensions'],
  types: TYPES,
  formats: FORMATS,
  prefix: 'X-OpenGDPR',
  requireHeaders: NONE,
  event: { status: 200, body: 'OK' },
})

export const SINGULAR = processor({
  name: 'singular',
  source:
    'support.singular.net/hc/en-us/articles/360045674671-GDPR-API-Reference, and a public client for property_id, November 2026',
  path: '/api/gdpr/requests',
  needed: ['property_id'],
  allowed: ['api_version', 'status_callback_urls'],
  types: ['android_advertising_id', 'android_id', 'ios_advertising_id', 'ios_vendor_id', 'user_id'],
  formats: ['raw'],
  requireHeaders: ({ headers }, problems) => {
    problems.matches(headers.authorization, /^\S+$/, 'the Authorization header without a scheme')
  },
  event: json(200, { status: 'ok' }),
})

function processor({ name, source, event, ...edition }: Edition): Vendor {
  const statusOf = (asked: number): string => ['pending', 'in_progress', 'completed'][Math.min(asked, 3) - 1]!
  return {
    name,
    source,
    read: (request) => {
      const { pathname } = new URL(request.path, 'http://processor')
      if (pathname === edition.path) return readRequest(request, edition)
      return pathname.startsWith(`${edition.path}/`)
        ? readStatus(request, pathname.slice(edition.path.length + 1), edition)
        : undefined
    },
    answer: ({ call, id, problems }, situation, request, asked) => {
      if (situation === 'down') return DOWN
      if (situation === 'malformed') return MALFORMED
      if (situation === 'rate_limited') return { status: 429, body: '' }
      const common = { controller_id: 'example_controller_id', expected_completion_time: '2026-12-31T15:00:01Z' }
      if (call === 'status') {
        if (situation !== 'good') return { status: 404, body: '' }
        return signed(edition, 200, { ...common, subject_request_id: id, request_status: statusOf(asked) })
      }
      if (problems.length > 0 || situation !== 'good') return refusal(problems[0] ?? 'the identity is not known')
      if (asked > 1) return refusal('Subject request already exists.')
      const encoded_request = Buffer.from(request.body).toString('base64')
      return signed(edition, 201, {
        ...common,
        received_time: '2026-12-01T15:00:01Z',
        encoded_request,
        subject_request_id: id,
      })
    },
    event,
  }
}

function readRequest(
  request: Received,
  { needed, allowed, types, formats, requireHeaders }: Omit<Edition, 'name' | 'source' | 'event'>,
): Reading {
  const problems = new Problems()
  problems.require(request.method === 'POST', 'the call is a POST')
  requireHeaders(request, problems)
  const all = ['subject_request_id', 'subject_request_type', 'submitted_time', 'subject_identities', ...needed]
  const body = problems.members(jsonIn(request, problems), 'the request', all, allowed)
  const id = problems.matches(body.subject_request_id, UUID_4, 'subject_request_id')
  problems.matches(body.subject_request_type, /^erasure$/, 'subject_request_type')
  problems.matches(body.submitted_time, RFC_3339, 'submitted_time')
  if (needed.includes('regulation')) problems.matches(body.regulation, /^(gdpr|ccpa)$/, 'regulation')
  if (needed.includes('property_id')) problems.matches(body.property_id, /^(iOS|Android):\S+$/, 'property_id')
  const identities: readonly unknown[] = Array.isArray(body.subject_identities) ? body.subject_identities : []
  problems.require(identities.length === 1, 'exactly one identity')
  const identifiers = identities.map((one) => {
    const parts = ['identity_type', 'identity_value', 'identity_format']
    const { identity_type, identity_value, identity_format } = problems.members(one, 'the identity', parts)
    problems.require(types.includes(String(identity_type)), 'identity_type is documented')
    problems.require(formats.includes(String(identity_format)), 'identity_format is documented')
    return problems.matches(identity_value, /^.+$/, 'identity_value')
  })
  return { call: 'erase', id, identifiers, problems: problems.found }
}

function readStatus(request: Received, id: string, { requireHeaders }: Pick<Edition, 'requireHeaders'>): Reading {
  const problems = new Problems()
  problems.require(request.method === 'GET', 'the call is a GET')
  requireHeaders(request, problems)
  problems.matches(id, UUID_4, 'subject_request_id')
  return { call: 'status', id, identifiers: [], problems: problems.found }
}

/** "Error responses MUST NOT contain sensitive information related to user identity". */
function refusal(message: string): Answer {
  const errors = [{ domain: 'Validation', reason: 'IllegalArgumentException', message }]
  return json(400, { error: { code: 400, message, errors } })
}

function signed({ prefix }: Pick<Edition, 'prefix'>, status: number, body: object): Answer {
  return prefix === undefined ? json(status, body) : json(status, body, signatureOf(JSON.stringify(body), prefix))
}

/** What a processor sends beside a body that it has signed. */
export function signatureOf(body: string, prefix = 'X-OpenDSR'): Record<string, string> {
  return {
    [`${prefix}-Processor-Domain`]: PROCESSOR_DOMAIN,
    [`${prefix}-Signature`]: createSign('RSA-SHA256').update(body).sign(RSA_KEY, 'base64'),
  }
}
