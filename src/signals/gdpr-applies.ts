/**
 * Whether the sender says that GDPR applies: `regs.gdpr`, `regs.ext.gdpr`, `IABTCF_gdprApplies`. 1 applies, 0 does not;
 * anything else is malformed, and then its scope is unknown: consent strings count.
 */
import type { Signal } from '../model/signal.ts'
import { parseSwitch } from './switches.ts'

export function parseGdprApplies(text: string | undefined): Signal<boolean> {
  return parseSwitch(text)
}
