/** The socket of the control plane: plain on this machine, TLS where the configuration names a certificate. */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { ControlConfig } from '../contracts/config.ts'
import { keepRoom } from './room.ts'

/** A file of opt-outs may take minutes to arrive; JSON bodies have their own, short time. */
const REQUEST_TIMEOUT_MS = 600_000
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 30_000
/** Operators, their consoles and a scraper are few. */
const MAX_CONNECTIONS = 256

/** Throws where the certificate or key cannot be read. */
export function createControlServer({ tls }: Pick<ControlConfig, 'tls'>, app: RequestListener): Server {
  const server =
    tls === undefined
      ? createServer(app)
      : createTlsServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key), minVersion: 'TLSv1.2' }, app)
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  keepRoom(server, MAX_CONNECTIONS)
  return server
}
