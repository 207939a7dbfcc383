/**
 * `GET /v1/projects/{writeKey}/settings`: the first request of Segment's mobile SDKs. The answer names this host and
 * enables their own rate limiting and backoff, so that they wait on a 429 or 503 and do not delete events.
 */
import type { RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import { answer } from './answers.ts'
import type { IngressDeps } from './deps.ts'

export function createSettingsHandler({ revisions, publicApiHost, heard }: IngressDeps): RequestHandler {
  return (request, response) => {
    const { writeKey } = request.params
    const found = typeof writeKey === 'string' ? revisions.appOfKey(writeKey) : undefined
    if (found === undefined) throw new GatewayError('ERR_KEY_UNKNOWN')
    if (found.retired) throw new GatewayError('ERR_KEY_RETIRED')
    heard.asked(found.app.id)
    answer(response, 200, {
      integrations: {
        'Segment.io': {
          apiKey: writeKey,
          apiHost: publicApiHost ?? `${request.headers.host ?? 'localhost'}/v1`,
          unbundledIntegrations: [],
          addBundledMetadata: true,
          versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
        },
      },
      plan: { track: { __default: { enabled: true, integrations: {} } }, identify: { __default: { enabled: true } } },
      edgeFunction: {},
      metrics: { sampleRate: 0 },
      httpConfig: {
        rateLimitConfig: { enabled: true, maxRetryCount: 100, maxRetryInterval: 300, maxRateLimitDuration: 43_200 },
        backoffConfig: {
          enabled: true,
          maxRetryCount: 100,
          baseBackoffInterval: 0.5,
          maxBackoffInterval: 300,
          maxTotalBackoffDuration: 43_200,
          jitterPercent: 10,
        },
      },
    })
  }
}
