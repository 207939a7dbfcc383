/** Every signal as decoded, for display: one entry per text, in the order of `docs/signals.md`. */
import type { RawSignals } from '../model/event.ts'
import { valid } from '../model/signal.ts'
import { type DescribedSignal, eachText, type SignalContext } from './entry.ts'
import { SIGNAL_ENTRIES } from './table.ts'

export function describeSignals(raw: RawSignals, context: SignalContext): DescribedSignal[] {
  return [
    ...SIGNAL_ENTRIES.flatMap(({ describe }) => describe(raw, context)),
    ...eachText('integrations', raw.integrations, valid),
  ]
}
