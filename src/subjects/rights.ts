/** A person's rights as the two HTTP surfaces ask for them: each request is on record before it is answered. */
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { NoticeRow } from '../notices/ports.ts'
import type { Erased, ErasureRequest, Erasures } from './erase.ts'
import type { ForeseenErasure, ForeseeRequest } from './foresee-erasure.ts'
import type { ErasureAnswers, KeptAnswer } from './ports.ts'
import { type Statement, type StatementOptions, type StatementParts, statementOf } from './statement.ts'

export interface StatementRequest extends StatementOptions {
  /** `link`: by a link that staff made for the person. */
  readonly channel: ErasureRequest['channel'] | 'link'
  readonly app?: AppId
}

/** Whom to notify after an erasure, and how. */
export interface NotifiedRecipient {
  readonly partner: string
  readonly name: string
  readonly contact: string
  readonly privacy_policy: string
  readonly disclosures: number
  /** The partner's own way to be asked for deletion, in words. */
  readonly deletion?: string
  /** How telling it of the deletion goes, one for each identifier; absent where its contract tells it nothing. */
  readonly told?: readonly { readonly state: string; readonly why?: string }[]
}
export interface ErasureAnswer {
  readonly erasure: string
  readonly at: string
  readonly identities: number
  readonly keys_destroyed: number
  /** Present, and false, while another program reads the file that held them: their bytes are overwritten once it lets go. */
  readonly keys_overwritten?: false
  readonly pairs_ended: number
  readonly shared_devices_left: number
  readonly other_accounts_left: number
  readonly recipients: readonly NotifiedRecipient[]
  /** Legal holds that kept records about the person, which are tied to nobody from now on. */
  readonly despite_holds?: readonly string[]
  /** Gives this answer again, for 90 days. */
  readonly code?: string
}

export interface Rights {
  statement(identities: readonly IdentityKey[], request: StatementRequest): Promise<Statement>
  erase(identities: readonly IdentityKey[], request: ErasureRequest): Promise<ErasureAnswer>
  /** What an erasure by staff would do, and whom to notify then; changes nothing. */
  foresee(
    identities: readonly IdentityKey[],
    request: ForeseeRequest,
  ): Promise<Omit<ForeseenErasure, 'recipients'> & { readonly recipients: readonly NotifiedRecipient[] }>
  /** The answer that was given with this code. Rejects with `ERR_NOT_FOUND` where there is none, or it is over 90 days ago. */
  answerAgain(code: string): Promise<AnswerAgain>
}

/** What is kept of an answer. */
export type AnswerAgain = Pick<
  ErasureAnswer,
  'erasure' | 'at' | 'identities' | 'keys_destroyed' | 'pairs_ended' | 'recipients'
>

export interface RightsParts extends StatementParts {
  readonly erasures: Pick<Erasures, 'erase' | 'foresee'>
  readonly answers: Pick<ErasureAnswers, 'byCode'>
  /** Notices as they are now, by their ids. */
  readonly noticesOf: (ids: readonly string[]) => Promise<readonly NoticeRow[]>
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
    erase: async (identities, request) => {
      const erased = await parts.erasures.erase(identities, request)
      return answerOf(erased, await parts.noticesOf(erased.notices), revisions, deletionOf)
    },
    foresee: async (identities, request) => {
      const foreseen = await parts.erasures.foresee(identities, request)
      return { ...foreseen, recipients: notified(foreseen.recipients, [], revisions, deletionOf) }
    },
    answerAgain: async (code) => {
      const kept = await parts.answers.byCode(code)
      if (kept === undefined) throw new GatewayError('ERR_NOT_FOUND')
      return keptAnswer(kept, await parts.noticesOf(kept.notices ?? []), revisions, deletionOf)
    },
  }
}

function answerOf(
  erased: Erased,
  notices: readonly NoticeRow[],
  revisions: StatementParts['revisions'],
  deletionOf: StatementParts['deletionOf'],
): ErasureAnswer {
  return {
    ...keptAnswer(erased, notices, revisions, deletionOf),
    ...(erased.overwritten ? {} : { keys_overwritten: false as const }),
    shared_devices_left: erased.sharedDevicesLeft,
    other_accounts_left: erased.otherAccountsLeft,
    ...(erased.despiteHolds.length === 0 ? {} : { despite_holds: erased.despiteHolds }),
    code: erased.code,
  }
}

function keptAnswer(
  erased: KeptAnswer,
  notices: readonly NoticeRow[],
  revisions: StatementParts['revisions'],
  deletionOf: StatementParts['deletionOf'],
): AnswerAgain {
  return {
    erasure: erased.id,
    at: new Date(erased.at).toISOString(),
    identities: erased.identities,
    keys_destroyed: erased.keysDestroyed,
    pairs_ended: erased.pairsEnded,
    recipients: notified(erased.recipients, notices, revisions, deletionOf),
  }
}

function notified(
  recipients: KeptAnswer['recipients'],
  notices: readonly NoticeRow[],
  revisions: StatementParts['revisions'],
  deletionOf: StatementParts['deletionOf'],
): readonly NotifiedRecipient[] {
  return recipients.map(({ partner, disclosures, revision }) => {
    // As it was then: a partner that is gone must be told all the same.
    const contract = revisions.kept(revision)?.contracts.find(({ id }) => id === partner)
    const deletion = contract === undefined ? undefined : deletionOf(contract.type)
    const told = notices.filter((one) => one.partner === partner).map(toldOf)
    return {
      partner,
      name: contract?.name ?? partner,
      contact: contract?.contact ?? '',
      privacy_policy: contract?.privacyPolicy ?? '',
      disclosures,
      ...(deletion === undefined ? {} : { deletion }),
      ...(told.length === 0 ? {} : { told }),
    }
  })
}

function toldOf({ phase, state, why }: NoticeRow): { readonly state: string; readonly why?: string } {
  return { state: phase === 'ended' ? state : phase, ...(why === '' ? {} : { why }) }
}
