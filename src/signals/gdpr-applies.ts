/**
 * The sender's statement on GDPR: `regs.gdpr`, `regs.ext.gdpr`, `IABTCF_gdprApplies`. 1 applies, 0 does not; anything else
 * is malformed and leaves the scope unknown, so consent strings count.
 */
import { parseSwitch } from './switches.ts'

export type GdprStatement = 'applies' | 'does_not_apply' | 'unclear' | 'unsaid'

/** The strictest of several statements. */
export function readGdprApplies(texts: readonly string[] | undefined): GdprStatement {
  let says: GdprStatement = 'unsaid'
  for (const text of texts ?? []) {
    const parsed = parseSwitch(text)
    if (parsed.state === 'valid' && parsed.value) return 'applies'
    if (parsed.state === 'invalid') says = 'unclear'
    if (parsed.state === 'valid' && says === 'unsaid') says = 'does_not_apply'
  }
  return says
}
