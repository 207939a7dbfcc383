/**
 * `POST /v1/{track,identify,page,screen,group,alias,batch}` and their other paths (`routes.ts`): on disk before the
 * 200. They bypass Express, which only routes targets that are written otherwise.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Work } from '../flow/work.ts'
import type { AppId, JsonObject } from '../model/brand.ts'
import type { Trust } from '../model/client-address.ts'
import { GatewayError } from '../model/errors.ts'
import { answer, answerError, noteError } from './answers.ts'
import { allowBrowsers } from './browsers.ts'
import type { HotDeps } from './deps.ts'
import { createAccepting } from './keep.ts'
import type { Load } from './load.ts'
import type { Pressure } from './pressure.ts'
import { createBodyReader } from './read-whole.ts'
import type { Taken } from './routes.ts'
import { createTakeIn } from './take-in.ts'
import { appOfBasic } from './write-key.ts'

/** Always answers. */
export type EventsHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  path: Taken,
  query: JsonObject,
) => Promise<void>

/** Checks common to every request that brings events. */
export interface Admission {
  readonly pressure: Pressure
  readonly load: Pick<Load, 'begin'>
  readonly trust: Trust
  readonly work: Work
}

export function createEventsHandler(deps: HotDeps, { pressure, load, trust, work }: Admission): EventsHandler {
  const { observe, revisions, limits } = deps
  const takeIn = createTakeIn(deps, trust)
  const readBody = createBodyReader(limits.batchBytes)
  const here = createAccepting(deps, work)
  const accepting = deps.spread?.(here, work) ?? here

  return async (request, response, path, query) => {
    let known: AppId | undefined
    try {
      allowBrowsers(response)
      pressure(request, response, appOfBasic(request, revisions)?.retired === false ? 'keyed' : 'nameless')
      const body = await readBody(request, response)
      response.once('close', load.begin(body.length))
      if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
      const taken = await work.run(takeIn(request, path, body, query))
      const { app, rejected, leftOut } = taken
      known = app.id
      const kept = await accepting.keep(taken)
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
    } catch (error) {
      const { code } = refuse(error, request, response)
      deps.heard.refused(known ?? appOfBasic(request, revisions)?.app.id, code)
    }
  }

  function refuse(error: unknown, request: IncomingMessage, response: ServerResponse): GatewayError {
    const noted = noteError('ingress', error, observe)
    // It yielded to another sender and was answered.
    if (response.headersSent) request.socket.destroy()
    else answerError(response, noted, limits.retryAfterSeconds)
    return noted
  }
}
