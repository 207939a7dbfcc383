import type { Received } from '../partner.ts'
import { DOWN, json, MALFORMED, Problems, type Reading, type Situation, UUID, type Vendor } from './vendor.ts'

/** The ids of Adjust's table and the form of its examples. */
const DEVICE_IDS: Readonly<Record<string, RegExp>> = {
  idfa: UUID,
  idfv: UUID,
  gps_adid: UUID,
  fire_adid: UUID,
  win_adid: /^[0-9a-f]{32}$/,
  adid: /^[0-9a-f]{32}$/,
}

/** A token of 12 characters, `s2s=1` and one device id, all in the query: "In: Query". */
function readForget(request: Received): Reading {
  const problems = new Problems()
  problems.require(request.method === 'POST', 'the call is a POST')
  problems.require(request.body === '', 'its parameters are in the query')
  const query = new URL(request.path, 'http://adjust').searchParams
  return { call: 'erase', ...device(query, ['s2s', 'app_token'], problems), problems: problems.found }
}

/** "Use a POST request …. You can also send endpoint parameters in the URL or as form data." */
function readSharing(request: Received): Reading {
  const problems = new Problems()
  problems.require(request.method === 'POST', 'the call is a POST')
  const inQuery = new URL(request.path, 'http://adjust').searchParams
  problems.require(inQuery.size === 0 || request.body === '', 'parameters are in one place')
  if (request.body !== '') {
    problems.matches(request.headers['content-type'], /^application\/x-www-form-urlencoded$/, 'the content type')
  }
  const given = inQuery.size > 0 ? inQuery : new URLSearchParams(request.body)
  const sharing = problems.matches(given.get('sharing'), /^(enable|disable)$/, 'sharing')
  const call = sharing === 'enable' ? 'opt_in' : 'opt_out'
  return {
    call,
    ...device(given, ['s2s', 'app_token', 'sharing'], problems, ['environment']),
    problems: problems.found,
  }
}

function device(
  given: URLSearchParams,
  needed: readonly string[],
  problems: Problems,
  allowed: readonly string[] = [],
): Pick<Reading, 'identifiers'> {
  problems.matches(given.get('s2s'), /^1$/, 's2s')
  problems.matches(given.get('app_token'), /^[a-z0-9]{12}$/, 'app_token')
  const identifiers: string[] = []
  for (const [name, value] of given) {
    if (needed.includes(name) || allowed.includes(name)) continue
    const form = DEVICE_IDS[name]
    if (form === undefined) problems.found.push(`${name} is not documented`)
    else problems.matches(value, form, name)
    identifiers.push(value)
  }
  problems.require(identifiers.length === 1, 'exactly one device id')
  return { identifiers }
}

export const ADJUST: Vendor = {
  name: 'adjust',
  source:
    'dev.adjust.com/en/api/s2s-api/data-erasure-api and help.adjust.com/en/article/re-enable-disable-3rd-party-sharing-s2s, read November 2026',
  read: (request) => {
    const { pathname } = new URL(request.path, 'http://adjust')
    if (pathname === '/gdpr_forget_device') return readForget(request)
    return pathname === '/third_party_sharing' ? readSharing(request) : undefined
  },
  answer: ({ call, problems }, situation) => {
    if (situation === 'good' && problems.length > 0) situation = 'refused'
    return call === 'erase' ? forgetAnswer(situation) : sharingAnswer(situation)
  },
  event: json(200, { status: 'OK' }),
}

function forgetAnswer(situation: Situation): ReturnType<Vendor['answer']> {
  switch (situation) {
    // "Received and processed the request"; no body is documented.
    case 'good':
      return { status: 200, body: '' }
    case 'malformed':
      return MALFORMED
    // "Incorrect format or identifier"; there is no answer of its own for a device that is not known.
    case 'refused':
    case 'not_found':
      return { status: 400, body: '' }
    case 'rate_limited':
      return { status: 429, body: '' }
    case 'down':
      return DOWN
  }
}

function sharingAnswer(situation: Situation): ReturnType<Vendor['answer']> {
  switch (situation) {
    case 'good':
      return json(200, { status: 'OK' })
    case 'refused':
    case 'not_found':
      return json(400, { error: 'Third party sharing failed (App not found)' })
    case 'rate_limited':
      return { status: 429, body: '' }
    case 'malformed':
      return MALFORMED
    case 'down':
      return DOWN
  }
}
