/** The user that a bearer token proves. */
import type { Request } from 'express'
import { decodeJwt } from 'jose'
import { isAmbiguous } from '../choices/namespaces.ts'
import { refusalOf } from '../choices/normal-form.ts'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import type { Identity } from '../model/event.ts'
import type { IngressDeps } from './deps.ts'

export interface User {
  /** The app whose identity provider signed the token. */
  readonly app: AppPlan
  readonly identity: Identity
  /** Since when they have this id; undefined if ids are never reassigned. */
  readonly since: EpochMs | undefined
  /** Another issuer vouches for ids of this namespace too: the id is ambiguous, so it can only be restricted. */
  readonly ambiguous: boolean
}

/**
 * Resolves to the user in whichever app trusts the token's issuer; undefined without a token. If an issuer is
 * unavailable, only tokens that name it are refused, with `ERR_ISSUER_UNAVAILABLE`.
 */
export function createUserReader({ revisions, verifyUser }: Pick<IngressDeps, 'revisions' | 'verifyUser'>) {
  return async (request: Request): Promise<User | undefined> => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return undefined
    const issuer = issuerOf(token)
    const apps = revisions.current().apps.filter(({ users }) => users !== undefined && users.issuer === issuer)
    let refusal = new GatewayError('ERR_TOKEN_INVALID')
    for (const app of apps) {
      try {
        const { user, since } = await verifyUser(app, token)
        return { app, identity: identityOf(app, user), since, ambiguous: isAmbiguous(revisions.current().apps, app) }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        if (refusal.code !== 'ERR_ISSUER_UNAVAILABLE') refusal = error
      }
    }
    throw refusal
  }
}

/** The user, if unambiguous. Throws `ERR_NAMESPACE_SHARED` otherwise. */
export function requireOne(user: User): User {
  if (user.ambiguous) throw new GatewayError('ERR_NAMESPACE_SHARED')
  return user
}

/** The token's unverified claims: only to choose the issuer. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/**
 * Throws `ERR_IDENTITY_INVALID` for a placeholder: an issuer's bug must not make one choice apply to all who send it.
 */
function identityOf({ userIds }: AppPlan, value: string): Identity {
  const identity: Identity = userIds === undefined ? { kind: 'user', value } : { kind: 'user', value, of: userIds }
  const why = refusalOf(identity)
  if (why !== undefined) throw new GatewayError('ERR_IDENTITY_INVALID', { why, hint: "the token's user names nobody" })
  return identity
}
