/** Do Not Track: header `DNT`, `device.dnt`. Counts only if the published policy honours it. */
import { blocked, optedOut, type SignalEntry, textSignal, when } from './entry.ts'
import { parseSwitch } from './switches.ts'

const SWITCH = textSignal({
  signal: 'dnt',
  reason: 'dnt',
  does: 'Where the policy honours it: denies sale, sharing and targeted advertising.',
  places: { keys: ['dnt'], device: ['dnt'] },
  parse: parseSwitch,
  restrict: when(optedOut('dnt', 'dnt')),
  malformed: blocked('dnt'),
})

export const DNT: SignalEntry = {
  ...SWITCH,
  rule: (raw, found, context) => {
    if (context.honoured.dnt) SWITCH.rule(raw, found, context)
  },
  states: () => [{ dnt: ['1'] }],
}
