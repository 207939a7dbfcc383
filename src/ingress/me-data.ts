/** `GET /v1/me/disclosures` and `POST /v1/me/erasure`: a user's own requests, authorised only by their token. */
import type { Request, RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import { NO_CONTACT } from '../subjects/statement.ts'
import { STATEMENT_CSV, statementCsv } from '../subjects/statement-csv.ts'
import { STATEMENT_POLICY, statementHtml } from '../subjects/statement-html.ts'
import { answer } from './answers.ts'
import { parseBody } from './body.ts'
import type { IngressDeps } from './deps.ts'
import { createOwnRights } from './own-rights.ts'
import { createUserReader, requireOne, type User } from './user.ts'

const PROOF_WORDS = ['true', '1']

export function createMeDataHandlers(deps: IngressDeps): {
  readonly disclosures: RequestHandler
  readonly erase: RequestHandler
  readonly answerAgain: RequestHandler
} {
  const { rights, revisions } = deps
  const userOf = createUserReader(deps)
  const own = createOwnRights(deps)

  /** A refusal gives the reason and the contact (the policy promises both). */
  const requireUser = async (request: Request): Promise<User> => {
    const contact = revisions.current().policy.contact ?? NO_CONTACT
    try {
      const user = await userOf(request)
      if (user !== undefined) return requireOne(user)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      throw new GatewayError(error.code, { ...error.details, contact }, error)
    }
    throw new GatewayError('ERR_TOKEN_MISSING', { contact })
  }

  return {
    disclosures: async (request, response) => {
      const user = await requireUser(request)
      const { proofs } = request.query
      const statement = await own.statement(user, {
        ...pageAfter(request),
        withProofs: typeof proofs === 'string' && PROOF_WORDS.includes(proofs),
      })
      response.setHeader('Vary', 'Accept')
      const wanted = request.accepts(['json', 'html', 'csv'])
      if (wanted !== 'html' && wanted !== 'csv') return answer(response, 200, statement)
      const isHtml = wanted === 'html'
      response.status(200)
      response.setHeader('Content-Type', isHtml ? 'text/html; charset=utf-8' : STATEMENT_CSV)
      response.setHeader('Content-Security-Policy', STATEMENT_POLICY)
      response.setHeader('X-Content-Type-Options', 'nosniff')
      response.setHeader('Referrer-Policy', 'no-referrer')
      response.setHeader('Cache-Control', 'no-store')
      response.end(isHtml ? statementHtml(statement) : statementCsv(statement))
    },

    erase: async (request, response) => {
      if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
      const erased = await own.erase(await requireUser(request))
      answer(response, 200, { success: true, ...erased })
    },

    // The code is 128 random bits that only the user has. It replaces the token, which an erased account no longer has.
    answerAgain: async (request, response) => {
      const { code } = parseBody(request)
      if (typeof code !== 'string' || !/^[\w-]{22}$/u.test(code)) throw new GatewayError('ERR_NOT_FOUND')
      response.setHeader('Cache-Control', 'no-store')
      answer(response, 200, await rights.answerAgain(code))
    },
  }
}

/** The query's `after`: `next` of the page before. */
export function pageAfter({ query: { after } }: Request): { readonly after?: string } {
  return typeof after === 'string' && /^\d[\d.-]*$/u.test(after) ? { after } : {}
}
