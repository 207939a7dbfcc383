/** One attempt to send a notice: checks that it may still be sent, makes the request, and reads the answer. */
import { type DiscloseDeps, discloseAs, PAUSED } from '../flow/disclose.ts'
import type { DisclosureId, EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import { ANSWER_UNREADABLE, type Outcome } from '../model/disclosure.ts'
import type { AppFacts } from '../model/values.ts'
import type { NoticeAnswer, NoticeFacts, NoticeRequest } from '../partners/kit/notices.ts'
import type { PartnerAnswer } from '../partners/kit/type.ts'
import type { DueNotice, NoticeState, NoticeStore, NoticeText, UntoldReason } from './ports.ts'
import { NOTICE_BOOKS, type OutgoingNotice, textOfRequest } from './records.ts'
import { identifierFor, notifies, type SupportedCall, supportedCall, type Types } from './terms.ts'

const DAY_MS = 86_400_000
/** The laws require an answer within a month. */
const EXPIRES_AFTER_MS = 30 * DAY_MS
const MAX_RETRY_MS = 12 * 3_600_000
const POLL_MS = 3_600_000
const MAX_POLL_MS = 24 * 3_600_000
/** Default of `retryMs`. A shorter `retryMs` shortens the pauses between status calls in proportion. */
const USUAL_RETRY_MS = 60_000

export interface AttemptParts extends Omit<DiscloseDeps, 'newId'> {
  readonly store: NoticeStore
  readonly types: Types
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly isStopped: (partner: PartnerId) => boolean
  readonly appOf: (id: string) => AppFacts
  readonly revision: () => Revision
  /** Replaces the request's token placeholders by signed tokens. */
  readonly signTokens: (request: NoticeRequest) => Promise<NoticeRequest>
  /** URL for the partner's status reports; undefined without a public address. */
  readonly callbackOf: (partner: PartnerId) => string | undefined
  /** UUID version 4. */
  readonly newId: () => DisclosureId
  /** 0…1 */
  readonly chance: () => number
  /** Pause before the second attempt, milliseconds. */
  readonly retryMs: number
}

export type Next =
  | { readonly kind: 'end'; readonly state: NoticeState; readonly why?: UntoldReason; readonly task?: true }
  | { readonly kind: 'later'; readonly inMs: number; readonly phase: 'waiting' | 'polling' }

export function createAttempt(parts: AttemptParts): (notice: DueNotice) => Promise<Next> {
  const { store, types, contractOf, now, chance } = parts

  const tryOnce = async (notice: DueNotice): Promise<Next> => {
    const { partner, verb, phase } = notice
    // In `polling`, the partner has accepted the notice.
    const ended = (without: Next): Next => (phase === 'polling' ? { kind: 'end', state: 'accepted' } : without)
    if (now() - notice.queued > EXPIRES_AFTER_MS) return ended({ kind: 'end', state: 'expired' })
    const contract = contractOf(partner)
    if (contract === undefined || !notifies(contract, verb)) return ended(untold('contract_ended'))
    if (parts.isStopped(partner)) return later(notice)
    // The requester was verified when the notice was queued.
    const call = supportedCall(contract, types, verb, true)
    if (typeof call === 'string') return ended(untold(call))
    const text = await store.textOf(notice.id)
    if (text === undefined) return ended(untold('identifier_not_kept'))
    const facts = factsOf(notice, text, call)
    const { encoder } = call
    const request = facts && (phase === 'polling' ? encoder.status?.request(facts) : encoder.request(facts))
    if (facts === undefined || request === undefined) return ended(untold('not_by_this_identifier'))
    return send(notice, text, call, contract, facts, request)
  }

  const factsOf = (
    { id, partner, verb, day }: DueNotice,
    { app, identifier: kept, originToken }: NoticeText,
    { ability }: SupportedCall,
  ): NoticeFacts | undefined => {
    const identifier = identifierFor(ability, kept)
    if (identifier === undefined) return undefined
    const days = { day: isoDay(day), today: isoDay(now()) }
    const facts = { id, verb, identifier, app: parts.appOf(app), ...days, callback: parts.callbackOf(partner) }
    return originToken === undefined ? facts : { ...facts, originToken }
  }

  const send = async (
    notice: DueNotice,
    text: NoticeText,
    { ability, encoder }: SupportedCall,
    contract: ContractPlan,
    facts: NoticeFacts,
    unsigned: NoticeRequest,
  ): Promise<Next> => {
    const { partner, verb, phase } = notice
    const isPoll = phase === 'polling'
    const repeatable = isPoll || ability.idempotent(contract.connection)
    // Sound: the HTTP client accepts DELETE too, which only notices use.
    const request = (await parts.signTokens(unsigned)) as NoticeRequest & { readonly method: 'POST' }
    let reading: NoticeAnswer | undefined
    const respond = (answer: PartnerAnswer): Outcome => {
      reading = isPoll ? (encoder.status?.answer(answer, facts) ?? { state: 'unclear' }) : encoder.answer(answer, facts)
      return outcomeOf(reading, answer.status)
    }
    const bytes = textOfRequest(unsigned)
    const outgoing: OutgoingNotice = {
      ...{ notice, text, revision: parts.revision() },
      prepared: { contract, encoder: { envelope: () => request, respond }, bytes, request },
      isCurrent: () => contractOf(partner) === contract && !parts.isStopped(partner),
      again: () => {
        const current = contractOf(partner)
        if (current === undefined || !notifies(current, verb)) return { kind: 'withheld', why: 'contract_ended' }
        if (parts.isStopped(partner)) return { kind: 'withheld', why: 'stopped' }
        return { kind: 'item', decision: { why: 'contract_ended' }, bytes, contract: current, request }
      },
    }
    await store.begin(notice.id, repeatable)
    try {
      const disclosed = await discloseAs([outgoing], parts, NOTICE_BOOKS)
      if (disclosed === PAUSED) return later(notice)
      return nextOf(disclosed[0]!.outcome, reading, notice, repeatable, encoder.status !== undefined || hasCallback())
    } catch (error) {
      // Writing the NOTICE failed: nothing was sent.
      await store.defer(notice.id, { due: now() + parts.retryMs, phase })
      throw error
    }
    function hasCallback(): boolean {
      return encoder.callback !== undefined && parts.callbackOf(partner) !== undefined
    }
  }

  const nextOf = (
    outcome: Outcome,
    answer: NoticeAnswer | undefined,
    notice: DueNotice,
    repeatable: boolean,
    isFollowed: boolean,
  ): Next => {
    if (answer === undefined) {
      if (outcome.kind === 'unknown_after_write' && !repeatable) return { kind: 'end', state: 'unresolved', task: true }
      return later(notice)
    }
    switch (answer.state) {
      case 'in_progress':
        return isFollowed ? pollLater(notice) : { kind: 'end', state: 'accepted' }
      case 'again':
        return later(notice, answer.afterMs)
      case 'unclear':
        return repeatable ? later(notice) : { kind: 'end', state: 'unresolved', task: true }
      default:
        return { kind: 'end', state: answer.state }
    }
  }

  const later = ({ attempts, phase }: DueNotice, atLeastMs = 0): Next => {
    const ceiling = Math.min(MAX_RETRY_MS, parts.retryMs * 2 ** Math.min(attempts, 20))
    const inMs = Math.max(atLeastMs, Math.round(ceiling * (0.5 + chance() / 2)))
    return { kind: 'later', inMs, phase }
  }
  const pollLater = ({ attempts }: DueNotice): Next => {
    const ceiling = Math.min(MAX_POLL_MS, POLL_MS * 2 ** Math.min(attempts, 10))
    const scale = Math.min(1, parts.retryMs / USUAL_RETRY_MS)
    return { kind: 'later', inMs: Math.round(ceiling * scale * (0.5 + chance() / 2)), phase: 'polling' }
  }

  return tryOnce
}

function untold(why: UntoldReason): Next {
  return { kind: 'end', state: 'cannot_be_told', why }
}

/** The outcome that the ledger records for an answer. */
function outcomeOf(answer: NoticeAnswer, status: number): Outcome {
  switch (answer.state) {
    case 'refused':
      return { kind: 'refused', status, retry: false }
    case 'again':
      return {
        ...{ kind: 'refused', status, retry: true },
        ...(answer.afterMs === undefined ? {} : { retryAfterMs: answer.afterMs }),
      }
    case 'unclear':
      return { kind: 'unknown_after_write', code: ANSWER_UNREADABLE }
    default:
      return { kind: 'delivered', status }
  }
}

function isoDay(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}
