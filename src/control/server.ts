/** The control plane's server: plain HTTP, or TLS if a certificate is configured. */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { ControlConfig } from '../contracts/config.ts'
import { keepRoom } from './room.ts'

/** Uploads of opt-outs may take minutes; JSON bodies have a shorter limit. */
const REQUEST_TIMEOUT_MS = 600_000
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 30_000
/** Enough for operators, consoles and a scraper. */
const MAX_CONNECTIONS = 256

/** Throws if the certificate or key cannot be read. */
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
