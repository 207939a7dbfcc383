/** What a case puts in force as it is opened, and what of it staff can end again. */
import type { StateChoice } from '../../choices/ports.ts'
import { type EpochMs, type IdentityKey, never } from '../../model/brand.ts'
import { PURPOSES, type Purpose } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, type DimensionBits, FIRST_PURPOSE } from '../../model/signal.ts'
import type { Case, CaseKind } from './case.ts'

/** As `choices/authority.ts` has it: no app's switch lifts what a case put in force. */
const SAID_BY_CASE = 'case'
/** What an objection is about unless it says otherwise: everything but what keeps the service going. */
export const OBJECTED: readonly Purpose[] = ['advertising', 'measurement', 'analytics']

export interface Restrictions {
  /** In force on every thread when it resolves. Nothing for kinds that restrict nothing. */
  put(kind: CaseKind, who: readonly IdentityKey[], purposes: readonly Purpose[] | undefined): Promise<void>
  /** Ends what was denied by purpose; an opt-out of advertising stays. Throws `ERR_CASE_STEP` for other kinds. */
  lift(one: Case, who: readonly IdentityKey[]): Promise<void>
}

export function createRestrictions(parts: {
  readonly stateChoice: StateChoice
  readonly now: () => EpochMs
}): Restrictions {
  const { stateChoice, now } = parts
  return {
    put: async (kind, who, purposes) => {
      const denies = deniedBy(kind, purposes)
      const child = kind === 'child'
      if (denies === 0 && !child) return
      await stateChoice(who, { denies, permits: 0, child, channel: 'staff', saidBy: SAID_BY_CASE, at: now() })
    },
    lift: async ({ kind, purposes }, who) => {
      if (kind !== 'objection' && kind !== 'restriction')
        throw new GatewayError('ERR_CASE_STEP', { why: 'nothing to lift' })
      const permits = deniedBy(kind, purposes) & ~ALL_DIMENSIONS
      await stateChoice(who, {
        denies: 0,
        permits,
        child: false,
        channel: 'staff',
        saidBy: SAID_BY_CASE,
        at: now(),
      })
    },
  }
}

function deniedBy(kind: CaseKind, purposes: readonly Purpose[] = OBJECTED): DimensionBits {
  switch (kind) {
    case 'objection':
      return purposeBits(purposes) | (purposes.includes('advertising') ? ADVERTISING_DIMENSIONS : 0)
    case 'restriction':
      return purposeBits(PURPOSES) | ALL_DIMENSIONS
    case 'child':
    case 'access':
    case 'deletion':
    case 'correction':
      return 0
    default:
      return never(kind)
  }
}

function purposeBits(purposes: readonly Purpose[]): DimensionBits {
  return purposes.reduce((bits, purpose) => bits | (FIRST_PURPOSE << PURPOSES.indexOf(purpose)), 0)
}
