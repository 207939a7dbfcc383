/**
 * The data plane: Express with the events API, choices, and answers that make official SDKs drop or retry correctly.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { createWork } from '../flow/work.ts'
import type { JsonObject } from '../model/brand.ts'
import type { Trust } from '../model/client-address.ts'
import { GatewayError } from '../model/errors.ts'
import { createUnderWay } from '../observe/under-way.ts'
import { answer, answerError, noteError } from './answers.ts'
import { bodyErrors, readBody } from './body.ts'
import { allowBrowsers, answerPreflight } from './browsers.ts'
import { createSystemsHandler } from './case-systems.ts'
import { createDeletionHandlers, MAX_DELETION_BYTES } from './deletion-requests.ts'
import type { HotDeps, IngressDeps } from './deps.ts'
import { type Admission, createEventsHandler, type EventsHandler } from './events.ts'
import { createLedgerHandler } from './ledger.ts'
import { createLoad } from './load.ts'
import { createMeChoicesHandlers } from './me-choices.ts'
import { createMeDataHandlers } from './me-data.ts'
import { createNoticeAnswersHandler } from './notices.ts'
import { addPersonPages, PERSON_PATHS } from './person/routes.ts'
import { createPressure, MAX_SMALL_BYTES, type Standing } from './pressure.ts'
import { createPublicList } from './public-list/handlers.ts'
import { createReceiptHandlers } from './receipts.ts'
import { createRelayHandler, RELAY_PATH } from './relay.ts'
import { EVENT_PATHS, eventsTarget, SETTINGS_PATHS, SOURCE_CONFIG_PATH, tidyTarget } from './routes.ts'
import { createSettingsHandler } from './settings.ts'
import { createSourceConfigHandler } from './source-config.ts'
import { appOfBasic } from './write-key.ts'

/** Events and relayed requests bypass Express: they are frequent and need none of it. */
export function createDataPlane(deps: IngressDeps): RequestListener {
  const app = expressUnder(deps)
  const { listener, doors, events } = createFront(deps, trustOf(app), app)
  addRoutes(app, deps, doors, events)
  return listener
}

/** What a data thread answers itself; all other requests go `elsewhere`. */
export function createHotPlane(deps: HotDeps, elsewhere: RequestListener): RequestListener {
  return createFront(deps, trustOf(expressUnder(deps)), elsewhere).listener
}

function createFront(deps: HotDeps, trust: Trust, others: RequestListener) {
  const nowMs = (): number => performance.now()
  const load = createLoad(createUnderWay(nowMs), nowMs)
  const pressure = createPressure({ limits: deps.limits, load, trust, nowMs })
  const doors = { pressure, load, trust, work: createWork(setImmediate) }
  const events = createEventsHandler(deps, doors)
  const relay = createRelayHandler(deps, doors, others)
  deps.relayOwners?.serve(
    createRelayHandler(
      { ...deps, relayOwners: undefined },
      { ...doors, pressure: () => undefined, trust: (_address, hop) => hop === 0 },
      others,
    ),
  )
  const listener: RequestListener = (request, response) => {
    request.url = tidyTarget(request.url ?? '')
    if (deps.isBeyond(request) && !refuseExcess(request, response, deps)) return
    if (request.url.startsWith(RELAY_PATH)) return relay(request, response)
    const sent = request.method === 'POST' ? eventsTarget(request.url) : undefined
    if (sent === undefined) others(request, response)
    else void events(request, response, sent.path, sent.query)
  }
  return { listener, doors, events }
}

function expressUnder({ trustedProxies }: HotDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', trustedProxies.length === 0 ? false : [...trustedProxies])
  return app
}

function trustOf(app: Express): Trust {
  return app.get('trust proxy fn') as Trust
}

/** On a connection over the limit: answers once, and only a narrowing request. False if refused. */
function refuseExcess(request: IncomingMessage, response: ServerResponse, { observe, limits }: HotDeps): boolean {
  response.setHeader('Connection', 'close')
  if (CHOICE_PATHS.has(request.url ?? '')) return true
  const known = noteError('ingress', new GatewayError('ERR_PRESSURE'), observe)
  // Only after the whole request has arrived, so that a reset does not lose the answer.
  request.once('end', () => answerError(response, known, limits.retryAfterSeconds)).resume()
  return false
}
/** Requests that narrow or erase have capacity of their own. */
const CHOICE_PATHS: ReadonlySet<string> = new Set([
  '/v1/me/choices',
  '/v1/me/erasure',
  '/v1/deletion-requests',
  '/choices',
  '/choices/opt-out',
])

