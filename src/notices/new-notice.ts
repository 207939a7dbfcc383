/** One notice as it is queued: what it says, or why nobody can be told by it. */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { dayOf } from './log.ts'
import type { NewNotice, NoticeText, UntoldReason } from './ports.ts'
import { identifierFor, type Types, tellingOf } from './terms.ts'

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

export interface Asking {
  readonly verb: ToldVerb
  /** The person showed who they are, or an officer asked. */
  readonly isProved: boolean
  readonly at: EpochMs
}
/** By what a partner is told, and of whom where anybody may know it. */
export interface Addressee extends Pick<NoticeText, 'app' | 'identifier' | 'originToken'> {
  readonly owner?: IdentityKey | undefined
  readonly finder?: IdentityKey
}

export interface NoticeMaker {
  notice(contract: ContractPlan, asking: Asking, of: Addressee): NewNotice
  /** Something left, and nothing is kept that the partner could be told by. */
  notKept(partner: PartnerId, asking: Asking): NewNotice
}

export function createNoticeMaker({ types, now, chance, newId, newRef, withinMs }: MakerParts): NoticeMaker {
  const notice = (contract: ContractPlan, { verb, isProved, at }: Asking, of: Addressee): NewNotice => {
    const { app, identifier, originToken, owner, finder } = of
    const { class: name, kind, value } = identifier
    const base = {
      ...made(contract.id, verb, at),
      class: name,
      owner,
      about: [contract.id, owner ?? '', app, name, kind, value].join('\0'),
    }
    const telling = tellingOf(contract, types, verb, isProved)
    const why: UntoldReason | undefined =
      typeof telling === 'string'
        ? telling
        : identifierFor(telling.ability, identifier) === undefined
          ? 'not_by_this_identifier'
          : undefined
    if (why !== undefined) return { ...base, ends: { state: 'cannot_be_told', why } }
    const whom = owner === undefined ? {} : finder === undefined ? { owner } : { owner, finder }
    return { ...base, text: { app, identifier, ...(originToken && { originToken }), ...whom } }
  }
  const made = (partner: PartnerId, verb: ToldVerb, at: EpochMs) => ({
    ...{ id: newId(), ref: newRef(), partner, verb, day: dayOf(at) },
    due: now() + Math.floor(chance() * withinMs),
  })
  const notKept = (partner: PartnerId, { verb, at }: Asking): NewNotice => ({
    ...made(partner, verb, at),
    ...{ class: undefined, owner: undefined, about: partner },
    ends: { state: 'cannot_be_told', why: 'identifier_not_kept' },
  })

  return { notice, notKept }
}
