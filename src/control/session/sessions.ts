/**
 * Sessions of the console: what a browser's cookie stands for. Kept in memory alone, by hash; each holds the token that
 * its person came with, which is verified again at every call, so a session never outlives its token or its roles.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Actor } from '../../model/actor.ts'
import type { EpochMs } from '../../model/brand.ts'

/** A working day. */
export const SESSION_MS = 12 * 3_600_000
/** Without a call for this long, a session ends. An open console calls every few seconds. */
const IDLE_MS = 30 * 60_000
/** A sign-in link is followed at once or not at all. */
export const CODE_MS = 60_000
const MAX_SESSIONS = 1_000
const MAX_CODES = 100
/** Of one actor: nobody's signing in pushes others out. */
export const MAX_OWN_SESSIONS = 20
export const MAX_OWN_CODES = 10
/** Of ids, codes and CSRF tokens: nobody guesses one. */
const BYTES = 32

export interface Session {
  /** What a page of ours sends beside the cookie with every call that is no GET or HEAD. */
  readonly csrf: string
  readonly until: EpochMs
  readonly held: Held
  /** The actor's reference. */
  readonly actor: string
}

/** What a session was opened with. */
export type Held =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'issued'; readonly idToken: string; readonly refreshToken: string | undefined }

export interface Sessions {
  /** A new session of this actor, who holds this; `id` is the cookie's value. */
  open(held: Held, actor: string): { readonly id: string; readonly session: Session }
  /** Undefined where there is none, or it has ended. */
  find(id: string): Session | undefined
  end(id: string): void
  /** From now on the session holds this. Nothing where it has ended. */
  renew(session: Session, held: Held): void
  /** Calls that come together wait for one `work`; undefined asks whether one is under way. */
  renewal(session: Session, work?: () => Promise<Actor>): Promise<Actor> | undefined
  /** Remembers which token an actor called with, for `issueCode`. */
  cameWith(actor: Actor, token: string): void
  /** A code good for one sign-in within a minute; undefined unless the actor called with a token of their own. */
  issueCode(actor: Actor): { readonly code: string; readonly until: EpochMs } | undefined
  /** The token behind a code, which stays good. */
  peek(code: string): string | undefined
  /** The token behind a code, once. */
  redeem(code: string): string | undefined
}

interface Kept extends Session {
  held: Held
  usedAt: EpochMs
}

interface Code {
  readonly token: string
  readonly actor: string
  readonly until: EpochMs
}

export function createSessions(now: () => EpochMs): Sessions {
  const sessions = new LRUCache<string, Kept>({ max: MAX_SESSIONS })
  const codes = new LRUCache<string, Code>({ max: MAX_CODES })
  const tokens = new WeakMap<Actor, string>()
  const renewals = new WeakMap<Session, Promise<Actor>>()
  const find = (id: string): Session | undefined => {
    const kept = sessions.get(hashOf(id))
    if (kept === undefined) return undefined
    if (now() >= kept.until || now() >= kept.usedAt + IDLE_MS) {
      sessions.delete(hashOf(id))
      return undefined
    }
    kept.usedAt = now()
    return kept
  }
  const peek = (code: string): string | undefined => {
    const found = codes.get(hashOf(code))
    return found !== undefined && now() < found.until ? found.token : undefined
  }
  return {
    open: (held, actor) => {
      makeRoom(sessions, actor, MAX_OWN_SESSIONS)
      const id = randomText()
      const session = { csrf: randomText(), until: now() + SESSION_MS, held, actor, usedAt: now() }
      sessions.set(hashOf(id), session)
      return { id, session }
    },
    find,
    end: (id) => {
      sessions.delete(hashOf(id))
    },
    renew: (session, held) => {
      for (const kept of sessions.values()) if (kept === session) kept.held = held
    },
    renewal: (session, work) => {
      const underWay = renewals.get(session)
      if (underWay !== undefined || work === undefined) return underWay
      const renewal = work().finally(() => renewals.delete(session))
      renewals.set(session, renewal)
      return renewal
    },
    cameWith: (actor, token) => {
      tokens.set(actor, token)
    },
    issueCode: (actor) => {
      const token = tokens.get(actor)
      if (token === undefined) return undefined
      const code = randomText()
      const until = now() + CODE_MS
      makeRoom(codes, actor.id, MAX_OWN_CODES)
      codes.set(hashOf(code), { token, actor: actor.id, until })
      return { code, until }
    },
    peek,
    redeem: (code) => {
      const token = peek(code)
      codes.delete(hashOf(code))
      return token
    },
  }
}

/** For one more of this actor's: what they left unused longest goes. */
function makeRoom<One extends { readonly actor: string }>(
  kept: LRUCache<string, One>,
  actor: string,
  most: number,
): void {
  // `entries()` begins with what was used last.
  const own = [...kept.entries()].filter(([, one]) => one.actor === actor)
  for (const [key] of own.slice(most - 1)) kept.delete(key)
}

/** In constant time. */
export function isCsrfOf({ csrf }: Session, sent: string): boolean {
  return timingSafeEqual(digestOf(csrf), digestOf(sent))
}

function randomText(): string {
  return randomBytes(BYTES).toString('base64url')
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function hashOf(text: string): string {
  return digestOf(text).toString('hex')
}
