import type { Received } from '../partner.ts'
import { type Answer, DOWN, json, jsonIn, MALFORMED, Problems, type Reading, UUID, type Vendor } from './vendor.ts'

/** "including any dashes native to the format", or a value of the page's own examples. */
const DEVICE_ID = new RegExp(`${UUID.source}|^(a_real_adid|idfa_1|adid_1)$`, 'i')
const SCRUB = /^\/accounts\/\d+(\/apps\/\d+)?\/privacy\/scrub$/

function readRequest(request: Received): Reading {
  const problems = new Problems()
  problems.require(request.method === 'POST', 'the call is a POST')
  problems.matches(request.headers['authentication-key'], /^\S+$/, 'the Authentication-Key header')
  // `email` is whom to notify of the job: nobody of ours.
  const body = problems.members(jsonIn(request, problems), 'the request', ['device_ids'])
  const devices: readonly unknown[] = Array.isArray(body.device_ids) ? body.device_ids : []
  problems.require(devices.length === 1, 'exactly one device')
  const identifiers = devices.map((one) => {
    const { id_type, id_value } = problems.members(one, 'the device', ['id_type', 'id_value'])
    problems.matches(id_type, /^(idfa|adid)$/, 'id_type')
    return problems.matches(id_value, DEVICE_ID, 'id_value')
  })
  return { call: 'erase', identifiers, problems: problems.found }
}

export const KOCHAVA: Vendor = {
  name: 'kochava',
  source: 'support.kochava.com/?p=35485, Data Subject Request API, read November 2026',
  read: (request) => (request.path.includes('/privacy/') ? readRequest(request) : undefined),
  answer: ({ problems }, situation, request): Answer => {
    if (situation === 'down') return DOWN
    if (situation === 'malformed') return MALFORMED
    if (situation === 'rate_limited') return { status: 429, body: '' }
    // Errors are not documented.
    if (situation === 'not_found' || !SCRUB.test(request.path)) return { status: 404, body: '' }
    if (situation === 'refused' || problems.length > 0) return { status: 400, body: '' }
    return json(200, { status: 'OK', response: '200', job_status: 'queued', job_id: 'job_id' })
  },
  event: json(200, { success: '1' }),
}
