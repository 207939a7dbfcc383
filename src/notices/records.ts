/** Ledger records of a notice: a NOTICE before each request, a NOTICE OUTCOME after it, one NOTICE END. */
import type { Books, Outgoing } from '../flow/disclose.ts'
import type { Revision } from '../model/brand.ts'
import type { LedgerEntry, NoticeEntry } from '../model/disclosure.ts'
import type { NoticeRequest } from '../partners/kit/notices.ts'
import { dayOf } from './log.ts'
import type { DueNotice, EndedNotice, NoticeText } from './ports.ts'

export interface OutgoingNotice extends Outgoing {
  readonly notice: DueNotice
  readonly text: NoticeText
  readonly revision: Revision
}

export const NOTICE_BOOKS: Books<OutgoingNotice, NoticeEntry> = {
  intentOf: ({ notice, text, revision, prepared }, id, at) => ({
    kind: 'notice',
    id,
    time: dayOf(at),
    eventRef: notice.ref,
    attempt: notice.attempts + 1,
    partner: notice.partner,
    type: prepared.contract.type,
    revision,
    verb: notice.verb,
    identifier: text.identifier.class,
    subject: text.owner,
    ...(text.finder === undefined || text.finder === text.owner ? {} : { finders: [text.finder] }),
    item: prepared.bytes,
  }),
  outcomeOf: ({ id, partner, eventRef, attempt }, outcome, at, carried) => ({
    ...{ kind: 'notice_outcome', time: dayOf(at), id, partner, eventRef, attempt, outcome },
    ...(outcome.kind === 'cancelled_not_sent' ? { bytes: 0, latency: 0 } : carried),
  }),
}

/** Identifies no subject: the reference is the notice's own. */
export function endRecord({ ref, partner, verb, state, why }: EndedNotice, at: number): LedgerEntry {
  const facts = { notice: ref, partner, verb, state, ...(why === '' ? {} : { why }) }
  return { kind: 'notice_end', time: dayOf(at), action: 'notice_ended', facts }
}

/** The request as text, with placeholders for secrets and tokens. The ledger commits to it. */
export function textOfRequest({ method, path, headers, body, tokens = [] }: NoticeRequest): string {
  const lines = [
    `${method} ${path}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...tokens.map((token) => JSON.stringify(token)),
  ]
  return body === '' ? lines.join('\n') : `${lines.join('\n')}\n\n${body}`
}
