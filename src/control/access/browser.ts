/**
 * Browser protections of the control plane. The console's cookie is same-site, and changes also need a CSRF token. In
 * addition, requests of foreign pages are refused by Origin and Fetch Metadata and, against DNS rebinding, by Host.
 */
import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import { GatewayError } from '../../model/errors.ts'

export interface BrowserRules {
  /** Names besides loopback. IP addresses always pass, because DNS rebinding needs a name in `Host`. */
  readonly hosts: readonly string[]
  /** Foreign origins that may call. */
  readonly origins: readonly string[]
}

const SENDABLE = 'authorization, content-type, if-match, if-none-match, idempotency-key'
const READABLE = 'etag, retry-after, allow, idempotency-replayed'
const METHODS = 'GET, HEAD, POST, PUT, DELETE'
/** Seconds for which browsers may cache a preflight. */
const PREFLIGHT_SECONDS = 600

/** Orchestrator probes use any host name; the answers are not sensitive. */
const FOR_ANYONE: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

export function requireOwnHost({ hosts }: BrowserRules): RequestHandler {
  const names = new Set([...hosts.map((host) => host.toLowerCase()), 'localhost'])
  return (request, _response, next) => {
    if (FOR_ANYONE.has(request.path)) return next()
    const name = hostName(request.headers.host ?? '')
    if (!names.has(name) && isIP(name) === 0) throw new GatewayError('ERR_HOST')
    next()
  }
}

/** Admits own pages, listed origins and non-browser clients. Answers preflights. */
export function allowOrigins({ origins }: BrowserRules): RequestHandler {
  const listed = new Set(origins)
  return (request, response, next) => {
    response.vary('Origin')
    const { origin, host } = request.headers
    const site = request.headers['sec-fetch-site']
    if (origin === undefined) {
      // Following a link from another site to a page is fine; API calls are never navigations.
      const followed = request.headers['sec-fetch-mode'] === 'navigate' && !isCall(request.path)
      if ((site === 'cross-site' || site === 'same-site') && !followed) throw new GatewayError('ERR_ORIGIN')
      return next()
    }
    if (isOwn(origin, host)) return next()
    if (!listed.has(origin)) throw new GatewayError('ERR_ORIGIN')
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Access-Control-Expose-Headers', READABLE)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return next()
    response.setHeader('Access-Control-Allow-Methods', METHODS)
    response.setHeader('Access-Control-Allow-Headers', SENDABLE)
    response.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS))
    response.status(204).end()
  }
}

function isCall(path: string): boolean {
  return path.startsWith('/api/') || path === '/metrics'
}

/** Compares host and port only: a proxy may have changed the scheme. */
function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}

/** `ops.example.com:8081` → `ops.example.com`, `[::1]:8081` → `::1`. */
function hostName(host: string): string {
  const [, six, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host.toLowerCase()) ?? []
  return six ?? name ?? ''
}
