/** The data plane: Express with the events API, choices, and answers that make official SDKs drop or retry rightly. */
import type { RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import { EVENT_KINDS } from '../model/values.ts'
import { answer, answerError, noteError } from './answers.ts'
import { bodyErrors, readBody } from './body.ts'
import type { Trust } from './client-address.ts'
import { createDeletionHandlers, MAX_DELETION_BYTES } from './deletion-requests.ts'
import type { IngressDeps } from './deps.ts'
import { createEventsHandler } from './events.ts'
import { createLedgerHandler } from './ledger.ts'
import { createMeChoicesHandlers } from './me-choices.ts'
import { createMeDataHandlers } from './me-data.ts'
import { createPressure, type Pressure } from './pressure.ts'
import { createPublicList } from './public-list/handlers.ts'
import { createRelayHandler, RELAY_PATH } from './relay.ts'
import { createSettingsHandler } from './settings.ts'

/** Relayed requests go round Express: they are many, and nothing of it is needed for them. */
export function createDataPlane(deps: IngressDeps): RequestListener {
  const pressure = createPressure(deps.limits)
  const app = createEventsApp(deps, pressure)
  const relay = createRelayHandler(deps, pressure, app.get('trust proxy fn') as Trust)
  return (request, response) => {
    if (request.url?.startsWith(RELAY_PATH) === true) relay(request, response)
    else app(request, response)
  }
}

function createEventsApp(deps: IngressDeps, pressure: Pressure): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies])

  const { batchBytes } = deps.limits
  const underPressure: RequestHandler = (request, response, next) => {
    pressure(request, response)
    next()
  }
  const write = [underPressure, ...readBody(batchBytes)]
  const paths = [...EVENT_KINDS, 'batch', 'b', 'import'].map((kind) => `/v1/${kind}`)
  app.post(paths, allowBrowsers, ...write, createEventsHandler(deps))
  app.options(paths, allowBrowsers, (_request, response) => {
    response.status(204).end()
  })

  const choices = createMeChoicesHandlers(deps)
  app.get('/v1/me/choices', choices.get)
  app.put('/v1/me/choices', ...write, choices.put)
  const data = createMeDataHandlers(deps)
  app.get('/v1/me/disclosures', data.disclosures)
  app.post('/v1/me/erasure', ...write, data.erase)
  const deletions = createDeletionHandlers(deps.deletionDesk)
  app.get('/dsrdelete.json', deletions.discovery)
  app.post(
    '/v1/deletion-requests',
    underPressure,
    express.raw({ type: () => true, limit: MAX_DELETION_BYTES }),
    deletions.receive,
  )
  app.get(
    ['/v1/projects/:writeKey/settings', '/projects/:writeKey/settings'],
    allowBrowsers,
    createSettingsHandler(deps),
  )
  const publicList = createPublicList(deps)
  app.get(PUBLIC_LIST, publicList.partners)
  app.get(PUBLIC_CHANGES, publicList.changes)
  app.get('/.well-known/gpc.json', (_request, response) => {
    const { policy } = deps.revisions.current()
    answer(response, 200, { gpc: policy.honour.gpc, lastUpdate: policy.date })
  })

  app.get('/ledger/*path', allowBrowsers, createLedgerHandler(deps))

  app.all(
    [...paths, '/v1/me/choices', '/v1/me/disclosures', '/v1/me/erasure', ...PUBLIC_LIST, ...PUBLIC_CHANGES],
    () => {
      throw new GatewayError('ERR_METHOD')
    },
  )
  app.use(() => {
    throw new GatewayError('ERR_NOT_FOUND')
  })
  app.use(bodyErrors, finalError(deps))
  return app
}

const PUBLIC_LIST = ['/partners', '/partners.json']
const PUBLIC_CHANGES = ['/partners/changes', '/partners/changes.json']

/** Write keys are public by nature and answers hold nothing personal: any page may send. */
const allowBrowsers: RequestHandler = (_request, response, next) => {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Methods', 'POST, GET, OPTIONS')
  response.setHeader('Access-Control-Allow-Headers', 'content-type, authorization')
  next()
}

/** Every error has a stable code and is counted; the unexpected ones say nothing of what was sent. */
function finalError({ observe, limits }: IngressDeps): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = noteError('ingress', error, observe)
    if (response.headersSent) return next(error)
    answerError(response, known, limits.retryAfterSeconds)
  }
}
