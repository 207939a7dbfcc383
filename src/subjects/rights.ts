/** Subjects' rights, for both HTTP surfaces: each request is recorded before it is answered. */
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { NoticeRow } from '../notices/ports.ts'
import type { ErasureRequest, Erasures } from './erase.ts'
import type { ForeseenErasure, ForeseeRequest } from './foresee-erasure.ts'
import type { ErasedElsewhere, KeptAnswer, OfCells } from './ports.ts'
import {
  MOST_DISCLOSURES,
  type Statement,
  type StatementOptions,
  type StatementParts,
  statementOf,
} from './statement.ts'
import { type Cells, joinStatements, readPositions, type SeenBy } from './statement-of-cells.ts'
import { ENGLISH } from './words/en.ts'

/** With their proofs, those of one cell have to fit into one message. */
const MOST_PROVEN = 1_000

export interface StatementRequest extends Omit<StatementOptions, 'after'> {
  /** `next` of the page before. */
  readonly after?: string | undefined
  /** Who sees it, for other cells to record; this one's record is the caller's. */
  readonly seenBy?: SeenBy
  /** `link`: by a link that staff made for the subject. */
  readonly channel: ErasureRequest['channel'] | 'link'
  readonly app?: AppId
}

/** A recipient to notify after an erasure, and how. */
export interface NotifiedRecipient {
  readonly partner: string
  readonly name: string
  readonly contact: string
  readonly privacy_policy: string
  readonly disclosures: number
  /** The partner's procedure for deletion requests, in words. */
  readonly deletion?: string
  /** State of its deletion notices, one for each identifier; absent if its contract has none. */
  readonly told?: readonly { readonly state: string; readonly why?: string }[]
}
export interface ErasureAnswer {
  readonly erasure: string
  readonly at: string
  readonly identities: number
  readonly keys_destroyed: number
  /** False while another program reads the key file, which delays the overwriting; otherwise absent. */
  readonly keys_overwritten?: false
  readonly pairs_ended: number
  readonly shared_devices_left: number
  readonly other_accounts_left: number
  readonly recipients: readonly NotifiedRecipient[]
  /** Cells that did not answer: their recipients, or the states of their notices, are missing. Absent if none. */
  readonly missing?: readonly string[]
  /** Cells that have not done their part yet; each does so before it sends. Absent if none. */
  readonly unfinished?: readonly string[]
  /** Legal holds on the subject's records, which can no longer be tied to the subject. */
  readonly despite_holds?: readonly string[]
  /** Retrieves this answer again, for 90 days. */
  readonly code?: string
}

export interface Rights {
  /** Of every cell that answers. Rejects with `ERR_CURSOR`. */
  statement(identities: readonly IdentityKey[], request: StatementRequest): Promise<Statement>
  erase(identities: readonly IdentityKey[], request: ErasureRequest): Promise<ErasureAnswer>
  /** Previews an erasure by staff and its recipients. */
  foresee(
    identities: readonly IdentityKey[],
    request: ForeseeRequest,
  ): Promise<Omit<ForeseenErasure, 'recipients'> & { readonly recipients: readonly NotifiedRecipient[] }>
  /**
   * Retrieves an answer by its code, whichever cell gave it. Rejects with `ERR_NOT_FOUND` if it is unknown or older than 90 days,
   * with `ERR_OWNER_UNAVAILABLE` if a cell that may know it does not answer.
   */
  answerAgain(code: string): Promise<AnswerAgain>
}

/** The stored part of an answer. */
export type AnswerAgain = Pick<
  ErasureAnswer,
  'erasure' | 'at' | 'identities' | 'keys_destroyed' | 'pairs_ended' | 'recipients' | 'missing' | 'unfinished'
>

/** Asks each other cell; the answer is undefined if it does not answer. */
export interface RightsElsewhere {
  readonly otherNotices: (ids: readonly string[]) => OfCells<readonly NoticeRow[]>
  readonly otherAnswers: (code: string) => OfCells<KeptAnswer | null>
}

