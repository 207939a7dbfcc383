/**
 * Global Privacy Control: only the exact value `1` counts, in any of several headers; the standard treats every other value as
 * absent (W3C Global Privacy Control, section 3). `regs.ext.gpc` and `context.gpc` follow the same rule.
 */
import { ABSENT, type Signal, valid } from '../model/signal.ts'
import { described, optedOut, type SignalEntry } from './entry.ts'

const SAID = optedOut('gpc', 'gpc')

export const GPC: SignalEntry = {
  reason: 'gpc',
  does: 'Denies sale, sharing and targeted advertising; partners get Sec-GPC: 1.',
  read: { gpc: { keys: ['gpc'] } },
  rule: ({ gpc }, { findings }, { honoured }) => {
    if (honoured.gpc && gpc !== undefined && parseGpc(gpc).state === 'valid') findings.push(SAID)
  },
  describe: ({ gpc }) => (gpc === undefined ? [] : [described('gpc', parseGpc(gpc))]),
  states: () => [{ gpc: ['1'] }],
}

export function parseGpc(texts: readonly string[]): Signal<true> {
  return texts.some((text) => text === '1') ? valid(true) : ABSENT
}
