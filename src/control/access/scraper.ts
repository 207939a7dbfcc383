/** Guards `/metrics`: admits this machine, or callers with the configured token. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { GatewayError } from '../../model/errors.ts'

export function requireScraper({
  metricsToken,
}: {
  readonly metricsToken: (() => string) | undefined
}): RequestHandler {
  return (request, _response, next) => {
    if (metricsToken === undefined) {
      if (!isLoopback(request.socket.remoteAddress ?? '')) throw new GatewayError('ERR_TOKEN_MISSING')
      return next()
    }
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
    if (!timingSafeEqual(hashOf(token), hashOf(metricsToken()))) throw new GatewayError('ERR_TOKEN_INVALID')
    next()
  }
}

function isLoopback(address: string): boolean {
  return /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address)
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
