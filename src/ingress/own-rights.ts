/**
 * A user's own requests, by the account that a token proves. A statement covers only the account, because a token does
 * not prove the devices used with it. An erasure includes devices that are linked to this user alone: a mistake there
 * removes data and reveals none.
 */
import { GatewayError } from '../model/errors.ts'
import type { Identity } from '../model/event.ts'
import type { Receipt } from '../subjects/receipts.ts'
import type { ErasureAnswer, StatementRequest } from '../subjects/rights.ts'
import { NO_CONTACT, type Statement, type StatementOptions } from '../subjects/statement.ts'
import type { IngressDeps } from './deps.ts'
import type { User } from './user.ts'

export interface OwnRights {
  statement(user: User, options: Pick<StatementRequest, 'after' | 'withProofs' | 'words'>): Promise<Statement>
  /** Rejects with `ERR_LEGAL_HOLD`, with the contact, if records must be kept. */
  erase(user: User): Promise<ErasureAnswer & { readonly receipt: Receipt }>
}

export function createOwnRights({
  choices,
  rights,
  revisions,
  receipts,
}: Pick<IngressDeps, 'choices' | 'rights' | 'revisions' | 'receipts'>): OwnRights {
  /** Keys from before the namespace was split: equal ids meant one user then. */
  const sharedKeysOf = ({ of, ...identity }: Identity): StatementOptions['shared'] => {
    if (of?.namespace === undefined) return undefined
    const apps = revisions.current().apps.filter(({ userIds }) => userIds?.namespace === of.namespace)
    const { namespace: _, ...spelling } = of
    return { keys: choices.keysFor({ ...identity, of: spelling }), apps: apps.map(({ id }) => id) }
  }
  const isDefaultUsed = (): boolean => revisions.current().apps.some(({ userIds }) => userIds?.namespace === undefined)

  return {
    statement: ({ app, identity, since }, options) =>
      rights.statement(choices.keysFor(identity), {
        channel: 'user_token',
        app: app.id,
        since,
        shared: sharedKeysOf(identity),
        ...options,
      }),
    erase: async ({ app, identity, since }) => {
      const erased = await rights
        .erase(choices.keysFor(identity), {
          channel: 'user_token',
          app: app.id,
          // While an app still uses the default namespace, a key of it is another user's.
          shared: isDefaultUsed() ? undefined : sharedKeysOf(identity),
          since,
        })
        .catch((error: unknown) => {
          if (!(error instanceof GatewayError) || error.code !== 'ERR_LEGAL_HOLD') throw error
          throw new GatewayError(error.code, { contact: revisions.current().policy.contact ?? NO_CONTACT }, error)
        })
      return { ...erased, receipt: await receipts.issue('erase', [identity]) }
    },
  }
}
