/** US Privacy strings: read, and enforced. */
import { parseUsPrivacy } from '../../src/signals/us-privacy.ts'
import { at, equal, type Judge, refusal, refusedByUs, restriction, textAt } from './judgement.ts'
import { deniesAdvertising, PLAIN_STATE, verdictFor } from './verdicts.ts'

const ANSWER = (answer: boolean | undefined): string =>
  answer === undefined ? 'not-applicable' : answer ? 'yes' : 'no'

/** `usp_string`, `usp_string_lenient`, `usp_string_strict`: lower case is read as an opt-out, never as permission. */
export const judgeUsPrivacy: Judge = ({ input, expected }, bench) => {
  const text = String(input)
  const parsed = parseUsPrivacy(text)
  const denies = deniesAdvertising(verdictFor({ ...PLAIN_STATE, us_privacy: [text] }, bench))
  if (at(expected, 'valid') === false) return [refusal({ valid: parsed.state === 'valid', denies })]
  if (at(expected, 'present') === false) return [equal('state', parsed.state, 'absent')]
  if (parsed.state !== 'valid') return [refusedByUs(denies, parsed.state === 'invalid' ? parsed.why : 'absent')]
  const { noticeGiven, optedOutOfSale, lspaCovered } = parsed.value
  return [
    equal('notice', ANSWER(noticeGiven), at(expected, 'notice')),
    equal('optOutSale', ANSWER(optedOutOfSale), at(expected, 'optOutSale')),
    equal('lspa', ANSWER(lspaCovered), at(expected, 'lspa')),
    equal('version', Number(text[0]), at(expected, 'version')),
  ]
}

/** `usp_enforce`: nobody is exempt by being declared "no sale"; a service provider is one by its contract. */
export const judgeEnforcement: Judge = ({ input, expected }, bench) => {
  const optedOut = at(input, 'optOutSale')
  const text = optedOut === true ? '1YYN' : optedOut === false ? '1YNN' : '1---'
  const { sale } = verdictFor({ ...PLAIN_STATE, us_privacy: [text] }, bench).dimensions
  return [restriction(`enforce for ${textAt(input, 'partner')}`, !sale.allowed, at(expected, 'enforce') === true)]
}
