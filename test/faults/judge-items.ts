/** What the judge asks of every item that arrived: was it on record first, and was it allowed to begin? */
import { type CaseFile, type Finding, pairOf } from './case-file.ts'
import type { ArrivedItem } from './matcher.ts'
import type { Person } from './people.ts'

/** P5: each item has an INTENT of its own, for its partner, that commits to its exact bytes. */
export function unloggedItems({ items }: Pick<CaseFile, 'items'>): readonly Finding[] {
  return items
    .filter(({ intent }) => intent === undefined)
    .map(({ partner, order, text }) => ({
      kind: 'unlogged',
      says: `no INTENT is left for an item of request ${order} to ${partner}: ${text}`,
    }))
}

/**
 * P4: an item whose request began after its person's opt-out had been acknowledged holds no more than the contract's
 * terms for that; under `send: nothing` there is no such item.
 */
export function lateItems({
  items,
  events,
  optedOut,
  terms,
}: Omit<CaseFile, 'records' | 'acknowledged'>): readonly Finding[] {
  const byMessageId = new Map([...events.values()].map((event) => [event.messageId, event.person]))
  return items.flatMap((item): readonly Finding[] => {
    const person = events.get(item.intent?.eventRef ?? '')?.person ?? byMessageId.get(item.messageId ?? '')
    if (person === undefined || item.order < (optedOut.get(person.user) ?? Number.POSITIVE_INFINITY)) return []
    const says = whyForbidden(item, person, terms.get(item.partner)?.whenOptedOut ?? 'nothing')
    return says === undefined ? [] : [{ kind: 'forbidden', says: `request ${item.order} to ${item.partner} ${says}` }]
  })
}

/** Nothing that is on record as delivered is announced again. */
export function sentAgain({ records, events }: Pick<CaseFile, 'records' | 'events'>): readonly Finding[] {
  const delivered = new Map<string, number>()
  return records.flatMap((record): readonly Finding[] => {
    const pair = pairOf(record)
    if (record.kind === 'outcome' && record.outcome.kind === 'delivered') delivered.set(pair, record.seq)
    const at = delivered.get(pair)
    if (record.kind !== 'intent' || at === undefined) return []
    const name = events.get(record.eventRef)?.messageId ?? record.eventRef
    const says = `${name} went to ${record.partner} again (record ${record.seq}) after it was known as delivered (record ${at})`
    return [{ kind: 'forbidden', says }]
  })
}

function whyForbidden(
  { text }: ArrivedItem,
  person: Person,
  allowed: 'nothing' | readonly string[],
): string | undefined {
  const { user, anonymous, advertisingId, vendorId, ip } = person
  if (allowed === 'nothing') return `is about ${user}, after the opt-out`
  const leaves = leavesOf(JSON.parse(text))
  const extra = leaves.filter(([path]) => !allowed.includes(path)).map(([path]) => path)
  if (extra.length > 0) return `tells ${extra.join(', ')} of ${user}, after the opt-out`
  const wrong = leaves.filter(([path, value]) => !isRestrictedValue(path, value)).map(([path]) => path)
  if (wrong.length > 0) return `has ${wrong.join(', ')} as if ${user} had not opted out`
  const found = [user, anonymous, advertisingId, vendorId, ip].some((identity) =>
    text.toLowerCase().includes(`"${identity.toLowerCase()}"`),
  )
  return found ? `holds an identity of ${user}, after the opt-out` : undefined
}

/** The flags say so, and the system's version is its first number only. */
function isRestrictedValue(path: string, value: unknown): boolean {
  switch (path) {
    case 'privacy.restricted':
    case 'privacy.sale':
    case 'privacy.sharing':
    case 'privacy.targeted_advertising':
      return value === true
    case 'device.os.version':
      return typeof value === 'string' && /^\d+$/.test(value)
    default:
      return true
  }
}

/** Every leaf of a JSON value with its path. */
export function leavesOf(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`))
}
