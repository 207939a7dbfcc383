/** Which notices a partner can get: depends on its contract, its type's calls and who made the request. Pure. */
import type { ContractPlan } from '../model/contract.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import {
  type NoticeAbility,
  type NoticeEncoder,
  type NoticeIdentifier,
  type ToldVerb,
  takesIdentifier,
} from '../partners/kit/notices.ts'
import type { UntoldReason } from './ports.ts'

export type Types = ReadonlyMap<string, Pick<RegisteredType, 'notices'>>

export interface SupportedCall {
  readonly ability: NoticeAbility
  readonly encoder: NoticeEncoder
}

/** True if the contract enables notices for this verb. */
export function notifies({ notify }: Pick<ContractPlan, 'notify'>, verb: ToldVerb): boolean {
  if (notify === undefined) return false
  return verb === 'erase' ? notify.deletion : notify.optOut !== 'off'
}

/**
 * The call, or why there is none.
 * @param isProved the subject proved their identity, or an officer made the request
 */
export function supportedCall(
  contract: ContractPlan,
  types: Types,
  verb: ToldVerb,
  isProved: boolean,
): SupportedCall | Extract<UntoldReason, 'no_such_call' | 'needs_the_person'> {
  const ability = types.get(contract.type)?.notices?.calls[verb]
  const encoder = ability?.under(contract.connection)
  if (ability === undefined || encoder === undefined) return 'no_such_call'
  if (ability.certainty !== 'A' && contract.notify?.confirmed === undefined) return 'no_such_call'
  if (verb === 'erase') return isProved ? { ability, encoder } : 'needs_the_person'
  if (!ability.reversible && contract.notify?.optOut !== 'irrevocable') return 'no_such_call'
  return ability.reversible || isProved ? { ability, encoder } : 'needs_the_person'
}

/**
 * The identifier as the call accepts it; undefined if it does not. A relayed request does not name the kind of a partner's id:
 * if the call accepts one kind only, it is that kind.
 */
export function identifierFor(
  ability: Pick<NoticeAbility, 'takes'>,
  { class: of, kind, value }: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>,
): NoticeIdentifier | undefined {
  const kinds = ability.takes[of]
  const named = kind === '' && kinds !== 'any' && kinds?.length === 1 ? kinds[0]! : kind
  const identifier = { class: of, kind: named, value, isPseudonym: PSEUDONYM.test(value) }
  return takesIdentifier(ability, identifier) ? identifier : undefined
}
/** As `createPseudonymiser` makes them. */
const PSEUDONYM = /^p\d+\.[\w-]{22}$/
