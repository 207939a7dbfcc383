/** Device limits, Global Privacy Control, the GDPR flag. */
import { readGdprApplies } from '../../src/signals/gdpr-applies.ts'
import { at, equal, type Judge, restriction, textAt } from './judgement.ts'
import { signalsOf, verdictFor } from './verdicts.ts'

/** `ios_lmt`: a limit may be set by ATT or an iOS version, never cleared where `lmt=1` was sent. */
export const judgeIosLimit: Judge = ({ input, expected }, bench) => {
  const { deviceLimit } = verdictFor(signalsOf({ device: at(input, 'device') }, bench), bench)
  return [restriction('limited', deviceLimit.limited, at(expected, 'lmt') === 1)]
}

/** `gpc_header`: exactly `1`, in the header or in `regs.ext.gpc`. What regs look like afterwards is another's format. */
export const judgeGpc: Judge = ({ input, expected }, bench) => {
  const header = textAt(input, 'secGpc')
  const raw = signalsOf({ regs: at(input, 'regs') }, bench, header === '' ? [] : [header])
  const { sale } = verdictFor({ ...raw, country: ['US'], region: ['AL'] }, bench).dimensions
  return [
    equal(
      'gpc',
      sale.causes.some(({ why }) => why === 'gpc'),
      at(expected, 'gpc'),
    ),
  ]
}

/** `gdpr_flag`. */
export const judgeGdprFlag: Judge = ({ input, expected }) => {
  const says = readGdprApplies([String(input)])
  const applies = says === 'applies' ? 'yes' : says === 'does_not_apply' ? 'no' : 'ambiguous'
  return [
    equal('applies', applies, at(expected, 'applies')),
    equal('malformed', says === 'unclear', at(expected, 'malformed')),
  ]
}
