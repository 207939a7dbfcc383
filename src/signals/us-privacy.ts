/**
 * The IAB's US Privacy string: four characters, version, notice, opt-out of sale, LSPA (USP API specification 1.0;
 * deprecated on 31 January 2024 and still common).
 *
 * Stricter where the specification is silent: a lower-case `y` is an opt-out, a lower-case `n` is never permission; "no notice
 * given, did not opt out" and a `-` beside other answers are contradictions and deny. GPP's California section is read the same
 * way: the same facts in another notation must not grant more.
 */
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'
import { apply, blocked, optedOut, type SignalEntry, type TextRule, textSignal } from './entry.ts'

export interface UsPrivacy {
  /** False for `1---`: the CCPA does not apply to this user. */
  readonly applies: boolean
  readonly noticeGiven: boolean | undefined
  readonly optedOutOfSale: boolean | undefined
  readonly lspaCovered: boolean | undefined
  /** True if the answers contradict each other; an opt-out among them still counts. */
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
  const noticeGiven = answer(notice)
  const optedOutOfSale = answer(optOut)
  return valid({
    applies,
    noticeGiven,
    optedOutOfSale,
    lspaCovered: answer(lspa),
    contradicts:
      applies && (text.includes('-') || (optedOutOfSale === false && (optOut !== 'N' || noticeGiven === false))),
  })
}

const OPT_OUT = optedOut('us_privacy', 'us_privacy')
const MALFORMED = blocked('us_privacy')
const RULE: TextRule<UsPrivacy> = {
  signal: 'us_privacy',
  parse: parseUsPrivacy,
  restrict: ({ contradicts, optedOutOfSale }) => [
    ...(optedOutOfSale === true ? [OPT_OUT] : []),
    ...(contradicts ? [MALFORMED] : []),
  ],
  // If the CCPA does not apply, the user was not asked: there is no answer that could lift an earlier one.
  answers: ({ applies }) => applies,
  malformed: MALFORMED,
}

export const US_PRIVACY: SignalEntry = {
  ...textSignal({
    ...RULE,
    reason: 'us_privacy',
    does: 'An opt-out of sale denies sale, sharing and targeted advertising; a contradiction denies everything.',
    places: { keys: ['us_privacy', 'usPrivacy'], inApp: 'IABUSPrivacy_String' },
  }),
  // Section 6 of a GPP string counts as one.
  rule: ({ us_privacy }, found) => {
    const { usPrivacy } = found.gpp
    apply(RULE, usPrivacy.length === 0 ? us_privacy : [...(us_privacy ?? []), ...usPrivacy], found)
  },
}

const ANSWERS = 'YyNn-'

function answer(character: string): boolean | undefined {
  return character === '-' ? undefined : character === 'Y' || character === 'y'
}
