/** Who may widen, and what widening is. */
import type { Channel, ChoiceStatement, StandingChoice } from '../model/choice.ts'
import { ALL_DIMENSIONS } from '../model/signal.ts'

/** Who said what a request put in force that staff deals with: an objection, a restriction. */
export const SAID_BY_CASE = 'case'

/** Only the person, by a user's token, and staff lift an opt-out or opt in. Everyone else can only narrow. */
export function mayWiden(channel: Channel): boolean {
  return channel === 'user_token' || channel === 'staff'
}

/** True for a statement that takes back everything the person chose: it denies, permits and says nothing. */
export function isWithdrawal({
  denies,
  permits,
  child,
}: Pick<ChoiceStatement, 'denies' | 'permits' | 'child'>): boolean {
  return denies === 0 && permits === 0 && !child
}

/**
 * True if the statement, made about the identities whose choices these are, would permit anything more than now: lift a
 * denial of an earlier choice, or opt in to what is not opted in to already. Such a statement needs a user's token or
 * staff; with the write key alone the answer is `ERR_CHOICE_WIDENS`.
 */
export function widens(current: readonly StandingChoice[], statement: ChoiceStatement): boolean {
  const denied = current.reduce((bits, { denies }) => bits | denies, 0)
  const permitted = current.reduce((bits, { permits }) => bits | permits, 0) & ~denied
  if ((statement.permits & ~statement.denies & ~permitted) !== 0) return true
  if (!isWithdrawal(statement)) return false
  return current.some(({ kind, denies, child }) => kind === 'choice' && ((denies & ALL_DIMENSIONS) !== 0 || child))
}
