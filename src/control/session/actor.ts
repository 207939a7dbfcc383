/** Authenticates a session on every call: verifies its token, and renews an expired one. */
import type { Actor } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ControlDeps } from '../deps.ts'
import { SignInFailed } from './issuer-sign-in.ts'
import type { Session } from './sessions.ts'

type Deps = Pick<ControlDeps, 'access' | 'issuerSignIn' | 'sessions'>

/** Rejects like `Access.authenticate`. */
export async function actorBehind(session: Session, address: string, deps: Deps): Promise<Actor> {
  const { held } = session
  if (held.kind === 'token') return deps.access.authenticate(held.token, address)
  const underWay = deps.sessions.renewal(session)
  if (underWay !== undefined) return underWay
  try {
    return await deps.access.authenticateIssued(held.idToken)
  } catch (error) {
    const isOver = error instanceof GatewayError && error.code === 'ERR_TOKEN_INVALID'
    if (!isOver || held.refreshToken === undefined) throw error
    const { refreshToken } = held
    const renewal = deps.sessions.renewal(session, () => renew(session, refreshToken, deps))
    if (renewal === undefined) throw error
    return renewal
  }
}

/** Ends the session if the issuer refuses or returns another actor. If the issuer does not answer, the next call retries. */
async function renew(session: Session, refreshToken: string, deps: Deps): Promise<Actor> {
  const { access, issuerSignIn, sessions } = deps
  if (issuerSignIn === undefined) throw new GatewayError('ERR_TOKEN_INVALID')
  try {
    const tokens = await issuerSignIn.renew(refreshToken)
    const actor = await access.authenticateIssued(tokens.idToken)
    // OpenID Connect Core §12.2: the subject must not change.
    if (actor.id !== session.actor) throw new SignInFailed('invalid')
    sessions.renew(session, { kind: 'issued', ...tokens })
    return actor
  } catch (error) {
    if (error instanceof GatewayError && error.code !== 'ERR_TOKEN_INVALID') throw error
    if (error instanceof SignInFailed && error.why === 'unavailable')
      throw new GatewayError('ERR_ISSUER_UNAVAILABLE', {}, error)
    if (session.held.kind === 'issued') sessions.renew(session, { ...session.held, refreshToken: undefined })
    throw new GatewayError('ERR_TOKEN_INVALID', { reason: 'session' }, error)
  }
}