export interface RightsParts extends StatementParts {
  readonly erasures: Pick<Erasures, 'erase' | 'foresee' | 'answerByCode'>
  readonly cells: Cells & Pick<ErasedElsewhere, 'unfinishedCells'> & RightsElsewhere
  /** The current state of this cell's notices, by id. */
  readonly noticesOf: (ids: readonly string[]) => Promise<readonly NoticeRow[]>
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
}

export function createRights(parts: RightsParts): Rights {
  const { ledger, now, revisions, deletionOf } = parts
  /** An answer as it is now, in all cells. */
  const keptAnswer = async (kept: KeptAnswer): Promise<AnswerAgain> => {
    const { notices: ids = [] } = kept
    const own = await parts.noticesOf(ids)
    const others = own.length === ids.length ? [] : await parts.cells.otherNotices(ids)
    const notices = [...own, ...others.flatMap(({ answer }) => answer ?? [])]
    const silent = others.flatMap(({ cell, answer }) => (answer === undefined ? [cell] : []))
    const missing = [...new Set([...(kept.missing ?? []), ...silent])]
    const unfinished = await parts.cells.unfinishedCells(kept.id)
    return {
      erasure: kept.id,
      at: new Date(kept.at).toISOString(),
      identities: kept.identities,
      keys_destroyed: kept.keysDestroyed,
      pairs_ended: kept.pairsEnded,
      recipients: notified(kept.recipients, notices, revisions, deletionOf),
      ...(missing.length === 0 ? {} : { missing }),
      ...(unfinished.length === 0 ? {} : { unfinished }),
    }
  }
  return {
    statement: async (identities, { channel, app, after: next, seenBy, words, otherAccounts, ...given }) => {
      const { own, otherStatements } = parts.cells
      const after = readPositions(next, own)
      const limit = Math.min(
        given.limit ?? MOST_DISCLOSURES,
        given.withProofs === true ? MOST_PROVEN : MOST_DISCLOSURES,
      )
      const options = { ...given, limit }
      const language = (words ?? ENGLISH).language
      const others = await otherStatements({ v: 1, identities, options, language, after, seenBy })
      const here = await statementOf(parts, identities, {
        ...options,
        otherAccounts,
        after: after[own],
        ...(words && { words }),
      })
      const statement =
        others.length === 0
          ? here
          : joinStatements([{ cell: own, statement: here }, ...others], after, { limit, ...(words && { words }) })
      const facts = { channel, disclosures: statement.disclosures.length, ...(app === undefined ? {} : { app }) }
      await ledger.append([{ kind: 'request', time: now(), action: 'access', facts }])
      return statement
    },
    erase: async (identities, request) => {
      const erased = await parts.erasures.erase(identities, request)
      return {
        ...(await keptAnswer(erased)),
        ...(erased.overwritten ? {} : { keys_overwritten: false as const }),
        shared_devices_left: erased.sharedDevicesLeft,
        other_accounts_left: erased.otherAccountsLeft,
        ...(erased.despiteHolds.length === 0 ? {} : { despite_holds: erased.despiteHolds }),
        code: erased.code,
      }
    },
    foresee: async (identities, request) => {
      const foreseen = await parts.erasures.foresee(identities, request)
      return { ...foreseen, recipients: notified(foreseen.recipients, [], revisions, deletionOf) }
    },
    answerAgain: async (code) => {
      const own = await parts.erasures.answerByCode(code)
      if (own !== undefined) return keptAnswer(own)
      const others = await parts.cells.otherAnswers(code)
      const kept = others.find(({ answer }) => answer != null)?.answer
      if (kept != null) return keptAnswer(kept)
      throw new GatewayError(
        others.some(({ answer }) => answer === undefined) ? 'ERR_OWNER_UNAVAILABLE' : 'ERR_NOT_FOUND',
      )
    },
  }
}

function notified(
  recipients: KeptAnswer['recipients'],
  notices: readonly NoticeRow[],
  revisions: StatementParts['revisions'],
  deletionOf: StatementParts['deletionOf'],
): readonly NotifiedRecipient[] {
  return recipients.map(({ partner, disclosures, revision }) => {
    // The contract of that revision: a removed partner must still be notified.
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
