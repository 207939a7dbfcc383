/** Who asks about themselves: the user that a bearer token proves. */
import type { Request } from 'express'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import type { Identity } from '../model/event.ts'
import type { IngressDeps } from './deps.ts'

export interface User {
  /** The app whose identity provider signed the token. */
  readonly app: AppPlan
  readonly identity: Identity
}

/** Resolves to the user at whichever of the apps trusts the token's issuer; undefined without a token. */
export function createUserReader({ revisions, verifyUser }: Pick<IngressDeps, 'revisions' | 'verifyUser'>) {
  return async (request: Request): Promise<User | undefined> => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return undefined
    const apps = revisions.current().apps.filter(({ users }) => users !== undefined)
    let refusal = new GatewayError('ERR_TOKEN_INVALID')
    for (const app of apps) {
      try {
        return { app, identity: { kind: 'user', value: await verifyUser(app, token) } }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        refusal = error
      }
    }
    throw refusal
  }
}
