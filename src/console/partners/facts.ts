/** Facts about each partner, joined from contracts, health and accounting. */
import type { PartnerHealth } from '../../model/partner-health.ts'
import { healthSentence } from '../../model/partner-health.ts'
import type { AccountingWindow, HealthOfPartner, Partner } from '../api/queries.ts'
import type { Tone } from '../ui/tag.tsx'
import { spanText, timeText } from '../ui/words.ts'

export interface PartnerRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly type: string
  readonly health: Health
  readonly routed: number
  readonly withheld: number
  readonly delivered: number
  readonly waits: number
  readonly failures: number
  readonly deadLetters: number
}

/** The gateway's health statement about a partner, formatted. */
export interface Health {
  readonly state: PartnerHealth['state']
  readonly tone: Tone
  /** The fact, in one sentence without a full stop. */
  readonly words: string
  /** The next step; empty if none. */
  readonly next: string
}

export interface Known {
  readonly partners: readonly Partner[]
  readonly healths: readonly HealthOfPartner[]
  readonly window: AccountingWindow
}

/** Leaves out new partners that the gateway's answer does not contain yet. */
export function rowsOf({ partners, healths, window }: Known, now: number): readonly PartnerRow[] {
  return partners.flatMap(({ id, name, role, type }) => {
    const found = healths.find(({ partner }) => partner === id)
    if (found === undefined) return []
    const pairs = window.pairs[id]
    const { state, tone, next, deadLetters } = found
    return {
      id,
      name,
      role,
      type,
      health: {
        state,
        tone,
        words: healthSentence(found, { time: (at) => timeText(at, now), span: spanText }, now),
        next,
      },
      routed: pairs?.routed ?? 0,
      withheld: pairs?.settled.withheld ?? 0,
      delivered: pairs?.settled.delivered ?? 0,
      waits: pairs?.waits ?? 0,
      failures: pairs?.failures ?? 0,
      deadLetters,
    }
  })
}
