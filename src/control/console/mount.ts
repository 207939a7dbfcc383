/** Serves the console on `/`: static files, and its single page for every other page path. */
import type { Express, Request, Response } from 'express'
import type { ConsoleFile } from './files.ts'

/** Only own files; no inline script or style, frames only for own previews, no framing by others, no form submission. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "frame-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
/** File names contain a content hash. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Paths that never serve the page. */
const NO_PAGE = /^\/(?:api|session|preview|assets|metrics|healthz|readyz|openapi\.json)(?:\/|$)/

export function mountConsole(app: Express, files: ReadonlyMap<string, ConsoleFile>): void {
  const page = files.get('/index.html')
  if (page === undefined) return
  app.get(/.*/, (request, response, next) => {
    const { path } = request
    const file = path === '/' || path === '/index.html' ? page : files.get(path)
    if (file !== undefined && file !== page) return send(request, response, file, path.startsWith('/assets/'))
    const isPage = file === page || (asksForPage(request) && !NO_PAGE.test(path))
    if (!isPage) return next()
    send(request, response, page, false)
  })
}

function asksForPage({ headers }: Request): boolean {
  return headers.accept?.includes('text/html') === true
}

function send(request: Request, response: Response, file: ConsoleFile, isHashed: boolean): void {
  const { bytes, gzipped, type, etag } = file
  response.setHeader('Content-Security-Policy', POLICY)
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=()')
  response.setHeader('Cache-Control', isHashed ? FOR_EVER : 'no-cache')
  response.setHeader('ETag', etag)
  response.vary('Accept-Encoding')
  if (request.headers['if-none-match'] === etag) {
    response.status(304).end()
    return
  }
  response.setHeader('Content-Type', type)
  const takesGzip = gzipped !== undefined && request.acceptsEncodings('gzip') === 'gzip'
  if (takesGzip) response.setHeader('Content-Encoding', 'gzip')
  response.end(takesGzip ? gzipped : bytes)
}
