/** `POST /v1/{track,identify,page,screen,group,alias,batch}` and their other paths (`routes.ts`): on disk before the 200. */
import type { RequestHandler } from 'express'
import type { Work } from '../flow/work.ts'
import type { Trust } from '../model/client-address.ts'
import { GatewayError } from '../model/errors.ts'
import { answer } from './answers.ts'
import type { IngressDeps } from './deps.ts'
import { createAccepting } from './keep.ts'
import type { Taken } from './routes.ts'
import { createTakeIn } from './take-in.ts'

export function createEventsHandler(deps: IngressDeps, work: Work, trust: Trust): (path: Taken) => RequestHandler {
  const { observe } = deps
  const takeIn = createTakeIn(deps, trust)
  const accepting = createAccepting(deps, work)

  return (path) => async (request, response) => {
    if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
    const taken = await work.run(takeIn(request, path))
    response.locals.app = taken.app.id
    const kept = await accepting.keep(taken)
    const { app, rejected, leftOut } = taken
    const duplicates = kept.filter((result) => result === 'duplicate').length
    observe.accepted(app.id, kept.length - duplicates)
    observe.duplicate(app.id, duplicates)
    for (const { code } of rejected) observe.rejected(app.id, code, 1)
    const [first] = rejected
    if (first !== undefined && kept.length > 0) deps.heard.refused(app.id, first.code)
    if (kept.length === 0) throw new GatewayError('ERR_EVENTS_ALL_BAD', { rejected })
    answer(response, 200, {
      success: true,
      ...(rejected.length === 0 ? {} : { rejected }),
      ...(leftOut.length === 0 ? {} : { left_out: leftOut }),
    })
  }
}
