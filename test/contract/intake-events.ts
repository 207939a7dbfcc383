/** Events and small helpers for the intake's tests. */
import type { AppendItem, AppendRequest, Intake, IntakeTotals, PulledEvent, Settle } from '../../src/intake/ports.ts'
import type { AppId, EventRef, IdentityKey, PartnerId, Revision } from '../../src/model/brand.ts'
import type { AcceptedEvent } from '../../src/model/event.ts'

export const APP = 'messenger-ios' as AppId
export const META = 'meta' as PartnerId
export const TIKTOK = 'tiktok' as PartnerId

/** An event that is known again by its name, about one subject. */
export function eventOf(name: string, subject: string, receivedAt: number): AcceptedEvent {
  return {
    app: APP,
    eventRef: name as EventRef,
    kind: 'track',
    eventKey: 'Order Completed',
    receivedAt,
    identityKeys: [subject as IdentityKey, `${subject}-device` as IdentityKey],
    fields: {
      user_id: subject,
      place: { country: 'US', city: 'Ürümqi' },
      property: { revenue: 12.5, items: [1, 'a'] },
    },
    tainted: [],
    signals: { us_privacy: ['1YNN'] },
    accepted: { revision: 1 as Revision, standing: { findings: [] } },
  }
}

export interface Wanted {
  readonly name: string
  readonly subject?: string
  readonly partners?: readonly PartnerId[]
  readonly receivedAt?: number
  /** Default: the name. Null: none. */
  readonly dedupeKey?: string | null
}

export function requestOf(
  wanted: readonly Wanted[],
  now: number,
  rejected: AppendRequest['rejected'] = {},
): AppendRequest {
  const items = wanted.map(
    ({ name, subject = 'ann', partners = [META], receivedAt = now, dedupeKey = name }): AppendItem => {
      const event = eventOf(name, subject, receivedAt)
      return dedupeKey === null ? { event, partners } : { event, partners, dedupeKey }
    },
  )
  return { app: APP, items, rejected }
}

export const namesOf = (pulled: readonly PulledEvent[]): string[] => pulled.map(({ event }) => event.eventRef)

export const endOf = ({ position }: PulledEvent, state: 'delivered' | 'dead' | 'unresolved' = 'delivered'): Settle => ({
  position,
  end: { state, why: '' },
})

/** Pulls until the partner has nothing more for now. */
export async function pullAll(intake: Intake, partner: PartnerId): Promise<PulledEvent[]> {
  const all: PulledEvent[] = []
  for (let empty = 0; empty < 3; ) {
    const pulled = await intake.pull(partner, 100)
    all.push(...pulled)
    empty = pulled.length === 0 ? empty + 1 : 0
  }
  return all
}

/** What does not add up, in words; empty where both sums close. */
export function openSums({ events, rejectedByCode, pairs }: IntakeTotals): string[] {
  const problems: string[] = []
  const { received, accepted, rejected, duplicate } = events
  if (received !== accepted + rejected + duplicate) problems.push(`events: ${JSON.stringify(events)}`)
  const byCode = Object.values(rejectedByCode).reduce((sum, count) => sum + count, 0)
  if (byCode !== rejected) problems.push(`rejected: ${byCode} by code, ${rejected} in all`)
  for (const [partner, { routed, settled, withheldBy, pending }] of Object.entries(pairs)) {
    const { delivered, withheld, expired, dead, erased, unresolved } = settled
    const sum = delivered + withheld + expired + dead + erased + unresolved + pending
    if (routed !== sum) problems.push(`${partner}: routed ${routed}, ${JSON.stringify(settled)} and ${pending} pending`)
    const byReason = Object.values(withheldBy).reduce((total, count) => total + count, 0)
    if (byReason !== withheld) problems.push(`${partner}: ${byReason} withheld by reason, ${withheld} in all`)
  }
  return problems
}
