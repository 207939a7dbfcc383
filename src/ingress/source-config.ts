/**
 * `GET /sourceConfig?writeKey=…`: the first request of RudderStack's SDKs to their control plane. The source is
 * enabled, has no destinations on the device (only the gateway sends to partners), and reports no errors or metrics.
 */
import type { RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import { answer } from './answers.ts'
import type { IngressDeps } from './deps.ts'
import { basicUser } from './write-key.ts'

/** SDKs keep a configuration until it changes; this one is constant. */
const UPDATED_AT = '2026-01-01T00:00:00.000Z'

export function createSourceConfigHandler({ revisions, heard }: IngressDeps): RequestHandler {
  return (request, response) => {
    const { writeKey } = request.query
    const key = basicUser(request.headers.authorization) ?? (typeof writeKey === 'string' ? writeKey : undefined)
    if (key === undefined) throw new GatewayError('ERR_KEY_MISSING')
    const found = revisions.appOfKey(key)
    if (found === undefined) throw new GatewayError('ERR_KEY_UNKNOWN')
    if (found.retired) throw new GatewayError('ERR_KEY_RETIRED')
    heard.asked(found.app.id)
    const { id } = found.app
    answer(response, 200, {
      isHosted: true,
      source: {
        id,
        name: id,
        writeKey: key,
        enabled: true,
        workspaceId: 'sluice',
        updatedAt: UPDATED_AT,
        config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
        connections: [],
        destinations: [],
        dataplanes: {},
      },
      updatedAt: UPDATED_AT,
    })
  }
}
