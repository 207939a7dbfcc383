/** Makes a notice for the queue: its content, or why it cannot be sent. */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { dayOf } from './log.ts'
import type { NewNotice, NoticeText, UntoldReason } from './ports.ts'
import { identifierFor, supportedCall, type Types } from './terms.ts'

export interface MakerParts {
  readonly types: Types
  readonly now: () => EpochMs
  /** 0…1 */
  readonly chance: () => number
  /** UUID version 4. */
  readonly newId: () => string
  /** 32 random hex digits. */
  readonly newRef: () => EventRef
  /** Milliseconds over which notices are spread. */
  readonly withinMs: number
}

export interface NoticeCause {
  readonly verb: ToldVerb
  /** The subject proved their identity, or an officer made the request. */
  readonly isProved: boolean
  readonly at: EpochMs
}
/** The identifier to send; `owner` and `finder` are absent after an erasure. */
export interface Addressee extends Pick<NoticeText, 'app' | 'identifier' | 'originToken'> {
  readonly owner?: IdentityKey | undefined
  readonly finder?: IdentityKey
}

export interface NoticeMaker {
  notice(contract: ContractPlan, cause: NoticeCause, of: Addressee): NewNotice
  /** For a partner that received data, but no identifier that we kept. */
  notKept(partner: PartnerId, cause: NoticeCause): NewNotice
}

export function createNoticeMaker({ types, now, chance, newId, newRef, withinMs }: MakerParts): NoticeMaker {
  const notice = (contract: ContractPlan, { verb, isProved, at }: NoticeCause, of: Addressee): NewNotice => {
    const { app, identifier, originToken, owner, finder } = of
    const { class: name, kind, value } = identifier
    const base = {
      ...made(contract.id, verb, at),
      class: name,
      owner,
      about: [contract.id, owner ?? '', app, name, kind, value].join('\0'),
    }
    const call = supportedCall(contract, types, verb, isProved)
    const why: UntoldReason | undefined =
      typeof call === 'string'
        ? call
        : identifierFor(call.ability, identifier) === undefined
          ? 'not_by_this_identifier'
          : undefined
    if (why !== undefined) return { ...base, ends: { state: 'cannot_be_told', why } }
    const subject = owner === undefined ? {} : finder === undefined ? { owner } : { owner, finder }
    return { ...base, text: { app, identifier, ...(originToken && { originToken }), ...subject } }
  }
  const made = (partner: PartnerId, verb: ToldVerb, at: EpochMs) => ({
    ...{ id: newId(), ref: newRef(), partner, verb, day: dayOf(at) },
    due: now() + Math.floor(chance() * withinMs),
  })
  const notKept = (partner: PartnerId, { verb, at }: NoticeCause): NewNotice => ({
    ...made(partner, verb, at),
    ...{ class: undefined, owner: undefined, about: partner },
    ends: { state: 'cannot_be_told', why: 'identifier_not_kept' },
  })

  return { notice, notKept }
}
