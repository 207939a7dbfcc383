/** Staff and a person's choices: look an identity up once, then work with an opaque handle. No identity in a URL. */
import type { RequestHandler } from 'express'
import { parseIdentities } from '../choices/identities-body.ts'
import { parseChoiceBody, renderChoices } from '../choices/statement.ts'
import type { Handle, IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { ControlDeps } from './deps.ts'

export interface SubjectHandlers {
  readonly lookup: RequestHandler
  readonly getChoices: RequestHandler
  readonly putChoices: RequestHandler
}

export function createSubjects({ choices, ledger, now }: ControlDeps): SubjectHandlers {
  const keysOf = (handle: unknown): readonly IdentityKey[] => {
    const keys = typeof handle === 'string' ? choices.keysOf(handle as Handle) : undefined
    if (keys === undefined) throw new GatewayError('ERR_HANDLE_UNKNOWN')
    return keys
  }
  return {
    lookup: (request, response) => {
      const identities = parseIdentities((request.body as { readonly identities?: unknown } | undefined)?.identities)
      if (identities.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities' })
      const keys = identities.map((identity) => choices.keyOf(identity))
      response.json({ handle: choices.handleFor(keys), ...renderChoices(choices.list(keys)) })
    },
    getChoices: (request, response) => {
      response.json(renderChoices(choices.list(keysOf(request.params.handle))))
    },
    putChoices: async (request, response) => {
      const keys = keysOf(request.params.handle)
      const parsed = parseChoiceBody(request.body, { channel: 'staff', saidBy: 'staff', at: now() })
      if (!parsed.ok) throw new GatewayError('ERR_CHOICE_INVALID', { problems: parsed.problems })
      await choices.put(keys, parsed.statement)
      const { channel, denies, permits, child, at } = parsed.statement
      await ledger.append([
        { kind: 'request', time: at, action: 'choice', facts: { channel, denies, permits, child: child ? 1 : 0 } },
      ])
      response.json(renderChoices(choices.list(keys)))
    },
  }
}
