/** Answers of the data plane. The two headers that matter are set by hand: helmet costs 20 µs a request. */
import type { Response } from 'express'
import { ERROR_CODES, type GatewayError } from '../model/errors.ts'

export function answer(response: Response, status: number, body: unknown): void {
  response.status(status)
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Cache-Control', 'no-store')
  response.end(JSON.stringify(body))
}

/** `{success: false, code, message, …details}`; a retryable answer says when to come back. */
export function answerError(response: Response, error: GatewayError, retryAfterSeconds: number): void {
  const { retry, status } = ERROR_CODES[error.code]
  if (retry) response.setHeader('Retry-After', String(retryAfterSeconds))
  if (error.code === 'ERR_PRESSURE') response.setHeader('X-RateLimit-Reset', String(retryAfterSeconds))
  answer(response, status, { success: false, code: error.code, message: error.message, ...error.details })
}
