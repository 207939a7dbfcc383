/** Cross-origin requests of browser SDKs (Fetch Standard, "CORS protocol"). */
import type { ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'

/**
 * Any page may send, and reads the answer, an error too. Write keys are public by nature, nothing here goes by cookies, and answers
 * hold nothing personal: a page learns and does no more than any other program.
 */
export function allowBrowsers(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-RateLimit-Reset')
}

const METHODS = 'POST, GET, OPTIONS'
const HEADERS = 'content-type, authorization'
/** Header names (RFC 9110 §5.6.2, what occurs of them), at most as many as any SDK sends. */
const ASKED = /^[\w.-]{1,64}(?:, ?[\w.-]{1,64}){0,31}$/
/** The longest that browsers keep a preflight's answer. */
const MAX_AGE_SECONDS = '7200'

/**
 * Answers a preflight. Whatever headers a page asks for are allowed: SDKs add theirs from version to version (`anonymousid`,
 * `sentat`, `retry-count`: rudderlabs/rudder-server#70), and one that is not known here is not read.
 */
export const answerPreflight: RequestHandler = (request, response) => {
  const asked = request.headers['access-control-request-headers']
  response.setHeader('Access-Control-Allow-Methods', METHODS)
  response.setHeader('Access-Control-Allow-Headers', asked !== undefined && ASKED.test(asked) ? asked : HEADERS)
  response.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS)
  response.setHeader('Vary', 'Access-Control-Request-Headers')
  response.status(204).end()
}
