/**
 * `GET|PUT /v1/me/choices`. With a person's own token the choice may go either way. With the write key alone it may
 * only narrow, and nothing can be read: whoever holds an app's key must not learn or loosen anybody's choice.
 */
import type { RequestHandler } from 'express'
import { parseIdentities } from '../choices/identities-body.ts'
import { parseChoiceBody, renderChoices } from '../choices/statement.ts'
import type { IdentityKey, JsonObject } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import { GatewayError } from '../model/errors.ts'
import type { Identity } from '../model/event.ts'
import { answer } from './answers.ts'
import { parseBody } from './body.ts'
import type { IngressDeps } from './deps.ts'
import { createUserReader } from './user.ts'
import { createAppReader } from './write-key.ts'

export function createMeChoicesHandlers(deps: IngressDeps): {
  readonly get: RequestHandler
  readonly put: RequestHandler
} {
  const { choices, stateChoice, now, revisions, limits } = deps
  const requireApp = createAppReader(revisions, limits.unknownKeyGraceMs, now)

  const userOf = createUserReader(deps)

  return {
    get: async (request, response) => {
      const user = await userOf(request)
      if (user === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
      answer(response, 200, renderChoices(choices.list([choices.keyOf(user.identity)])))
    },

    put: async (request, response) => {
      if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
      const { body } = parseBody(request)
      const { identities, writeKey: _key, ...choice } = body
      const user = await userOf(request)
      const app = user?.app ?? requireApp(request.headers, body)
      const named = parseIdentities(identities)
      const keysOf = (list: readonly Identity[]): readonly IdentityKey[] =>
        list.map((identity) => choices.keyOf(identity))
      if (user === undefined) {
        if (named.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities, or a user token' })
        const statement = requireStatement(choice, 'app', now())
        if (!narrows(statement)) throw new GatewayError('ERR_CHOICE_WIDENS')
        await stateChoice(keysOf(named), statement, app.id)
        answer(response, 200, { success: true })
        return
      }
      const { kind, value } = user.identity
      if (named.some((identity) => identity.kind === kind && identity.value !== value)) {
        throw new GatewayError('ERR_IDENTITY_INVALID', { hint: 'a token speaks for its own user only' })
      }
      const own = keysOf([user.identity])
      const statement = requireStatement(choice, 'user_token', now())
      await stateChoice(own, statement, app.id)
      // A token proves the user, not the devices named beside it: those can only be narrowed.
      const devices = named.filter((identity) => identity.kind !== kind)
      if (devices.length > 0 && narrows(statement)) {
        await stateChoice(keysOf(devices), { ...statement, channel: 'app' }, app.id)
      }
      answer(response, 200, { success: true, ...renderChoices(choices.list(own)) })
    },
  }
}

function requireStatement(choice: JsonObject, channel: 'app' | 'user_token', at: number): ChoiceStatement {
  const parsed = parseChoiceBody(choice, { channel, saidBy: channel === 'app' ? 'app' : 'user', at })
  if (!parsed.ok) throw new GatewayError('ERR_CHOICE_INVALID', { problems: parsed.problems })
  return parsed.statement
}

/** Says no to something and yes to nothing, and takes nothing back. */
function narrows({ denies, permits, child }: ChoiceStatement): boolean {
  return permits === 0 && (denies !== 0 || child)
}
