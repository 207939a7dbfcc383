import type { Received } from '../partner.ts'
import { type Answer, DOWN, json, jsonIn, MALFORMED, Problems, type Reading, type Vendor } from './vendor.ts'

const IDENTITY_TYPES = /^(BROWSER_ID|DEVICE_ID|USER_ID|DEVELOPER_ID)$/

function readRequest(request: Received): Reading {
  const problems = new Problems()
  problems.require(request.method === 'POST', 'the call is a POST')
  const query = new URL(request.path, 'http://branch').searchParams
  problems.require([...query.keys()].join() === 'app_id', 'the query is app_id')
  problems.matches(query.get('app_id'), /^\d{10,20}$/, 'app_id')
  problems.matches(request.headers['access-token'], /^\S+$/, 'the Access-Token header')
  const body = problems.members(jsonIn(request, problems), 'the request', [
    'subject_request_type',
    'subject_identities',
  ])
  problems.matches(body.subject_request_type, /^erasure$/, 'subject_request_type')
  const identities: readonly unknown[] = Array.isArray(body.subject_identities) ? body.subject_identities : []
  problems.require(identities.length === 1, 'exactly one identity')
  const identifiers = identities.map((one) => {
    const parts = ['identity_type', 'identity_value', 'identity_format']
    const { identity_type, identity_value, identity_format } = problems.members(one, 'the identity', parts)
    problems.matches(identity_type, IDENTITY_TYPES, 'identity_type')
    problems.matches(identity_format, /^raw$/, 'identity_format')
    return problems.matches(identity_value, /^.+$/, 'identity_value')
  })
  return { call: 'erase', identifiers, problems: problems.found }
}

export const BRANCH: Vendor = {
  name: 'branch',
  source: 'help.branch.io/apidocs/data-subject-request and /accesserasure, read November 2026',
  read: (request) =>
    new URL(request.path, 'http://branch').pathname === '/v1/gdpr' ? readRequest(request) : undefined,
  answer: ({ problems }, situation, _request, asked): Answer => {
    if (situation === 'down') return DOWN
    if (situation === 'malformed') return MALFORMED
    // "Rate Limit Reached".
    if (situation === 'rate_limited') return json(429, { error: { code: 429 } })
    // "Not Found/Incorrect API URL", with no JSON.
    if (situation === 'not_found') return { status: 404, body: 'Unable to generate XML' }
    if (situation === 'refused' || problems.length > 0)
      return json(400, { error: { message: 'Authentication failed !', code: 400 } })
    return json(200, { request_id: `0000-${asked}`, request_status: 'PENDING' })
  },
  event: json(200, { branch_view_enabled: false }),
}
