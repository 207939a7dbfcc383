/** What the race has shown: from what arrived at the partners and when each opt-out was acknowledged, and from nothing else. */
import type { Arrival } from '../faults/arrivals.ts'
import { EVENT_PARTNERS, peopleIn, RELAY_PARTNER } from './partners.ts'

/** A person who opted out. */
export interface Leaver {
  readonly person: number
  /** Arrivals that had begun when the opt-out had been acknowledged: what comes later began later. */
  readonly order: number
  /** Between sending the opt-out and its 200. */
  readonly effectMs: number
  /** Events of theirs accepted before; each goes to every partner of events. */
  readonly events: number
  /** A relayed request of theirs was under way. */
  readonly relayed: boolean
}

export interface Verdict {
  readonly optOuts: number
  /** Requests that began after an acknowledgement and ignore it. */
  readonly ignoring: readonly { readonly partner: string; readonly person: number; readonly order: number }[]
  /** Those who opted out with an item of theirs on its way that had not arrived yet; of these, on each front. */
  readonly pending: number
  readonly pendingEvents: number
  readonly pendingRelayed: number
  /** Requests that named somebody, by front, so that a verdict is about something. */
  readonly named: { readonly events: number; readonly relayed: number }
  readonly p50Ms: number
  readonly p99Ms: number
}

export function judge(leavers: readonly Leaver[], arrivals: readonly Arrival[]): Verdict {
  const left = new Map(leavers.map((leaver) => [leaver.person, leaver]))
  const ignoring: { partner: string; person: number; order: number }[] = []
  /** Person → items of events, and relayed requests, that had arrived by the acknowledgement. */
  const arrived = new Map<number, { events: Set<string>; relayed: boolean }>()
  const named = { events: 0, relayed: 0 }
  for (const { partner, order, body } of arrivals) {
    const front = partner === RELAY_PARTNER ? 'relayed' : 'events'
    const people = peopleIn(body)
    if (people.size > 0) named[front]++
    for (const person of people) {
      const leaver = left.get(person)
      if (leaver === undefined) continue
      if (order >= leaver.order) ignoring.push({ partner, person, order })
    }
    for (const { person, messageId } of front === 'events' ? itemsIn(body) : []) {
      if (order >= (left.get(person)?.order ?? 0)) continue
      const its = arrived.get(person) ?? { events: new Set(), relayed: false }
      its.events.add(`${partner} ${messageId}`)
      arrived.set(person, its)
    }
    if (front === 'relayed')
      for (const person of people) {
        if (order >= (left.get(person)?.order ?? 0)) continue
        const its = arrived.get(person) ?? { events: new Set(), relayed: false }
        arrived.set(person, { ...its, relayed: true })
      }
  }
  const waits = leavers.map(({ person, events, relayed }) => {
    const its = arrived.get(person)
    return {
      events: (its?.events.size ?? 0) < events * EVENT_PARTNERS.length,
      relayed: relayed && its?.relayed !== true,
    }
  })
  const times = leavers.map(({ effectMs }) => effectMs).toSorted((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return {
    optOuts: leavers.length,
    ignoring,
    pending: waits.filter((one) => one.events || one.relayed).length,
    pendingEvents: waits.filter(({ events }) => events).length,
    pendingRelayed: waits.filter(({ relayed }) => relayed).length,
    named,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

/** A body that was cut off while it arrived holds none that counts. */
function itemsIn(body: string): readonly { readonly person: number; readonly messageId: string }[] {
  let parsed: { readonly batch?: readonly Item[] }
  try {
    parsed = JSON.parse(body) as typeof parsed
  } catch {
    return []
  }
  const items = parsed.batch ?? [parsed as Item]
  return items.flatMap((item) => {
    const [person] = peopleIn(JSON.stringify(item.properties ?? {}))
    return person === undefined ? [] : [{ person, messageId: String(item.message_id) }]
  })
}
interface Item {
  readonly message_id?: unknown
  readonly properties?: object
}

/** True where nobody was ignored and at least half had something on its way. */
export function isClean({ optOuts, ignoring, pending }: Verdict): boolean {
  return optOuts > 0 && ignoring.length === 0 && pending * 2 >= optOuts
}

export function linesOf(verdict: Verdict): readonly string[] {
  const { optOuts, ignoring, pending, pendingEvents, pendingRelayed, named, p50Ms, p99Ms } = verdict
  return [
    ...ignoring.slice(0, 20).map(({ partner, person, order }) => `request ${order} to ${partner} ignores ${person}`),
    `${pending} of ${optOuts} had a pair pending at the acknowledgement: ${pendingEvents} events, ${pendingRelayed} relayed requests`,
    `${named.events} requests with events and ${named.relayed} relayed ones named somebody`,
    `effect time p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    `${optOuts} opt-outs, ${ignoring.length} requests that ignore one`,
  ]
}
