/** Who calls: the bootstrap token or a token of the issuer, and how often a stranger may guess. */
import { type Actor, STAFF_ROLES } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ActorBook, KnownActor } from './actor-book.ts'
import type { BootstrapToken } from './bootstrap-token.ts'
import type { Proven, TokenVerifier } from './oidc.ts'
import type { Rate } from './rates.ts'

export interface Access {
  /**
   * Rejects with `ERR_TOKEN_INVALID`, `ERR_ISSUER_UNAVAILABLE`, or `ERR_RATE` where this address failed too often; the
   * bootstrap token, and tokens verified within the last minute, pass even then.
   */
  authenticate(token: string, address: string): Promise<Actor>
  /** Resolves once the list of actors, which says who a reference of the audit trail is, names this actor. */
  note(actor: Actor): Promise<void>
  /** A new bootstrap token; the old one is void. Throws `ERR_BOOTSTRAP_ONLY` unless that is who calls. */
  rotateBootstrapToken(actor: Actor): Promise<string>
}

export interface AccessParts {
  /** Undefined where the configuration switches it off. */
  readonly bootstrap: BootstrapToken | undefined
  /** Undefined where there is no issuer. */
  readonly verifier: TokenVerifier | undefined
  readonly book: ActorBook
  /** By address. */
  readonly failedLogins: Rate
  /** Keyed: means nothing without the key. */
  readonly referenceOf: (issuer: string, subject: string) => string
}

const BOOTSTRAP: Proven = { issuer: 'sluice', subject: 'bootstrap token', roles: STAFF_ROLES, name: undefined }

export function createAccess({ bootstrap, verifier, book, failedLogins, referenceOf }: AccessParts): Access {
  /** What the list of actors says of each that is alive in a call. */
  const entries = new WeakMap<Actor, Omit<KnownActor, 'since'>>()
  const actorOf = ({ issuer, subject, roles, name }: Proven): Actor => {
    const actor = { id: referenceOf(issuer, subject), roles }
    entries.set(actor, { id: actor.id, issuer, subject, ...(name === undefined ? {} : { name }) })
    return actor
  }
  const prove = async (token: string, address: string): Promise<Proven> => {
    if (bootstrap?.is(token) === true) return BOOTSTRAP
    const known = verifier?.known(token)
    if (known !== undefined) return known
    if (!failedLogins.hasLeft(address))
      throw new GatewayError('ERR_RATE', { retryAfterSeconds: failedLogins.waitSeconds(address) })
    try {
      if (verifier === undefined) throw new GatewayError('ERR_TOKEN_INVALID')
      return await verifier.verify(token)
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'ERR_TOKEN_INVALID') failedLogins.take(address)
      throw error
    }
  }
  return {
    authenticate: async (token, address) => actorOf(await prove(token, address)),
    note: async (actor) => {
      const entry = entries.get(actor)
      if (entry !== undefined) await book.note(entry)
    },
    rotateBootstrapToken: async (actor) => {
      if (bootstrap === undefined || actor.id !== referenceOf(BOOTSTRAP.issuer, BOOTSTRAP.subject))
        throw new GatewayError('ERR_BOOTSTRAP_ONLY')
      return bootstrap.rotate()
    },
  }
}
