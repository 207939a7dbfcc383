/** An advertising id of zeros: how iOS and Android say that the id was refused or deleted. */
import { valid } from '../model/signal.ts'
import { eachText, limited, noStates, type SignalEntry } from './entry.ts'

const ZEROED = limited('zeroed_id', 'zeroed_id')

export const ZEROED_ID: SignalEntry = {
  reason: 'zeroed_id',
  does: 'Denies sale, sharing and targeted advertising, and withholds what names the device; the zeros never leave.',
  // Ids are read where they are, and kept as what they say: `zero`, `empty` or `present`.
  read: { advertising_id: {} },
  rule: ({ advertising_id: ids }, { findings, lifting }) => {
    if (ids === undefined) return
    if (ids.includes('zero')) findings.push(ZEROED)
    else if (ids.includes('present')) lifting.push('zeroed_id')
  },
  describe: ({ advertising_id }) => eachText('advertising_id', advertising_id, valid),
  states: noStates,
}
