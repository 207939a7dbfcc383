/** The control plane: health, metrics, the description of the ops API, the ops API itself, and the console. */
import express, { type Express } from 'express'
import helmet from 'helmet'
import { GatewayError } from '../model/errors.ts'
import { allowOrigins, requireOwnHost } from './access/browser.ts'
import { requireScraper } from './access/scraper.ts'
import { readConsole } from './console/files.ts'
import { mountConsole } from './console/mount.ts'
import { mountPreviews } from './console/previews.ts'
import type { ControlDeps } from './deps.ts'
import { createReadyz, healthz } from './health.ts'
import { mountRoutes } from './mount.ts'
import { openApiOf } from './openapi.ts'
import { answerProblems } from './problem-answer.ts'
import { ROUTES } from './routes/table.ts'
import { mountSession } from './session/mount.ts'

export function createControlPlane(deps: ControlDeps): Express {
  const { metrics, observe } = deps
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies])
  app.use(helmet())
  const { own, isOneOfSeveral } = deps.cells
  if (isOneOfSeveral)
    app.use((_request, response, next) => {
      response.setHeader('Sluice-Cell', own)
      next()
    })
  app.use(requireOwnHost(deps.browser), allowOrigins(deps.browser))
  app.get('/healthz', healthz)
  app.get('/readyz', createReadyz(deps))
  // Health waits for nothing, and neither does what stops or changes.
  app.use(async ({ method }, _response, next) => {
    if (method === 'GET' || method === 'HEAD') await deps.upToDate()
    next()
  })
  app.get('/metrics', requireScraper(deps), async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text())
  })
  // Built on demand: it takes as long as the rest of this plane's start.
  let description: ReturnType<typeof openApiOf> | undefined
  app.get('/openapi.json', (_request, response) => {
    description ??= openApiOf(ROUTES)
    response.json(description)
  })
  mountSession(app, deps)
  mountRoutes(app, ROUTES, deps)
  mountPreviews(app, deps)
  mountConsole(app, readConsole())
  app.use(() => {
    throw new GatewayError('ERR_NOT_FOUND')
  })
  app.use(answerProblems(observe.failed))
  return app
}
