/**
 * Global Privacy Control: only the exact value `1` counts, in any of several headers; by the standard everything else
 * is as if absent (W3C Global Privacy Control, section 3). `regs.ext.gpc` and `context.gpc` follow the same rule.
 */
import { ABSENT, type Signal, valid } from '../model/signal.ts'

export function parseGpc(texts: readonly string[]): Signal<true> {
  return texts.some((text) => text === '1') ? valid(true) : ABSENT
}
