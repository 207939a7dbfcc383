/** `/` on the control plane: the console. Static files, and its one page for every path that a person may open. */
import type { Express, Request, Response } from 'express'
import type { ConsoleFile } from './files.ts'

/** Nothing but its own files; no script or style in the page itself, no frame but of its own previews, nobody may frame it, no form may leave. */
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
/** File names hold a hash of what is in them. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Paths that are no page, whatever a browser asks for there. */
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
