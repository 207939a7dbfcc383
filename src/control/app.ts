/** The control plane: health, metrics and the ops API. Loopback unless told otherwise; the ops API needs the staff token. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import type { PartnerId } from '../model/brand.ts'
import { ERROR_CODES, GatewayError } from '../model/errors.ts'
import { createAccounting } from './accounting.ts'
import type { ControlDeps } from './deps.ts'
import { createReadyz, healthz } from './health.ts'
import { createImport } from './import.ts'
import { createSimulate } from './simulate.ts'
import { createSubjects } from './subjects.ts'

const MAX_BODY = '1mb'
const PAGE = 100

export function createControlPlane(deps: ControlDeps): Express {
  const { revisions, intake, metrics, deliveries } = deps
  const app = express()
  app.disable('x-powered-by')
  app.use(helmet())
  app.get('/healthz', healthz)
  app.get('/readyz', createReadyz(deps))
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text())
  })

  const api = express.Router()
  api.use(requireStaff(deps))
  api.post('/choices/import', createImport(deps))
  api.use(express.json({ limit: MAX_BODY }))
  api.get('/accounting', createAccounting(intake))
  api.post('/simulate', createSimulate(deps))
  const subjects = createSubjects(deps)
  api.post('/subjects/lookup', subjects.lookup)
  api.get('/subjects/:handle/choices', subjects.getChoices)
  api.put('/subjects/:handle/choices', subjects.putChoices)
  api.get('/partners', (_request, response) => {
    const partners = revisions
      .current()
      .contracts.map((contract) => ({ ...contract, stopped: revisions.stopped(contract.id) }))
    response.json({ revision: revisions.current().number, partners })
  })
  api.get('/deliveries', (_request, response) => {
    response.json({ lanes: deliveries.lanes() })
  })
  api.get('/dead-letters', async (request, response) => {
    const { after } = request.query
    const letters = await intake.deadLetters(typeof after === 'string' ? after : undefined, PAGE)
    response.json({ letters, next: letters.length === PAGE ? letters.at(-1)?.position : undefined })
  })
  api.put(
    '/stop',
    stopHandler(deps, () => 'all'),
  )
  api.put(
    '/partners/:id/stop',
    stopHandler(deps, (id) => requirePartner(deps, id)),
  )
  api.post('/reload', async (_request, response) => {
    const result = await deps.reload()
    if (!result.ok) throw new GatewayError('ERR_CONFIG_INVALID', { problems: result.problems })
    response.json(result)
  })
  app.use('/api/v1', api)
  app.use(() => {
    throw new GatewayError('ERR_NOT_FOUND')
  })
  app.use(finalError(deps))
  return app
}

function requireStaff({ isStaffToken }: ControlDeps): RequestHandler {
  return (request, _response, next) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
    if (!isStaffToken(token)) throw new GatewayError('ERR_TOKEN_INVALID')
    next()
  }
}

/** `{stopped: true|false}`; in force on every thread when it answers. */
function stopHandler(deps: ControlDeps, partnerOf: (id: unknown) => PartnerId | 'all'): RequestHandler {
  return async (request, response) => {
    const { stopped } = (request.body ?? {}) as { readonly stopped?: unknown }
    if (typeof stopped !== 'boolean') throw new GatewayError('ERR_CHOICE_INVALID', { needs: '{"stopped": true|false}' })
    const partner = partnerOf(request.params.id)
    await deps.stop(partner, stopped)
    response.json({ partner, stopped, inForce: true })
  }
}

function requirePartner({ revisions }: ControlDeps, id: unknown): PartnerId {
  const contract = revisions.current().contracts.find((candidate) => candidate.id === id)
  if (contract === undefined) throw new GatewayError('ERR_NOT_FOUND')
  return contract.id
}

function finalError({ observe }: ControlDeps): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = error instanceof GatewayError ? error : bodyError(error)
    if (known.code === 'ERR_INTERNAL') observe.failed('control', error)
    if (response.headersSent) return next(error)
    const { status } = ERROR_CODES[known.code]
    response.status(status).type('application/problem+json')
    response.json({
      type: `urn:sluice:${known.code}`,
      title: known.message,
      status,
      code: known.code,
      ...known.details,
    })
  }
}

/** express.json's own errors repeat the body: only their kind goes on. */
function bodyError(error: unknown): GatewayError {
  const { type } = (error ?? {}) as { readonly type?: unknown }
  if (type === 'entity.too.large') return new GatewayError('ERR_BODY_TOO_LARGE')
  if (typeof type === 'string') return new GatewayError('ERR_BODY_NOT_JSON')
  return new GatewayError('ERR_INTERNAL', {}, error)
}
