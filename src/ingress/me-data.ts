/**
 * `GET /v1/me/disclosures` and `POST /v1/me/erasure`: a person's own rights, by their own token and by nothing else. A token
 * proves the account and not the devices used with it, so the statement is the account's; devices that are the person's
 * alone go with an erasure, since to be wrong there takes something away and shows nothing.
 */
import type { Request, RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import { NO_CONTACT } from '../subjects/statement.ts'
import { STATEMENT_POLICY, statementHtml } from '../subjects/statement-html.ts'
import { answer } from './answers.ts'
import type { IngressDeps } from './deps.ts'
import { createUserReader, type User } from './user.ts'

const PROOF_WORDS = ['true', '1']

export function createMeDataHandlers(deps: IngressDeps): {
  readonly disclosures: RequestHandler
  readonly erase: RequestHandler
} {
  const { choices, rights, revisions } = deps
  const userOf = createUserReader(deps)

  /** A refusal says why, and whom to ask instead (the policy promises both). */
  const requireUser = async (request: Request): Promise<User> => {
    const contact = revisions.current().policy.contact ?? NO_CONTACT
    try {
      const user = await userOf(request)
      if (user !== undefined) return user
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      throw new GatewayError(error.code, { ...error.details, contact }, error)
    }
    throw new GatewayError('ERR_TOKEN_MISSING', { contact })
  }

  return {
    disclosures: async (request, response) => {
      const { app, identity } = await requireUser(request)
      const { after, proofs } = request.query
      const statement = await rights.statement([choices.keyOf(identity)], {
        channel: 'user_token',
        app: app.id,
        ...(typeof after === 'string' && /^\d{1,15}$/u.test(after) ? { after: Number(after) } : {}),
        withProofs: typeof proofs === 'string' && PROOF_WORDS.includes(proofs),
      })
      if (request.accepts(['json', 'html']) !== 'html') return answer(response, 200, statement)
      response.status(200)
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      response.setHeader('Content-Security-Policy', STATEMENT_POLICY)
      response.setHeader('X-Content-Type-Options', 'nosniff')
      response.setHeader('Referrer-Policy', 'no-referrer')
      response.setHeader('Cache-Control', 'no-store')
      response.setHeader('Vary', 'Accept')
      response.end(statementHtml(statement))
    },

    erase: async (request, response) => {
      if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
      const { app, identity } = await requireUser(request)
      const erased = await rights.erase([choices.keyOf(identity)], { channel: 'user_token', app: app.id })
      answer(response, 200, { success: true, ...erased })
    },
  }
}
