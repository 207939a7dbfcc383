/** A person's rights as the two HTTP surfaces ask for them: each request is on record before it is answered. */
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { Erased, ErasureRequest, Erasures } from './erase.ts'
import { type Statement, type StatementOptions, type StatementParts, statementOf } from './statement.ts'

export interface StatementRequest extends StatementOptions {
  readonly channel: ErasureRequest['channel']
  readonly app?: AppId
}

/** Whom to notify after an erasure, and how. */
export interface NotifiedRecipient {
  readonly partner: string
  readonly name: string
  readonly contact: string
  readonly privacy_policy: string
  readonly disclosures: number
  /** The partner's own way to be asked for deletion, where we know one. Nothing is sent by itself. */
  readonly deletion?: string
}
export interface ErasureAnswer {
  readonly erasure: string
  readonly at: string
  readonly identities: number
  readonly keys_destroyed: number
  readonly pairs_ended: number
  readonly shared_devices_left: number
  readonly other_accounts_left: number
  readonly recipients: readonly NotifiedRecipient[]
}

export interface Rights {
  statement(identities: readonly IdentityKey[], request: StatementRequest): Promise<Statement>
  erase(identities: readonly IdentityKey[], request: ErasureRequest): Promise<ErasureAnswer>
}

export interface RightsParts extends StatementParts {
  readonly erasures: Pick<Erasures, 'erase'>
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
}

export function createRights(parts: RightsParts): Rights {
  const { ledger, now, revisions, deletionOf } = parts
  return {
    statement: async (identities, { channel, app, ...options }) => {
      const statement = await statementOf(parts, identities, options)
      const facts = { channel, disclosures: statement.disclosures.length, ...(app === undefined ? {} : { app }) }
      await ledger.append([{ kind: 'request', time: now(), action: 'access', facts }])
      return statement
    },
    erase: async (identities, request) =>
      answerOf(await parts.erasures.erase(identities, request), revisions, deletionOf),
  }
}

function answerOf(
  erased: Erased,
  revisions: StatementParts['revisions'],
  deletionOf: StatementParts['deletionOf'],
): ErasureAnswer {
  return {
    erasure: erased.id,
    at: new Date(erased.at).toISOString(),
    identities: erased.identities,
    keys_destroyed: erased.keysDestroyed,
    pairs_ended: erased.pairsEnded,
    shared_devices_left: erased.sharedDevicesLeft,
    other_accounts_left: erased.otherAccountsLeft,
    recipients: erased.recipients.map(({ partner, disclosures, revision }) => {
      // As it was then: a partner that is gone must be told all the same.
      const contract = revisions.at(revision)?.contracts.find(({ id }) => id === partner)
      const deletion = contract === undefined ? undefined : deletionOf(contract.type)
      return {
        partner,
        name: contract?.name ?? partner,
        contact: contract?.contact ?? '',
        privacy_policy: contract?.privacyPolicy ?? '',
        disclosures,
        ...(deletion === undefined ? {} : { deletion }),
      }
    }),
  }
}
