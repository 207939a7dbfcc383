/**
 * `POST /v1/cases/{system}`: another system hands over a user's request. It authenticates with the configured secret,
 * as a bearer token or by a signature (Standard Webhooks 1.0). The same reference and kind again is the same case.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { parseIdentities } from '../choices/named.ts'
import { findNamespace } from '../choices/namespaces.ts'
import { decodeBody } from '../model/body-text.ts'
import { GatewayError } from '../model/errors.ts'
import { tryJson } from '../model/json-text.ts'
import { acceptedBody, readSystemRequest } from '../subjects/desk/systems.ts'
import { answer } from './answers.ts'
import type { IngressDeps } from './deps.ts'

/** Maximum age of a signature, and maximum clock skew. */
const MAX_SKEW_MS = 300_000

export function createSystemsHandler(deps: IngressDeps): RequestHandler {
  const { choices, desk, revisions, systems, now } = deps
  return async (request, response) => {
    if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
    const found = systems.find(({ system }) => system.name === request.params.system)
    const raw: unknown = request.body
    const text = Buffer.isBuffer(raw) ? decodeBody(raw, request.headers['content-type']) : ''
    // An unknown system gets the answer of a wrong secret, so that names cannot be probed.
    if (found === undefined || !isFrom(request, text, found.secret(), now()))
      throw new GatewayError('ERR_TOKEN_INVALID')
    const { system } = found
    const read = readSystemRequest(system, tryJson(text))
    if (!read.ok) throw new GatewayError('ERR_CASE_REQUEST', { problem: read.problem })
    const { kind, reference, received, law, identities, context } = read.request
    const namespace = findNamespace(revisions.current().apps, system.namespace)
    if (!namespace.ok && identities.user !== undefined)
      throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'namespace', allowed: namespace.known })
    const named = parseIdentities(identities, namespace.ok ? namespace.of : undefined)
    const one = await desk.openFrom({
      kind,
      who: named.identities.flatMap((identity) => choices.keysFor(identity)),
      by: 'person',
      through: 'system',
      actor: 'system',
      law,
      received,
      system: { name: system.name, reference, context, told: 1 },
    })
    answer(response, 200, acceptedBody(system, one))
  }
}

function isFrom({ headers }: Request, body: string, secret: string, at: number): boolean {
  const signature = headers['webhook-signature']
  if (typeof signature === 'string') {
    const [id, seconds] = [headers['webhook-id'], headers['webhook-timestamp']]
    if (typeof id !== 'string' || typeof seconds !== 'string' || !/^\d{1,12}$/u.test(seconds)) return false
    if (Math.abs(at - Number(seconds) * 1_000) > MAX_SKEW_MS) return false
    const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
    const own = `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
    return signature.split(' ').some((one) => isSame(one, own))
  }
  const { authorization = '' } = headers
  return isSame(authorization.replace(/^Bearer /iu, ''), secret)
}

/** Compares in constant time. */
function isSame(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(one!, other!)
}
