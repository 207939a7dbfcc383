/**
 * `ANY /v1/relay/{partner}/…`: receives requests of a partner's own SDK. The app is known by its write key, in a
 * header, in the path (`/v1/relay/{partner}/k/{key}/…`, for SDKs that only let their host be changed) or in Basic; the
 * key is not forwarded.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AnswerSink } from '../flow/ports.ts'
import type { RelayEnd } from '../flow/relay.ts'
import { type Steps, unitsOf, type Work } from '../flow/work.ts'
import { decodeBody } from '../model/body-text.ts'
import { type Json, never, type PartnerId } from '../model/brand.ts'
import { clientAddress, type Trust } from '../model/client-address.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import type { RelayMap, RelayRoute } from '../model/relay-map.ts'
import { factsOf } from '../model/values.ts'
import { createDecoders } from '../signals/decoders.ts'
import { matchRoute, parseContent, parseForm } from '../transform/relay/request.ts'
import { answerError, noteError } from './answers.ts'
import { parseText } from './body.ts'
import { MAX_DEPTH, outlineOf } from './body-parts.ts'
import type { HotDeps } from './deps.ts'
import { headerValues } from './header-values.ts'
import { JsonScan, NotJson } from './json-scan.ts'
import { parseMultipart } from './multipart.ts'
import type { Pressure } from './pressure.ts'
import { readWhole } from './read-whole.ts'
import { basicUser, createKeyReader } from './write-key.ts'

export const RELAY_PATH = '/v1/relay/'
const KEY_HEADER = 'x-sluice-write-key'
const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'

/** Where a request is addressed. */
interface Target {
  readonly partner: PartnerId
  readonly key: string | undefined
  /** With its leading `/`, without its query. */
  readonly path: string
  readonly query: string
}

export function createRelayHandler(
  deps: HotDeps,
  { pressure, trust, work }: { readonly pressure: Pressure; readonly trust: Trust; readonly work: Work },
  others: RequestListener,
): RequestListener {
  const { revisions, limits, observe, now } = deps
  const { relayer, mapOf, paceOf, isElsewhere } = deps.relay
  const requireApp = createKeyReader(revisions, limits.unknownKeyGraceMs, now)
  const decoders = createDecoders()

  return (request, response) => {
    const relayed = async (): Promise<void> => {
      try {
        await relay(request, response)
      } catch (error) {
        const known = noteError('relay', error, observe)
        if (response.headersSent) response.destroy()
        else answerError(response, known, limits.retryAfterSeconds)
      }
    }
    void relayed()
  }

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
    const receivedAt = now()
    const target = targetOf(request.url ?? '')
    const app = requireApp(
      textOf(request.headers[KEY_HEADER]) ?? target.key ?? basicUser(request.headers.authorization),
    )
    const contract = revisions.contract(target.partner)
    const map = mapOf(target.partner)
    if (contract === undefined || map === undefined) throw new GatewayError('ERR_NOT_FOUND')
    const contentType = textOf(request.headers['content-type']) ?? ''
    const kind = contentType.split(';', 1)[0]!.trim().toLowerCase()
    const isMultipart = kind.startsWith('multipart/')
    const match = matchRoute(map, request.method ?? '', target.path, isMultipart || kind === FORM ? 'form' : 'json')
    if (match.kind !== 'route') throw new GatewayError(match.kind === 'method' ? 'ERR_METHOD' : 'ERR_NOT_FOUND')
    const { route } = match.route
    if (isMultipart && (kind !== MULTIPART || route.body !== 'form'))
      throw new GatewayError('ERR_BODY_TYPE', {
        allowed: route.body === 'form' ? [FORM, MULTIPART] : ['application/json'],
      })
    if (isElsewhere(contract)) return others(request, response)
    if (paceOf(contract.id).take(1) === 0) throw new GatewayError('ERR_PRESSURE')
    pressure(request, response, 'keyed')
    const body = await readWhole(request, limits.batchBytes)
    const { content, tooLarge } = isMultipart
      ? { content: await parseMultipart(await work.run(afterTurn(body)), contentType), tooLarge: false }
      : await work.run(contentOf(route.body, body, contentType))
    const asked = {
      route: match.route,
      request: { query: parseForm(target.query), headers: headersOf(request), content },
      context: contextOf(request, app, receivedAt),
    }
    if (deps.relayOwners !== undefined) {
      const key = relayer.keyOf(asked)
      const handed = { request, client: clientAddress(request, trust), body }
      if (key !== undefined && (await deps.relayOwners.hand(key, handed, response))) return
    }
    const end = await relayer.relay(
      {
        ...asked,
        contract,
        tooLarge,
        rules: {
          policy: revisions.current().policy,
          categories: app.consentCategories ?? {},
          decoders,
          countryOf: deps.countryOf,
        },
        deadline:
          receivedAt + Math.min(contract.limits.timeoutMs, map.map.deadlineMs?.(content) ?? contract.limits.timeoutMs),
      },
      sinkOf(response),
    )
    finish(end, map.map.withheld, route.forgets === true, response)
  }

  function contextOf(request: IncomingMessage, app: AppPlan, receivedAt: number) {
    return {
      app: factsOf(app),
      signals: { gpc: headerValues(request, 'sec-gpc'), dnt: headerValues(request, 'dnt') },
      ipPlace: deps.placeOf(clientAddress(request, trust)),
      receivedAt,
    }
  }
}

