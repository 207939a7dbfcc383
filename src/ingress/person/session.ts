/**
 * Who a page is open for: a person by their account's token, or by a link. A session is one cookie, sealed, that only this
 * origin's own pages send (`__Host-`, `SameSite=Strict`) and no script reads; nothing of it is kept here but, of one that was
 * closed, that it was. Forms carry a mark made of the cookie, so that no other page can send them.
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

/** How long a page stays open. */
export const SESSION_MS = 15 * 60_000
/** How long a form is good for that an app asked for. */
const FORM_MS = 60 * 60_000
/** Between the two steps of allowing something again. */
const STEP_MS = 5 * 60_000
const COOKIE = '__Host-sluice'
const MOST_BYTES = 3_800
/** Marks of pages that were closed before their time. */
const ENDED_KEPT = 10_000

/** What a session says; how long it lasts is the sealing's business. */
export type Person =
  | { readonly kind: 'user'; readonly app: AppId; readonly identity: Identity; readonly since?: EpochMs }
  | { readonly kind: 'link'; readonly purpose: LinkPurpose; readonly keys: readonly IdentityKey[] }

export interface OpenPage {
  readonly person: Person
  readonly until: EpochMs
  /** What its forms carry. */
  readonly mark: string
}

/** Whose choice a public form states: the identities that an app posted. */
export interface Device {
  readonly app: AppId
  readonly keys: readonly IdentityKey[]
  /** For the receipt. */
  readonly identities: readonly Identity[]
}

export interface Sessions {
  /** Sets the cookie. Throws `ERR_IDENTITY_INVALID` for more identities than it holds. */
  open(response: ServerResponse, person: Person): OpenPage
  /** Undefined where no page is open. */
  of(request: IncomingMessage): OpenPage | undefined
  /** Throws `ERR_FORM` for a form that is not of this page. */
  requireMark(request: IncomingMessage, page: OpenPage, mark: string | undefined): void
  /** Takes the cookie back, and opens the page for no copy of it. */
  close(response: ServerResponse, page: OpenPage | undefined): void
  /** The first of two steps was taken on this page: what the second must bring. `stands`: every choice as it was then. */
  firstStep(page: OpenPage, what: string, stands: readonly StandingChoice[]): string
  /**
   * Throws `ERR_FORM` where the first step was not taken, for this and on this page, or anything was said since: a form that
   * is sent again must not lift what came after it.
   */
  requireFirstStep(page: OpenPage, what: string, step: string | undefined, stands: readonly StandingChoice[]): void
  sealDevice(device: Device): string
  /** Undefined where it is too old or not ours. */
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
    // Sound: only `sealed` makes what opens under this key and bound.
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
      // A browser would drop it without a word.
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

/** Each statement with its moment; of a device's signals what they say, for the app repeats them with every event. */
function digestOf(stands: readonly StandingChoice[]): string {
  const said = stands.map(({ at, ...one }) => (one.channel === 'signal' ? one : { ...one, at }))
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url')
}

/** True for a request that a browser says another site's page made. */
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
