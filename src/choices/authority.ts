/** Which statements widen, and which channels may do so. */
import type { Channel, ChoiceStatement, StandingChoice } from '../model/choice.ts'
import { ALL_DIMENSIONS } from '../model/signal.ts'

/** `saidBy` of statements that a staff case put in force: an objection, a restriction. */
export const SAID_BY_CASE = 'case'

/** Only a user's token and staff may lift an opt-out or opt in. Other channels can only narrow. */
export function mayWiden(channel: Channel): boolean {
  return channel === 'user_token' || channel === 'staff'
}

/** True for a statement that withdraws all earlier choices: it denies and permits nothing. */
export function isWithdrawal({
  denies,
  permits,
  child,
}: Pick<ChoiceStatement, 'denies' | 'permits' | 'child'>): boolean {
  return denies === 0 && permits === 0 && !child
}

/**
 * True if the statement would permit more than the current choices: lift an earlier denial, or add an opt-in. It then needs
 * a user's token or staff; with only the write key the answer is `ERR_CHOICE_WIDENS`.
 */
export function widens(current: readonly StandingChoice[], statement: ChoiceStatement): boolean {
  const denied = current.reduce((bits, { denies }) => bits | denies, 0)
  const permitted = current.reduce((bits, { permits }) => bits | permits, 0) & ~denied
  if ((statement.permits & ~statement.denies & ~permitted) !== 0) return true
  if (!isWithdrawal(statement)) return false
  return current.some(({ kind, denies, child }) => kind === 'choice' && ((denies & ALL_DIMENSIONS) !== 0 || child))
}
