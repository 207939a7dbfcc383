/** The request is subject to COPPA (16 CFR 312; OpenRTB 2.6 `regs.coppa`): the subject counts as a child. */
import { child, textSignal, when } from './entry.ts'
import { parseSwitch } from './switches.ts'

export const COPPA = textSignal({
  signal: 'coppa',
  reason: 'child',
  does: 'The request is a child’s: nothing leaves.',
  places: { keys: ['coppa'] },
  parse: parseSwitch,
  restrict: when(child('coppa', true)),
  malformed: child('coppa', false),
})
