/** Paths where SDKs send events: Segment's, its short forms, and RudderStack's beacon. */
import { parse } from 'node:querystring'
import type { JsonObject } from '../model/brand.ts'
import type { EventKind } from '../model/values.ts'

/** What a path accepts: one event of a type, or a batch of any. */
export type Taken = EventKind | 'batch'

export const EVENT_PATHS: Readonly<Record<string, Taken>> = {
  '/v1/track': 'track',
  '/v1/t': 'track',
  '/v1/identify': 'identify',
  '/v1/i': 'identify',
  '/v1/page': 'page',
  '/v1/p': 'page',
  '/v1/screen': 'screen',
  '/v1/s': 'screen',
  '/v1/group': 'group',
  '/v1/g': 'group',
  '/v1/alias': 'alias',
  '/v1/a': 'alias',
  '/v1/batch': 'batch',
  '/v1/b': 'batch',
  '/v1/import': 'batch',
  '/beacon/v1/batch': 'batch',
}

/**
 * What a normalised POST target accepts, if written as above. Undefined for any other, including one that Express may
 * read as such a path (in capitals, a whole URL, with a fragment).
 */
export function eventsTarget(target: string): { readonly path: Taken; readonly query: JsonObject } | undefined {
  const mark = target.indexOf('?')
  const name = mark < 0 ? target : target.slice(0, mark)
  if (!Object.hasOwn(EVENT_PATHS, name)) return undefined
  const query = mark < 0 ? '' : target.slice(mark + 1)
  return PLAIN.test(query) ? { path: EVENT_PATHS[name]!, query: parse(query) as JsonObject } : undefined
}
const PLAIN = /^[!"$-~]*$/

/** What Segment's and RudderStack's SDKs request before they send. */
export const SETTINGS_PATHS = ['/v1/projects/:writeKey/settings', '/projects/:writeKey/settings']
export const SOURCE_CONFIG_PATH = '/sourceConfig'

/**
 * Normalises a target to the routes' form: no repeated slashes, none at the end (SDKs join hosts and paths that both
 * have one: segmentio/analytics-node#81). After `/v1/relay/` the path is the partner's own and stays as it is.
 */
export function tidyTarget(target: string): string {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  // An absolute URL, as proxies send, has two slashes that stay.
  if (!path.startsWith('/') || !(path.includes('//') || path.endsWith('/'))) return target
  const relayed = RELAYED.exec(path)?.[0]
  const tidy =
    relayed === undefined
      ? path.replace(SLASHES, '/').replace(/(?!^)\/$/, '')
      : `/v1/relay/${path.slice(relayed.length)}`
  return tidy + target.slice(path.length)
}
const RELAYED = /^\/+v1\/+relay\//
const SLASHES = /\/{2,}/g
