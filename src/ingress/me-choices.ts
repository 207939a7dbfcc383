/**
 * `GET|PUT /v1/me/choices`. With a person's own token the choice may go either way. With the write key alone it may
 * only narrow, and nothing can be read: whoever holds an app's key must not learn or loosen anybody's choice.
 */
import type { Request, RequestHandler } from 'express'
import { parseIdentities } from '../choices/identities-body.ts'
import { parseChoiceBody, renderChoices } from '../choices/statement.ts'
import type { IdentityKey, JsonObject } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import type { Identity } from '../model/event.ts'
import { answer } from './answers.ts'
import { parseBody } from './body.ts'
import type { IngressDeps } from './deps.ts'
import { createAppReader } from './write-key.ts'

export function createMeChoicesHandlers(deps: IngressDeps): {
  readonly get: RequestHandler
  readonly put: RequestHandler
} {
  const { choices, ledger, now, revisions, limits } = deps
  const requireApp = createAppReader(revisions, limits.unknownKeyGraceMs, now)

  /** The user that a bearer token proves, at whichever of the apps trusts its issuer; undefined without a token. */
  const userOf = async (
    request: Request,
  ): Promise<{ readonly app: AppPlan; readonly identity: Identity } | undefined> => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return undefined
    const apps = revisions.current().apps.filter(({ users }) => users !== undefined)
    let refusal = new GatewayError('ERR_TOKEN_INVALID')
    for (const app of apps) {
      try {
        return { app, identity: { kind: 'user', value: await deps.verifyUser(app, token) } }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        refusal = error
      }
    }
    throw refusal
  }

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
        await store(app, keysOf(named), statement)
        answer(response, 200, { success: true })
        return
      }
      const { kind, value } = user.identity
      if (named.some((identity) => identity.kind === kind && identity.value !== value)) {
        throw new GatewayError('ERR_IDENTITY_INVALID', { hint: 'a token speaks for its own user only' })
      }
      const own = keysOf([user.identity])
      const statement = requireStatement(choice, 'user_token', now())
      await store(app, own, statement)
      // A token proves the user, not the devices named beside it: those can only be narrowed.
      const devices = named.filter((identity) => identity.kind !== kind)
      if (devices.length > 0 && narrows(statement)) await store(app, keysOf(devices), { ...statement, channel: 'app' })
      answer(response, 200, { success: true, ...renderChoices(choices.list(own)) })
    },
  }

  /** In force first, then on record: if the record fails the person is asked to repeat what already holds. */
  async function store(app: AppPlan, keys: readonly IdentityKey[], statement: ChoiceStatement): Promise<void> {
    await choices.put(keys, statement)
    const { channel, denies, permits, child } = statement
    await ledger.append([
      {
        kind: 'request',
        time: statement.at,
        action: 'choice',
        facts: { app: app.id, channel, denies, permits, child: child ? 1 : 0 },
      },
    ])
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
