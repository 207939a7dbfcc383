/**
 * The HTTP client: one undici Pool per partner, no pipelining, no redirects, in-flight never above connections. The
 * caller's `begin` runs inside `onRequestStart`, the last moment at which nothing is on the wire; a request that may
 * not begin is abandoned there and its socket stays.
 */
import { createHmac } from 'node:crypto'
import { Pool } from 'undici'
import type { Wire, WireResult } from '../flow/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import { type PartnerRequest, secretPlaceholder } from '../partners/type.ts'
import { type ReadSecret, SecretUnreadable } from './secrets.ts'

/** Only so much of an answer is read: enough for any partner's verdict on a batch. */
const MAX_ANSWER_BYTES = 64 * 1024
const CONNECT_TIMEOUT_MS = 5_000

export interface HttpWire extends Wire {
  /** Closes every connection once its request is over. */
  close(): Promise<void>
}

/** `secretPlaceholder` of any key. */
const PLACEHOLDER = /\{\{secret:([^{}]+)\}\}/g
const PLACEHOLDER_START = secretPlaceholder('').slice(0, -2)

/** Thrown inside `onRequestStart` to abandon a request before its first byte. */
class MayNotBegin extends Error {}

export function createHttpWire(
  contractOf: (partner: PartnerId) => ContractPlan | undefined,
  secretsOf: (contract: ContractPlan) => readonly string[],
  readSecret: ReadSecret,
): HttpWire {
  const pools = new Map<PartnerId, { readonly key: string; readonly pool: Pool }>()

  const poolFor = (contract: ContractPlan, origin: string): Pool => {
    const { concurrency, timeoutMs } = contract.limits
    const key = `${origin} ${concurrency} ${timeoutMs}`
    const known = pools.get(contract.id)
    if (known?.key === key) return known.pool
    void known?.pool.close()
    const pool = new Pool(origin, {
      connections: concurrency,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
      keepAliveTimeout: 30_000,
    })
    pools.set(contract.id, { key, pool })
    return pool
  }

  return {
    send: (partner, request, begin) => {
      const contract = contractOf(partner)
      if (contract === undefined) return Promise.resolve({ kind: 'cancelled_not_sent', why: 'contract_ended' })
      let filled: PartnerRequest
      try {
        filled = fillSecrets(request, secretsOf(contract), contract.connection, readSecret)
      } catch (error) {
        if (!(error instanceof SecretUnreadable)) throw error
        return Promise.resolve({ kind: 'failed_before_write', code: 'SECRET_UNREADABLE' })
      }
      return dispatch(poolFor(contract, request.origin), filled, begin)
    },
    close: async () => {
      await Promise.all([...pools.values()].map(({ pool }) => pool.close()))
    },
  }
}

function fillSecrets(
  request: PartnerRequest,
  keys: readonly string[],
  connection: ContractPlan['connection'],
  readSecret: ReadSecret,
): PartnerRequest {
  // Only places the type declares (`key`, `headers.*`): text that merely looks like a placeholder stays text.
  const declared = (path: string): boolean =>
    keys.some((key) => key === path || (key.endsWith('.*') && path.startsWith(key.slice(0, -1))))
  const fill = (text: string, encode: (secret: string) => string): string =>
    text.includes(PLACEHOLDER_START)
      ? text.replace(PLACEHOLDER, (placeholder, path: string) =>
          declared(path) ? encode(readSecret(valueAt(connection, path))) : placeholder,
        )
      : text
  const asIs = (secret: string): string => secret
  const path = fill(request.path, encodeURIComponent)
  const body = fill(request.body, asIs)
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

/** A secret's reference by its path in the connection: `token`, `headers.X-Api-Key`. */
function valueAt(connection: ContractPlan['connection'], path: string): ContractPlan['connection'][string] | undefined {
  if (Object.hasOwn(connection, path)) return connection[path]
  const dot = path.indexOf('.')
  const inner = dot < 0 ? undefined : connection[path.slice(0, dot)]
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined
  return valueAt(inner as ContractPlan['connection'], path.slice(dot + 1))
}

function dispatch(
  pool: Pool,
  { method, path, headers, body }: PartnerRequest,
  begin: () => boolean,
): Promise<WireResult> {
  return new Promise((resolve) => {
    let begun = false
    let status = 0
    let answerHeaders: Readonly<Record<string, string | readonly string[] | undefined>> = {}
    const chunks: Buffer[] = []
    let size = 0
    pool.dispatch(
      { method, path, headers, body: method === 'GET' ? null : body },
      {
        onRequestStart: () => {
          if (!begin()) throw new MayNotBegin()
          begun = true
        },
        onResponseStart: (_controller, statusCode, received) => {
          status = statusCode
          answerHeaders = received
        },
        onResponseData: (_controller, chunk) => {
          if (size < MAX_ANSWER_BYTES) chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - size))
          size += chunk.length
        },
        onResponseEnd: () => {
          resolve({ kind: 'answered', status, headers: answerHeaders, body: Buffer.concat(chunks).toString('utf8') })
        },
        onResponseError: (_controller, error) => {
          if (error instanceof MayNotBegin) resolve({ kind: 'cancelled_not_sent', why: 'stopped' })
          else resolve({ kind: begun ? 'unknown_after_write' : 'failed_before_write', code: codeOf(error) })
        },
      },
    )
  })
}

/** The system's or client's own word for an error; messages may repeat a URL and are not used. */
function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'UNKNOWN'
}
