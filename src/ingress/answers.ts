/** Answers of the data plane. Sets the two headers that matter itself: helmet costs 20 µs a request. */
import type { ServerResponse } from 'node:http'
import { ERROR_CODES, type ErrorCode, GatewayError } from '../model/errors.ts'
import type { IngressObserver } from './deps.ts'

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Cache-Control', 'no-store')
  response.end(JSON.stringify(body))
}

/** `{success: false, code, message, …details}`; a retryable answer carries `Retry-After`. */
export function answerError(response: ServerResponse, error: GatewayError, retryAfterSeconds: number): void {
  const { retry, status } = ERROR_CODES[error.code]
  if (retry) response.setHeader('Retry-After', String(retryAfterSeconds))
  if (error.code === 'ERR_PRESSURE') response.setHeader('X-RateLimit-Reset', String(retryAfterSeconds))
  answer(response, status, { success: false, code: error.code, message: error.message, ...error.details })
}

/** Errors that need the operator; the others are the sender's or transient. */
const OWN_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'ERR_INTERNAL',
  'ERR_INTAKE_UNAVAILABLE',
  'ERR_LEDGER_UNAVAILABLE',
  'ERR_CHOICES_UNAVAILABLE',
])

/** Counts an error under its code; an error without one is internal. */
export function noteError(where: string, error: unknown, observe: IngressObserver): GatewayError {
  const known = error instanceof GatewayError ? error : new GatewayError('ERR_INTERNAL', {}, error)
  observe.answeredError(known.code)
  if (OWN_FAILURES.has(known.code)) observe.failed(where, error)
  return known
}
