/** The server that SDKs reach: how long anybody may take, and how many may be connected. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import type { GatewayConfig } from '../contracts/config.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { boundConnections, type Connections } from '../platform/connections.ts'
import { type OpenFiles, openFiles } from '../platform/open-files.ts'

/** Above the usual idle time of a proxy in front, so that it closes first and never sends into a closing socket. */
const KEEP_ALIVE_MS = 75_000
/** Until a request's head is here, and until all of it is. Node swaps them where the first is not the shorter one. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
/** How often Node looks for those who are late: its own 30 s would make 45 of the 15. */
const LOOKED_FOR_EVERY_MS = 1_000
/** A connection on which nothing at all happens, such as one that does not read its answer. */
const SILENCE_MS = 120_000
/** Files that stores, the ledger's segments and threads open beside what is open at the start, and partners' connections. */
const RESERVED_FILES = 96
/** Fewer would be no server. */
const MIN_CONNECTIONS = 16
/** What `boundConnections` may hold open for a moment beyond its bound. */
const BEYOND_BOUND = 1.25
const LINGERING = 64

export interface DataServer {
  readonly server: Server
  readonly connections: () => { readonly open: number; readonly most: number }
}

/**
 * Listens nowhere yet. `listenerOf` is given what tells whether a request's connection is one too many.
 * @param servers that share the process's files
 */
export function createDataServer(
  { pressure, trustedProxies }: Pick<GatewayConfig, 'pressure' | 'trustedProxies'>,
  listenerOf: (isBeyond: (request: IncomingMessage) => boolean) => RequestListener,
  { metrics, log }: { readonly metrics: Pick<Metrics, 'connectionClosed'>; readonly log: Log },
  servers = 1,
): DataServer {
  let connections: Connections | undefined
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: LOOKED_FOR_EVERY_MS,
    },
    listenerOf((request) => connections?.isBeyond(request) === true),
  )
  server.timeout = SILENCE_MS
  // A sender that has said all it will say still gets its answer (nodejs/node#49073). Node has the switch and does not type it.
  Object.assign(server, { httpAllowHalfOpen: true })
  const most = connectionsWithin(openFiles(), pressure.connections, servers)
  if (most < pressure.connections)
    log.warn(
      { connections: most, wanted: pressure.connections },
      'fewer connections: this process may open too few files',
    )
  connections = boundConnections(
    server,
    {
      most,
      byAddress: Math.min(most, pressure.connectionsByAddress),
      isExempt: listed(trustedProxies),
      refusal: refusalOf(pressure.retryAfterSeconds),
    },
    {
      evicted: () => metrics.connectionClosed('evicted'),
      refused: () => metrics.connectionClosed('refused'),
    },
  )
  return { server, connections: () => ({ open: connections.open(), most }) }
}

/**
 * How many connections leave the stores their files.
 * @param servers that share the process's files
 */
export function connectionsWithin({ limit, open }: OpenFiles, wanted: number, servers = 1): number {
  if (limit === undefined) return wanted
  const left = Math.floor(((limit - open - RESERVED_FILES) / servers - LINGERING) / BEYOND_BOUND)
  return Math.max(MIN_CONNECTIONS, Math.min(wanted, left))
}

function listed(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** As the gateway answers `ERR_PRESSURE`; without reading what it refuses. */
function refusalOf(retryAfterSeconds: number): string {
  const body = JSON.stringify({
    success: false,
    code: 'ERR_PRESSURE',
    message: 'Too many connections. Try again after Retry-After seconds.',
  })
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Retry-After: ${retryAfterSeconds}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
