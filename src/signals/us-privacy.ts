/**
 * The IAB's US Privacy string: four characters, version, notice, opt-out of sale, LSPA (USP API specification 1.0;
 * deprecated on 31 January 2024 and still common).
 *
 * Stricter than the specification where it is silent: a lower-case `y` counts as an opt-out, a lower-case `n` never as
 * permission; "no notice given, did not opt out" and "opt-out not applicable beside other answers" contradict
 * themselves, which denies.
 */
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'

export interface UsPrivacy {
  /** False for `1---`: the CCPA does not apply to this person. */
  readonly applies: boolean
  readonly noticeGiven: boolean | undefined
  readonly optedOutOfSale: boolean | undefined
  readonly lspaCovered: boolean | undefined
  /** True where the answers cannot be relied on together; undefined and false answers then permit nothing. */
  readonly contradicts: boolean
}

export function parseUsPrivacy(text: string | undefined): Signal<UsPrivacy> {
  if (text === undefined || text === '') return ABSENT
  if (text.length !== 4) return invalid('not four characters')
  if (text[0] !== '1') return invalid('version is not 1')
  const [notice, optOut, lspa] = [text[1]!, text[2]!, text[3]!]
  if (!ANSWERS.includes(notice) || !ANSWERS.includes(optOut) || !ANSWERS.includes(lspa)) {
    return invalid('an answer is not Y, N or -')
  }
  const applies = text !== '1---'
  const optedOutOfSale = answer(optOut)
  return valid({
    applies,
    noticeGiven: answer(notice),
    optedOutOfSale,
    lspaCovered: answer(lspa),
    contradicts: applies && optedOutOfSale !== true && (optOut !== 'N' || answer(notice) === false),
  })
}

const ANSWERS = 'YyNn-'

function answer(character: string): boolean | undefined {
  return character === '-' ? undefined : character === 'Y' || character === 'y'
}
