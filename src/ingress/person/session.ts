/**
 * The session of a user's page: by their account's token, or by a link. It is one sealed cookie that only this origin's
 * own pages send (`__Host-`, `SameSite=Strict`) and no script reads. The server stores nothing, except which sessions
 * were closed. Forms carry a token derived from the cookie, so that no other page can send them.
 */
import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { AppId, EpochMs, IdentityKey } from '../../model/brand.ts'
import type { StandingChoice } from '../../model/choice.ts'
import { GatewayError } from '../../model/errors.ts'
import type { Identity } from '../../model/event.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../../platform/seal.ts'
import type { LinkPurpose } from '../../subjects/links.ts'

/** Lifetime of a page. */
export const SESSION_MS = 15 * 60_000
/** Lifetime of a form that an app requested. */
const FORM_MS = 60 * 60_000
/** Between the two steps of allowing something again. */
const STEP_MS = 5 * 60_000
const COOKIE = '__Host-sluice'
const MOST_BYTES = 3_800
/** Marks of pages that were closed early. */
const ENDED_KEPT = 10_000

/** A session's content; the sealing limits its lifetime. */
export type Person =
  | { readonly kind: 'user'; readonly app: AppId; readonly identity: Identity; readonly since?: EpochMs }
  | { readonly kind: 'link'; readonly purpose: LinkPurpose; readonly keys: readonly IdentityKey[] }

export interface OpenPage {
  readonly person: Person
  readonly until: EpochMs
  /** The token that its forms carry. */
  readonly mark: string
}

/** The identities that an app posted, for a public form. */
export interface Device {
  readonly app: AppId
  readonly keys: readonly IdentityKey[]
  /** For the receipt. */
  readonly identities: readonly Identity[]
}

export interface Sessions {
  /** Sets the cookie. Throws `ERR_IDENTITY_INVALID` if the identities exceed its size. */
  open(response: ServerResponse, person: Person): OpenPage
  /** Undefined if no page is open. */
  of(request: IncomingMessage): OpenPage | undefined
  /** Throws `ERR_FORM` for a form of another page. */
  requireMark(request: IncomingMessage, page: OpenPage, mark: string | undefined): void
  /** Removes the cookie, and invalidates every copy of it. */
  close(response: ServerResponse, page: OpenPage | undefined): void
  /** The first of two steps was taken on this page: what the second must send. `stands`: every choice at that time. */
  firstStep(page: OpenPage, what: string, stands: readonly StandingChoice[]): string
  /**
   * Throws `ERR_FORM` unless the first step was taken for this, on this page, and no choice was stated since: a form
   * that is sent again must not lift a later choice.
   */
  requireFirstStep(page: OpenPage, what: string, step: string | undefined, stands: readonly StandingChoice[]): void
  sealDevice(device: Device): string
  /** Undefined if expired or forged. */
  openDevice(sealed: string): Device | undefined
}

export function createSessions(parts: {
  readonly key: KeyObject
  readonly random: RandomBytes
  readonly now: () => EpochMs
}): Sessions {
  const { key, random, now } = parts
  const nonce = nonceSource(random)
  const ended = new LRUCache<string, true>({ max: ENDED_KEPT, ttl: SESSION_MS })
  const sealed = (bound: string, what: object): string =>
    Buffer.from(seal(key, nonce(), bound, JSON.stringify(what))).toString('base64url')
  const opened = <T extends { readonly until: EpochMs }>(bound: string, text: string): T | undefined => {
    const bytes = unseal(key, bound, Buffer.from(text, 'base64url'))
    // Sound: only `sealed` makes what opens under this key and context.
    const what = bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as T)
    return what === undefined || what.until <= now() ? undefined : what
  }
  const markOf = (cookie: string): string =>
    createHmac('sha256', key).update(`form\0${cookie}`).digest('base64url').slice(0, 22)
  const set = (response: ServerResponse, value: string, seconds: number): void => {
    response.setHeader(
      'Set-Cookie',
      `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Strict`,
    )
  }
  return {
    open: (response, person) => {
      const until = now() + SESSION_MS
      const cookie = sealed('page', { person, until })
      // A browser would silently drop it.
      if (cookie.length > MOST_BYTES) throw new GatewayError('ERR_IDENTITY_INVALID', { hint: 'too many identities' })
      set(response, cookie, SESSION_MS / 1_000)
      return { person, until, mark: markOf(cookie) }
    },
    of: (request) => {
      const cookie = cookieOf(request.headers.cookie)
      if (cookie === undefined) return undefined
      const found = opened<{ readonly person: Person; readonly until: EpochMs }>('page', cookie)
      const mark = markOf(cookie)
      return found === undefined || ended.has(mark) ? undefined : { ...found, mark }
    },
    requireMark: (request, page, mark = '') => {
      if (isForeign(request)) throw new GatewayError('ERR_FORM')
      const [given, own] = [Buffer.from(mark), Buffer.from(page.mark)]
      if (given.length !== own.length || !timingSafeEqual(given, own)) throw new GatewayError('ERR_FORM')
    },
    close: (response, page) => {
      if (page !== undefined) ended.set(page.mark, true)
      set(response, '', 0)
    },
    firstStep: ({ mark }, what, stands) =>
      sealed('step', { mark, what, stands: digestOf(stands), until: now() + STEP_MS }),
    requireFirstStep: ({ mark }, what, step = '', stands) => {
      const taken = opened<Step>('step', step)
      if (taken?.mark !== mark || taken.what !== what || taken.stands !== digestOf(stands))
        throw new GatewayError('ERR_FORM')
    },
    sealDevice: (device) => sealed('device', { ...device, until: now() + FORM_MS }),
    openDevice: (text) => opened<Device & { readonly until: EpochMs }>('device', text),
  }
}

interface Step {
  readonly mark: string
  readonly what: string
  readonly stands: string
  readonly until: EpochMs
}

/** Each statement with its time; a device's signals by content, because the app repeats them with every event. */
function digestOf(stands: readonly StandingChoice[]): string {
  const said = stands.map(({ at, ...one }) => (one.channel === 'signal' ? one : { ...one, at }))
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url')
}

/** True if the browser reports that another site's page made the request. */
export function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function cookieOf(header: string | undefined): string | undefined {
  for (const one of header?.split(';') ?? []) {
    const [name, value] = one.split('=', 2)
    if (name?.trim() === COOKIE && value !== undefined) return value.trim()
  }
  return undefined
}
