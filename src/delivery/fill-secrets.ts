/** Replaces placeholders of secrets in a request: after encoding, just before it is sent, and nowhere else. */
import { createHmac } from 'node:crypto'
import type { ContractPlan } from '../model/contract.ts'
import { type PartnerRequest, secretPlaceholder } from '../partners/kit/type.ts'
import type { ReadSecret } from './secrets.ts'

/** A `secretPlaceholder` with any key. */
const PLACEHOLDER = /\{\{secret:([^{}]+)\}\}/g
const PLACEHOLDER_START = secretPlaceholder('').slice(0, -2)

/** Throws `SecretUnreadable`. */
export function fillSecrets(
  request: PartnerRequest,
  keys: readonly string[],
  connection: ContractPlan['connection'],
  readSecret: ReadSecret,
): PartnerRequest {
  // Only keys that the type declares (`key`, `headers.*`): other text that looks like a placeholder stays.
  const declared = (path: string): boolean =>
    keys.some((key) => key === path || (key.endsWith('.*') && path.startsWith(key.slice(0, -1))))
  const fill = (text: string, encode: (secret: string) => string): string =>
    text.includes(PLACEHOLDER_START)
      ? text.replace(PLACEHOLDER, (placeholder, path: string) =>
          declared(path) ? encode(readSecret(valueAt(connection, path))) : placeholder,
        )
      : text
  const asIs = (secret: string): string => secret
  // Inside JSON text; any other body is a form.
  const asJson = (secret: string): string => JSON.stringify(secret).slice(1, -1)
  const path = fill(request.path, encodeURIComponent)
  const body = fill(request.body, /^\s*[[{]/.test(request.body) ? asJson : encodeURIComponent)
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, fill(value, asIs)]))
  if (request.sign !== undefined) {
    const { header, algorithm, prefix, key } = request.sign
    headers[header] =
      prefix +
      createHmac(algorithm, readSecret(valueAt(connection, key)))
        .update(body)
        .digest('hex')
  }
  return { ...request, path, body, headers }
}

/** Hex HMAC of a partner's message, under one of the connection's secrets. Throws `SecretUnreadable`. */
export function hmacUnder(connection: ContractPlan['connection'], readSecret: ReadSecret) {
  return (key: string, algorithm: 'sha1' | 'sha256', text: string): string =>
    createHmac(algorithm, readSecret(valueAt(connection, key)))
      .update(text)
      .digest('hex')
}

/** A secret's reference by its path in the connection: `token`, `headers.X-Api-Key`. */
function valueAt(connection: ContractPlan['connection'], path: string): ContractPlan['connection'][string] | undefined {
  if (Object.hasOwn(connection, path)) return connection[path]
  const dot = path.indexOf('.')
  const inner = dot < 0 ? undefined : connection[path.slice(0, dot)]
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined
  return valueAt(inner as ContractPlan['connection'], path.slice(dot + 1))
}