function addRoutes(app: Express, deps: IngressDeps, { pressure, load, trust }: Admission, events: EventsHandler): void {
  const under =
    (standing: Standing): RequestHandler =>
    (request, response, next) => {
      pressure(request, response, standing)
      next()
    }
  const waits: RequestHandler = (request, response, next) => {
    const body: unknown = request.body
    response.once('close', load.begin(Buffer.isBuffer(body) ? body.length : 0))
    next()
  }
  const underChoice = under('choice')
  const writeSmall = [underChoice, ...readBody(MAX_SMALL_BYTES)]
  // A read: it yields first and takes no capacity from opt-outs.
  const underNameless = under('nameless')
  const askSmall = [underNameless, ...readBody(MAX_SMALL_BYTES), waits]
  app.use((request, response, next) => {
    // Pages of other origins must not read what a user's own token gives access to.
    if (!request.path.startsWith('/v1/me/') && !PERSON_PAGES.test(request.path)) allowBrowsers(response)
    next()
  })
  const paths = Object.keys(EVENT_PATHS)
  for (const path of paths)
    app.post(path, (request, response) => events(request, response, EVENT_PATHS[path]!, request.query as JsonObject))
  app.options([...paths, ...SETTINGS_PATHS, SOURCE_CONFIG_PATH], answerPreflight)

  const choices = createMeChoicesHandlers(deps, trust)
  app.get('/v1/me/choices', choices.get)
  app.put('/v1/me/choices', ...writeSmall, choices.put)
  const data = createMeDataHandlers(deps)
  app.get('/v1/me/disclosures', data.disclosures)
  app.post('/v1/me/erasure', ...writeSmall, data.erase)
  app.post('/v1/me/erasure/answer', ...writeSmall, data.answerAgain)
  const deletions = createDeletionHandlers(deps.deletionDesk)
  app.get('/dsrdelete.json', deletions.discovery)
  app.post(
    '/v1/deletion-requests',
    underChoice,
    express.raw({ type: () => true, limit: MAX_DELETION_BYTES }),
    deletions.receive,
  )
  app.post(
    '/v1/notices/:partner',
    underNameless,
    // The signature covers the bytes as sent, so they are not inflated.
    express.raw({ type: () => true, limit: MAX_DELETION_BYTES, inflate: false }),
    createNoticeAnswersHandler(deps.noticeAnswers),
  )
  app.post(
    '/v1/cases/:system',
    underChoice,
    express.raw({ type: () => true, limit: MAX_DELETION_BYTES }),
    createSystemsHandler(deps),
  )
  app.get(SETTINGS_PATHS, createSettingsHandler(deps))
  app.get(SOURCE_CONFIG_PATH, createSourceConfigHandler(deps))
  const publicList = createPublicList(deps)
  app.get('/', publicList.home)
  app.get(PUBLIC_LIST, publicList.partners)
  app.get(PUBLIC_CHANGES, publicList.changes)
  app.get('/partners/on/:day', publicList.earlier)
  app.get(TRANSPARENCY, publicList.transparency)
  app.get('/.well-known/gpc.json', (_request, response) => {
    const { policy } = deps.revisions.current()
    answer(response, 200, { gpc: policy.honour.gpc, lastUpdate: policy.date })
  })

  const receipts = createReceiptHandlers(deps)
  app.get('/receipts/:id', underNameless, receipts.proof)
  app.post('/receipts/check', ...askSmall, receipts.check)
  addPersonPages(app, deps, trust, { write: writeSmall, ask: askSmall })
  app.get('/ledger/*path', createLedgerHandler(deps))

  app.all(
    [
      ...paths,
      SOURCE_CONFIG_PATH,
      '/v1/me/choices',
      '/v1/me/disclosures',
      '/v1/me/erasure',
      ...PUBLIC_LIST,
      ...PUBLIC_CHANGES,
      ...TRANSPARENCY,
      ...PERSON_PATHS,
    ],
    () => {
      throw new GatewayError('ERR_METHOD')
    },
  )
  app.use(() => {
    throw new GatewayError('ERR_NOT_FOUND')
  })
  app.use(bodyErrors, finalError(deps))
}

const PERSON_PAGES = /^\/(?:me|choices)(?:\/|$)/
const PUBLIC_LIST = ['/partners', '/partners.json']
const TRANSPARENCY = ['/transparency', '/transparency.json']
const PUBLIC_CHANGES = ['/partners/changes', '/partners/changes.json']

/** Every error has a stable code and is counted. Unexpected ones reveal nothing of the request. */
function finalError({ observe, limits, heard, revisions }: IngressDeps): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const known = noteError('ingress', error, observe)
    if (Object.hasOwn(EVENT_PATHS, request.path)) heard.refused(appOfBasic(request, revisions)?.app.id, known.code)
    if (response.headersSent) return next(error)
    answerError(response, known, limits.retryAfterSeconds)
  }
}
