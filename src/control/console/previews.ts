/** `/preview/…` on the control plane: the public pages as the data plane answers them now, to be shown within the console. */
import type { Express } from 'express'
import { request as fetchFrom } from 'undici'
import { GatewayError } from '../../model/errors.ts'
import type { ControlDeps } from '../deps.ts'
import { sessionBehind } from '../session/cookie.ts'

const PREFIX = '/preview'
const PAGES = ['/partners', '/partners/changes', '/transparency', '/choices']
const TIMEOUT_MS = 10_000

/** For browsers that are signed in, although the pages hold nothing that the public may not see. */
export function mountPreviews(app: Express, { dataUrl, sessions }: Pick<ControlDeps, 'dataUrl' | 'sessions'>): void {
  app.get(
    PAGES.map((page) => PREFIX + page),
    async (request, response) => {
      if (sessionBehind(request, sessions) === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
      const page = await fetchFrom(dataUrl + request.path.slice(PREFIX.length), {
        headers: { accept: 'text/html', 'accept-language': request.headers['accept-language'] ?? 'en' },
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      })
      const html = await page.body.text()
      response.setHeader('Content-Security-Policy', policyOf(page.headers['content-security-policy']))
      response.setHeader('X-Frame-Options', 'SAMEORIGIN')
      response.setHeader('Cache-Control', 'no-store')
      response.status(page.statusCode).type('text/html').send(html)
    },
  )
}

/** The page's own policy, but for who may frame it; `sandbox`: no script and no form, whatever frames it. */
function policyOf(own: string | string[] | undefined): string {
  const kept = String(own ?? "default-src 'none'")
    .split('; ')
    .filter((one) => !one.startsWith('frame-ancestors'))
  return [...kept, "frame-ancestors 'self'", 'sandbox'].join('; ')
}
