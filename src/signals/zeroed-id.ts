/** An advertising id of zeros: iOS and Android report a refused or deleted id this way. */
import { valid } from '../model/signal.ts'
import { eachText, limited, noStates, type SignalEntry } from './entry.ts'

const ZEROED = limited('zeroed_id', 'zeroed_id')

export const ZEROED_ID: SignalEntry = {
  reason: 'zeroed_id',
  does: 'Denies sale, sharing and targeted advertising, and withholds what names the device; the zeros never leave.',
  // Ids are stored as what they mean: `zero`, `empty` or `present`.
  read: { advertising_id: {} },
  rule: ({ advertising_id: ids }, { findings, lifting }) => {
    if (ids === undefined) return
    if (ids.includes('zero')) findings.push(ZEROED)
    else if (ids.includes('present')) lifting.push('zeroed_id')
  },
  describe: ({ advertising_id }) => eachText('advertising_id', advertising_id, valid),
  states: noStates,
}
