/**
 * `GET|PUT /v1/me/choices`. With a user's own token a choice may widen or narrow. With only the write key it may only
 * narrow, and nothing can be read: the key is public and must not reveal or lift a user's choice.
 */
import type { RequestHandler } from 'express'
import { parseIdentities } from '../choices/named.ts'
import { parseChoiceBody, renderChoices } from '../choices/statement.ts'
import type { IdentityKey, JsonObject } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import { clientAddress, type Trust } from '../model/client-address.ts'
import { GatewayError } from '../model/errors.ts'
import type { Identity } from '../model/event.ts'
import { addressGroup } from '../platform/address-group.ts'
import { verbOf } from '../subjects/receipts.ts'
import { answer } from './answers.ts'
import { parseBody } from './body.ts'
import type { IngressDeps } from './deps.ts'
import { createNarrowing } from './narrowing.ts'
import { createUserReader, requireOne } from './user.ts'
import { createAppReader } from './write-key.ts'

export function createMeChoicesHandlers(
  deps: IngressDeps,
  trust: Trust,
): {
  readonly get: RequestHandler
  readonly put: RequestHandler
} {
  const { choices, stateChoice, now, revisions, limits, receipts, desk, children } = deps
  const requireApp = createAppReader(revisions, limits.unknownKeyGraceMs, now)

  const narrow = createNarrowing(deps)
  const userOf = createUserReader(deps)

  return {
    get: async (request, response) => {
      const user = await userOf(request)
      if (user === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
      answer(response, 200, renderChoices(await choices.list(choices.keysFor(requireOne(user).identity))))
    },

    put: async (request, response) => {
      if (deps.stopping()) throw new GatewayError('ERR_STOPPING')
      const body = parseBody(request)
      const { identities, writeKey: _key, ...choice } = body
      const user = await userOf(request)
      const app = user?.app ?? requireApp(request.headers, body)
      const { identities: named, leftOut } = parseIdentities(identities, app.userIds)
      const left = leftOut.length === 0 ? {} : { left_out: leftOut }
      const keysOf = (list: readonly Identity[]): readonly IdentityKey[] =>
        list.flatMap((identity) => choices.keysFor(identity))
      if (user === undefined) {
        if (named.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities, or a user token' })
        const statement = requireStatement(choice, 'app', now())
        if (!narrows(statement)) throw new GatewayError('ERR_CHOICE_WIDENS')
        const late = statement.child ? await children.late([keysOf(named)]) : 0
        await narrow(
          `${app.id} ${addressGroup(clientAddress(request, trust))}`,
          keysOf(named),
          statement,
          app.id,
          named,
        )
        children.count(app.id, late)
        const receipt = await receipts.issue(verbOf(statement), named)
        answer(response, 200, { success: true, ...left, receipt })
        return
      }
      const { kind } = user.identity
      const ownKey = choices.keyOf(user.identity)
      if (named.some((identity) => identity.kind === kind && choices.keyOf(identity) !== ownKey)) {
        throw new GatewayError('ERR_IDENTITY_INVALID', { hint: 'a token speaks for its own user only' })
      }
      const own = keysOf([user.identity])
      const statement = requireStatement(choice, 'user_token', now())
      if (user.ambiguous) {
        // The restriction may belong to either user and is stored; nothing is lifted or shown.
        if (!narrows(statement)) requireOne(user)
        await stateChoice([...own, ...keysOf(named)], { ...statement, channel: 'app' }, app.id, [
          user.identity,
          ...named,
        ])
        const receipt = await receipts.issue(verbOf(statement), [user.identity, ...named])
        answer(response, 200, { success: true, ...left, receipt })
        return
      }
      await stateChoice(own, statement, app.id, [user.identity])
      // Stated by the account itself: partners that received data are notified.
      if (statement.child)
        await desk.openOnce({ kind: 'child', who: own, by: 'person', through: 'account', actor: 'person' })
      // A token proves the user, not the devices named with it: for those it can only narrow.
      const devices = named.filter((identity) => identity.kind !== kind)
      const narrowed = narrows(statement) ? devices : []
      if (narrowed.length > 0) await stateChoice(keysOf(narrowed), { ...statement, channel: 'app' }, app.id, narrowed)
      const receipt = await receipts.issue(verbOf(statement), [user.identity, ...narrowed])
      answer(response, 200, { success: true, ...left, ...renderChoices(await choices.list(own)), receipt })
    },
  }
}

function requireStatement(choice: JsonObject, channel: 'app' | 'user_token', at: number): ChoiceStatement {
  const parsed = parseChoiceBody(choice, { channel, saidBy: channel === 'app' ? 'app' : 'user', at })
  if (!parsed.ok) throw new GatewayError('ERR_CHOICE_INVALID', { problems: parsed.problems })
  return parsed.statement
}

/** True if it denies something, permits nothing and lifts nothing. */
function narrows({ denies, permits, child }: ChoiceStatement): boolean {
  return permits === 0 && (denies !== 0 || child)
}
