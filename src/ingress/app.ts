/** The data plane: Express with the events API, choices, and answers that make official SDKs drop or retry rightly. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import { EVENT_KINDS } from '../model/values.ts'
import { answer, answerError } from './answers.ts'
import { bodyErrors, readBody } from './body.ts'
import type { IngressDeps } from './deps.ts'
import { createEventsHandler } from './events.ts'
import { createLedgerHandler } from './ledger.ts'
import { createMeChoicesHandlers } from './me-choices.ts'
import { createPressure } from './pressure.ts'
import { createSettingsHandler } from './settings.ts'

export function createDataPlane(deps: IngressDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies])

  const { batchBytes } = deps.limits
  const write = [createPressure(deps.limits), ...readBody(batchBytes)]
  const paths = [...EVENT_KINDS, 'batch', 'b', 'import'].map((kind) => `/v1/${kind}`)
  app.post(paths, allowBrowsers, ...write, createEventsHandler(deps))
  app.options(paths, allowBrowsers, (_request, response) => {
    response.status(204).end()
  })

  const choices = createMeChoicesHandlers(deps)
  app.get('/v1/me/choices', choices.get)
  app.put('/v1/me/choices', ...write, choices.put)
  app.get(
    ['/v1/projects/:writeKey/settings', '/projects/:writeKey/settings'],
    allowBrowsers,
    createSettingsHandler(deps),
  )
  app.get('/.well-known/gpc.json', (_request, response) => {
    const { policy } = deps.revisions.current()
    answer(response, 200, { gpc: policy.honour.gpc, lastUpdate: policy.date })
  })

  app.get('/ledger/*path', allowBrowsers, createLedgerHandler(deps))

  app.all([...paths, '/v1/me/choices'], () => {
    throw new GatewayError('ERR_METHOD')
  })
  app.use(() => {
    throw new GatewayError('ERR_NOT_FOUND')
  })
  app.use(bodyErrors, finalError(deps))
  return app
}

/** Write keys are public by nature and answers hold nothing personal: any page may send. */
const allowBrowsers: RequestHandler = (_request, response, next) => {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Methods', 'POST, GET, OPTIONS')
  response.setHeader('Access-Control-Allow-Headers', 'content-type, authorization')
  next()
}

/** Errors that somebody here must look at; the others are the sender's or pass by themselves. */
const OWN_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'ERR_INTERNAL',
  'ERR_INTAKE_UNAVAILABLE',
  'ERR_LEDGER_UNAVAILABLE',
  'ERR_CHOICES_UNAVAILABLE',
])

/** Every error has a stable code and is counted; the unexpected ones say nothing of what was sent. */
function finalError({ observe, limits }: IngressDeps): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = error instanceof GatewayError ? error : new GatewayError('ERR_INTERNAL', {}, error)
    observe.answeredError(known.code)
    if (OWN_FAILURES.has(known.code)) observe.failed('ingress', error)
    if (response.headersSent) return next(error)
    answerError(response, known, limits.retryAfterSeconds)
  }
}
