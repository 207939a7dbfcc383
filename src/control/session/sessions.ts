/**
 * Console sessions, kept only in memory and by hash. Each holds the token that it was opened with, which is verified again on
 * every call, so a session never outlives its token or its roles.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Actor } from '../../model/actor.ts'
import type { EpochMs } from '../../model/brand.ts'

/** A working day. */
export const SESSION_MS = 12 * 3_600_000
/** Idle timeout. An open console calls every few seconds. */
const IDLE_MS = 30 * 60_000
/** Lifetime of a sign-in link. */
export const CODE_MS = 60_000
const MAX_SESSIONS = 1_000
const MAX_CODES = 100
/** Per actor, so that no actor displaces others' sessions. */
export const MAX_OWN_SESSIONS = 20
export const MAX_OWN_CODES = 10
/** Random bytes of ids, codes and CSRF tokens. */
const BYTES = 32

export interface Session {
  /** Sent by our pages with every call but GET and HEAD. */
  readonly csrf: string
  readonly until: EpochMs
  readonly held: Held
  /** The actor's reference. */
  readonly actor: string
}

/** The token that a session was opened with. */
export type Held =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'issued'; readonly idToken: string; readonly refreshToken: string | undefined }

export interface Sessions {
  /** Opens a session; `id` is the cookie's value. */
  open(held: Held, actor: string): { readonly id: string; readonly session: Session }
  /** Undefined if unknown or ended. */
  find(id: string): Session | undefined
  end(id: string): void
  /** Replaces the session's token, unless it has ended. */
  renew(session: Session, held: Held): void
  /** Concurrent calls share one `work`; without `work`, returns the running one, if any. */
  renewal(session: Session, work?: () => Promise<Actor>): Promise<Actor> | undefined
  /** Remembers which token an actor called with, for `issueCode`. */
  cameWith(actor: Actor, token: string): void
  /** A code for one sign-in within a minute; undefined unless the actor called with their own token. */
  issueCode(actor: Actor): { readonly code: string; readonly until: EpochMs } | undefined
  /** The token behind a code, without consuming it. */
  peek(code: string): string | undefined
  /** The token behind a code; consumes it. */
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

/** Removes the actor's least recently used entry if at the limit. */
function makeRoom<One extends { readonly actor: string }>(
  kept: LRUCache<string, One>,
  actor: string,
  most: number,
): void {
  // `entries()` begins with the most recently used.
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
