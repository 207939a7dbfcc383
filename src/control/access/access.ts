/** Authentication of the ops API: bootstrap token, named local tokens, issuer tokens, and a rate limit on failures. */
import { type Actor, STAFF_ROLES, type StaffRole } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ActorBook, KnownActor } from './actor-book.ts'
import type { BootstrapToken } from './bootstrap-token.ts'
import type { NamedTokens } from './named-tokens.ts'
import type { Proven, TokenVerifier } from './oidc.ts'
import type { Rate } from './rates.ts'

export interface Access {
  /**
   * Rejects with `ERR_TOKEN_INVALID` or `ERR_ISSUER_UNAVAILABLE`, and with `ERR_RATE` instead of the former if this address
   * failed too often. A valid token always passes: a lock-out that others can trigger would block the stop switches
   * (CWE-645).
   */
  authenticate(token: string, address: string): Promise<Actor>
  /**
   * For an ID token that this gateway received for a sign-in. Calls may not present one: it is for the console, not for the
   * ops API (RFC 9700 §2.3). Rejects like `authenticate`.
   */
  authenticateIssued(idToken: string): Promise<Actor>
  /** Resolves once the list of actors, which resolves the audit trail's references, includes this actor. */
  note(actor: Actor): Promise<void>
  /**
   * Creates a named token, shown only once, and the reference that the audit trail uses. `record` gets that reference before
   * the token is valid. Throws `ERR_BOOTSTRAP_ONLY` unless the bootstrap token calls, `ERR_TOKEN_NAME_TAKEN`, and the
   * rejection of `record`.
   */
  addToken(
    actor: Actor,
    name: string,
    roles: readonly StaffRole[],
    record: (id: string) => Promise<void>,
  ): Promise<{ readonly id: string; readonly token: string }>
  /** Revokes at once; undefined if there was none. Throws `ERR_BOOTSTRAP_ONLY`. */
  removeToken(actor: Actor, name: string): Promise<{ readonly id: string } | undefined>
  /** Replaces the bootstrap token. Throws `ERR_BOOTSTRAP_ONLY` unless that token calls. */
  rotateBootstrapToken(actor: Actor): Promise<string>
}

export interface AccessParts {
  /** Undefined if the configuration disables it. */
  readonly bootstrap: Pick<BootstrapToken, 'is' | 'rotate'> | undefined
  readonly named: Pick<NamedTokens, 'find' | 'add' | 'remove'>
  /** Undefined without an issuer. */
  readonly verifier: TokenVerifier | undefined
  /** For ID tokens of the console; undefined if browsers cannot sign in at the issuer. */
  readonly idTokens: TokenVerifier | undefined
  readonly book: Pick<ActorBook, 'note'>
  /** By address. */
  readonly failedLogins: Rate
  /** Keyed: meaningless without the key. */
  readonly referenceOf: (issuer: string, subject: string) => string
}

/** The issuer of local tokens. */
export const LOCAL = 'sluice'
const BOOTSTRAP: Proven = { issuer: LOCAL, subject: 'bootstrap token', roles: STAFF_ROLES, name: undefined }
/** Token names contain no space, so no named token can pass for the bootstrap token. */
const subjectOf = (name: string): string => `token ${name}`

export function createAccess(parts: AccessParts): Access {
  const { bootstrap, named, verifier, idTokens, book, failedLogins, referenceOf } = parts
  /** The list entry of each actor with a call in progress. */
  const entries = new WeakMap<Actor, Omit<KnownActor, 'since'>>()
  const actorOf = ({ issuer, subject, roles, name }: Proven): Actor => {
    const actor = { id: referenceOf(issuer, subject), roles }
    entries.set(actor, { id: actor.id, issuer, subject, ...(name === undefined ? {} : { name }) })
    return actor
  }
  const prove = async (token: string, address: string): Promise<Proven> => {
    if (bootstrap?.is(token) === true) return BOOTSTRAP
    const local = named.find(token)
    if (local !== undefined)
      return { issuer: LOCAL, subject: subjectOf(local.name), roles: local.roles, name: local.name }
    const known = verifier?.known(token)
    if (known !== undefined) return known
    try {
      if (verifier === undefined) throw new GatewayError('ERR_TOKEN_INVALID')
      return await verifier.verify(token)
    } catch (error) {
      const isBad = error instanceof GatewayError && error.code === 'ERR_TOKEN_INVALID'
      if (!isBad || failedLogins.take(address)) throw error
      throw new GatewayError('ERR_RATE', { retryAfterSeconds: failedLogins.waitSeconds(address) }, error)
    }
  }
  const requireBootstrap = ({ id }: Actor): void => {
    if (bootstrap === undefined || id !== referenceOf(BOOTSTRAP.issuer, BOOTSTRAP.subject))
      throw new GatewayError('ERR_BOOTSTRAP_ONLY')
  }
  return {
    authenticate: async (token, address) => actorOf(await prove(token, address)),
    authenticateIssued: async (idToken) => {
      if (idTokens === undefined) throw new GatewayError('ERR_TOKEN_INVALID')
      return actorOf(idTokens.known(idToken) ?? (await idTokens.verify(idToken)))
    },
    note: async (actor) => {
      const entry = entries.get(actor)
      if (entry !== undefined) await book.note(entry)
    },
    addToken: async (actor, name, roles, record) => {
      requireBootstrap(actor)
      const id = referenceOf(LOCAL, subjectOf(name))
      await book.note({ id, issuer: LOCAL, subject: subjectOf(name), name })
      await record(id)
      const token = await named.add(name, roles)
      return { id, token }
    },
    removeToken: async (actor, name) => {
      requireBootstrap(actor)
      return (await named.remove(name)) ? { id: referenceOf(LOCAL, subjectOf(name)) } : undefined
    },
    rotateBootstrapToken: async (actor) => {
      requireBootstrap(actor)
      // Sound: only the bootstrap token gets here.
      return bootstrap!.rotate()
    },
  }
}