/** How many times more reading, deciding and rewriting costs than scanning. */
const TIMES_READ = 3
/** More than the guard searches: see `Reading`. Known before anything is parsed. */
const MAX_VALUES = 20_000

/**
 * Reads a body as its route requires, in a turn of a size that covers all later work. If it has too many values to
 * decide, reads only the members that fit: it is refused, but its signals are kept. Throws `ERR_BODY_NOT_JSON`.
 */
function* contentOf(
  kind: RelayRoute['body'],
  body: Buffer,
  contentType: string,
): Steps<{ readonly content: Json | undefined; readonly tooLarge: boolean }> {
  yield* afterTurn(body)
  const text = decodeBody(body, contentType)
  if (kind === 'none' || text === '' || isDecidable(kind, text))
    return { content: parseContent(kind, text), tooLarge: false }
  const hasMembers = kind !== 'form' && text.trimStart().startsWith('{')
  return { content: hasMembers ? outlineOf(text, MAX_OUTLINE, parseText) : undefined, tooLarge: true }
}
/** Characters of a refused body that are read for its identities. */
const MAX_OUTLINE = 32_768

function* afterTurn(body: Buffer): Steps<Buffer> {
  yield unitsOf(body.length) * TIMES_READ
  return body
}

function isDecidable(kind: 'json' | 'json_or_none' | 'form', text: string): boolean {
  if (kind === 'form') {
    let fields = 1
    for (let at = text.indexOf('&'); at >= 0 && fields <= MAX_VALUES; at = text.indexOf('&', at + 1)) fields++
    return fields <= MAX_VALUES
  }
  try {
    const { values, depth } = new JsonScan(text).whole()
    return values <= MAX_VALUES && depth <= MAX_DEPTH
  } catch (error) {
    throw error instanceof NotJson ? new GatewayError('ERR_BODY_NOT_JSON') : error
  }
}

/** Withheld is final for the SDK, and marked in a header; erasure is only reported for users who were erased. */
function finish(end: RelayEnd, withheld: RelayMap['withheld'], forgets: boolean, response: ServerResponse): void {
  switch (end.kind) {
    case 'answered':
      return
    case 'cut':
      // The status is sent already: only closing the connection shows that the answer is incomplete.
      response.destroy()
      return
    case 'failed':
      throw new GatewayError(end.code)
    case 'withheld': {
      const { status, type, body } = withheld
      response.setHeader('X-Sluice', `withheld(${end.why})`)
      if (forgets) throw new GatewayError('ERR_FORGET_WITHHELD')
      response.writeHead(status, {
        'Cache-Control': 'no-store',
        ...(body === '' ? {} : { 'Content-Type': type ?? 'application/json' }),
      })
      response.end(body)
      return
    }
    default:
      never(end)
  }
}

function sinkOf(response: ServerResponse): AnswerSink {
  return {
    start: (status, headers) => {
      response.writeHead(status, { ...headers, 'cache-control': 'no-store' })
    },
    data: (chunk) => response.destroyed || response.write(chunk),
    drained: (resume) => {
      const once = (): void => {
        response.off('drain', once).off('close', once)
        resume()
      }
      response.on('drain', once).on('close', once)
    },
    end: () => {
      response.end()
    },
  }
}

function targetOf(url: string): Target {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  const [partner = '', ...rest] = path.slice(RELAY_PATH.length).split('/')
  const hasKey = rest[0] === 'k' && rest.length > 1
  const key = hasKey ? rest[1] : undefined
  // Sound: an id without a contract finds none.
  return { partner: partner as PartnerId, key, query, path: `/${rest.slice(hasKey ? 2 : 0).join('/')}` }
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined
}
