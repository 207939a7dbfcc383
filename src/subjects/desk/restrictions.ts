/** The restrictions that a case puts in force when opened, and which of them staff may lift. */
import type { StateChoice } from '../../choices/ports.ts'
import { type EpochMs, type IdentityKey, never } from '../../model/brand.ts'
import { PURPOSES, type Purpose } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, type DimensionBits, FIRST_PURPOSE } from '../../model/signal.ts'
import type { Case, CaseKind } from './case.ts'

/** As in `choices/authority.ts`: no switch in an app lifts a case's restriction. */
const SAID_BY_CASE = 'case'
/** Default purposes of an objection: all but those that run the service. */
export const OBJECTED: readonly Purpose[] = ['advertising', 'measurement', 'analytics']

export interface Restrictions {
  /** Resolves once in force on every thread. Does nothing for kinds that restrict nothing. */
  put(kind: CaseKind, who: readonly IdentityKey[], purposes: readonly Purpose[] | undefined): Promise<void>
  /** Lifts purpose denials; an advertising opt-out stays. Throws `ERR_CASE_STEP` for other kinds. */
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
