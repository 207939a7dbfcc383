/** Finds a request's app: by the write key in Basic auth, in the body, or in the query of a beacon. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { Recent } from '../model/recent.ts'
import type { Revisions } from '../publish/ports.ts'

/** Unknown keys remembered during their grace period. A flood of invented keys only restarts the oldest ones'. */
const MAX_UNKNOWN_KEYS = 10_000

/** @param query the query's `writeKey`: a beacon can set no header (rudder-sdk-js, `useBeacon`) */
export type RequireApp = (
  headers: IncomingHttpHeaders,
  body: { readonly writeKey?: unknown },
  query?: unknown,
) => AppPlan
export type RequireAppOfKey = (key: string | undefined) => AppPlan

/**
 * An unknown key is answered with 503 for `graceMs` after first use, so that a mistyped key in `apps.yaml` does not
 * make phones delete data; then with 400. The grace is kept in memory and restarts with the process.
 */
export function createKeyReader(
  revisions: Pick<Revisions, 'appOfKey'>,
  graceMs: number,
  now: () => EpochMs,
): RequireAppOfKey {
  const firstSeen = new Recent<string, EpochMs>({ max: MAX_UNKNOWN_KEYS })
  return (key) => {
    if (key === undefined || key === '') throw new GatewayError('ERR_KEY_MISSING')
    const found = revisions.appOfKey(key)
    if (found === undefined) {
      const hash = createHash('sha256').update(key).digest('base64')
      const seen = firstSeen.get(hash) ?? now()
      firstSeen.set(hash, seen)
      throw new GatewayError(now() - seen < graceMs ? 'ERR_KEY_UNKNOWN' : 'ERR_KEY_UNKNOWN_EXPIRED')
    }
    if (found.retired) throw new GatewayError('ERR_KEY_RETIRED')
    return found.app
  }
}

/** The same for a request with its key in its headers or body. */
export function createAppReader(
  revisions: Pick<Revisions, 'appOfKey'>,
  graceMs: number,
  now: () => EpochMs,
): RequireApp {
  const requireApp = createKeyReader(revisions, graceMs, now)
  return (headers, { writeKey }, query) =>
    requireApp(
      basicUser(headers.authorization) ?? [writeKey, query].find((key): key is string => typeof key === 'string'),
    )
}

/** The app whose key is in the head; undefined if there is none or it is unknown. */
export function appOfBasic(
  { headers }: Pick<IncomingMessage, 'headers'>,
  revisions: Pick<Revisions, 'appOfKey'>,
): ReturnType<Revisions['appOfKey']> {
  const key = basicUser(headers.authorization)
  return key === undefined ? undefined : revisions.appOfKey(key)
}

/** The user name of a Basic header. SDKs send the key with an empty password, some without the colon. */
export function basicUser(header: string | undefined): string | undefined {
  const match = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')
  if (match === null) return undefined
  const [user] = Buffer.from(match[1]!, 'base64').toString('utf8').split(':', 1)
  return user === '' ? undefined : user
}
