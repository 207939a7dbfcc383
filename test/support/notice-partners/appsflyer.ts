import type { Received } from '../partner.ts'
import {
  type Answer,
  DOWN,
  json,
  jsonIn,
  MALFORMED,
  Problems,
  type Reading,
  RFC_3339,
  UUID,
  UUID_4,
  type Vendor,
} from './vendor.ts'

const REQUESTS = '/api/gdpr/v1/opendsr_requests'
/** `Request` and `SubjectIdentity` of its OpenAPI description; those of mobile apps. */
const IDENTITIES: Readonly<Record<string, RegExp>> = {
  ios_advertising_id: UUID,
  android_advertising_id: UUID,
  fire_advertising_id: UUID,
  idfv: UUID,
  appsflyer_id: /^\d{1,20}-\d{1,20}$/,
  customer_user_id: /^.+$/s,
}
const IOS = ['ios_advertising_id', 'idfv']
const ANDROID = ['android_advertising_id', 'fire_advertising_id']

function readRequest(request: Received): Reading {
  const problems = new Problems()
  problems.require(request.method === 'POST', 'the call is a POST')
  problems.matches(request.headers.authorization, /^Bearer \S+$/, 'the Authorization header')
  const body = problems.members(
    jsonIn(request, problems),
    'the request',
    ['subject_request_id', 'subject_request_type', 'submitted_time', 'subject_identities', 'property_id'],
    ['api_version', 'status_callback_urls', 'platform', 'requester'],
  )
  const id = problems.matches(body.subject_request_id, UUID_4, 'subject_request_id')
  problems.matches(body.subject_request_type, /^erasure$/, 'subject_request_type')
  problems.matches(body.submitted_time, RFC_3339, 'submitted_time')
  const property = problems.matches(body.property_id, /^(id\d+|[A-Za-z][\w.]+)$/, 'property_id')
  const identities: readonly unknown[] = Array.isArray(body.subject_identities) ? body.subject_identities : []
  problems.require(identities.length === 1, 'exactly one identity')
  const identifiers = identities.map((one) => {
    const parts = ['identity_type', 'identity_value', 'identity_format']
    const { identity_type, identity_value, identity_format } = problems.members(one, 'the identity', parts)
    problems.require(identity_format === 'raw', 'identity_format is raw')
    const type = String(identity_type)
    const form = IDENTITIES[type]
    problems.require(form !== undefined, `identity_type ${type} is not documented`)
    // e319: "Application platform does not match identity types".
    problems.require(!(property.startsWith('id') ? ANDROID : IOS).includes(type), 'the identity is of another platform')
    return form === undefined ? String(identity_value) : problems.matches(identity_value, form, type)
  })
  return { call: 'erase', id, identifiers, problems: problems.found }
}

function readStatus(request: Received, id: string): Reading {
  const problems = new Problems()
  problems.require(request.method === 'GET', 'the call is a GET')
  problems.matches(request.headers.authorization, /^Bearer \S+$/, 'the Authorization header')
  problems.matches(id, UUID_4, 'subject_request_id')
  return { call: 'status', id, identifiers: [], problems: problems.found }
}

function failed(af_gdpr_code: string, message: string): Answer {
  return json(400, { error: { code: 400, message, af_gdpr_code } })
}

export const APPSFLYER: Vendor = {
  name: 'appsflyer',
  source: "AppsFlyer's OpenDSR API (dev.appsflyer.com, OpenAPI description 1.0, 30 March 2026)",
  read: (request) => {
    const { pathname } = new URL(request.path, 'http://appsflyer')
    if (pathname === REQUESTS) return readRequest(request)
    return pathname.startsWith(`${REQUESTS}/`) ? readStatus(request, pathname.slice(REQUESTS.length + 1)) : undefined
  },
  answer: ({ call, id, problems }, situation, request, asked) => {
    if (situation === 'down') return DOWN
    if (situation === 'malformed') return MALFORMED
    if (situation === 'rate_limited') return { status: 429, body: '' }
    const common = { subject_request_id: id, expected_completion_time: '2026-12-31T00:00:00Z' }
    if (call === 'status') {
      if (situation !== 'good') return failed('e214', 'Request not found')
      return json(200, { ...common, controller_id: 'example_controller_id', request_status: stateOf(asked) })
    }
    if (problems.length > 0) return failed('e326', 'Invalid JSON format in request body')
    if (situation === 'refused')
      return failed('e411', "AppID given in 'property_id' is incorrect or does not belong to your account")
    if (situation === 'not_found') return failed('e321', 'LAT users are not supported via API')
    // "Request already exists": its second asking.
    if (asked > 1) return failed('e213', 'Request already exists')
    const encoded_request = Buffer.from(request.body).toString('base64')
    return json(201, { ...common, received_time: '2026-12-01T00:00:00Z', encoded_request })
  },
  event: { status: 200, body: 'OK' },
}

/** Its words differ from OpenDSR's. */
function stateOf(asked: number): string {
  return ['pending', 'in-progress', 'completed'][Math.min(asked, 3) - 1]!
}
