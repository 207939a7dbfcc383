/** Cross-origin requests of browser SDKs (Fetch Standard, "CORS protocol"). */
import type { ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'

/**
 * Any page may send and read the answer, including errors. Write keys are public, nothing here depends on cookies, and
 * answers hold nothing personal: a page can do no more than any other program.
 */
export function allowBrowsers(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-RateLimit-Reset')
}

const METHODS = 'POST, GET, OPTIONS'
const HEADERS = 'content-type, authorization'
/** Header names (RFC 9110 §5.6.2, restricted to those in use), at most as many as any SDK sends. */
const ASKED = /^[\w.-]{1,64}(?:, ?[\w.-]{1,64}){0,31}$/
/** The longest time that browsers cache a preflight's answer. */
const MAX_AGE_SECONDS = '7200'

/**
 * Answers a preflight. Allows whatever headers a page requests: SDKs add new ones between versions (`anonymousid`,
 * `sentat`, `retry-count`: rudderlabs/rudder-server#70), and unknown ones are never read.
 */
export const answerPreflight: RequestHandler = (request, response) => {
  const asked = request.headers['access-control-request-headers']
  response.setHeader('Access-Control-Allow-Methods', METHODS)
  response.setHeader('Access-Control-Allow-Headers', asked !== undefined && ASKED.test(asked) ? asked : HEADERS)
  response.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS)
  response.setHeader('Vary', 'Access-Control-Request-Headers')
  response.status(204).end()
}
