/** What the judge asks of every item that arrived: was it on record first, and was it allowed to begin? */
import type { ArrivedItem, CaseFile, Finding } from './case-file.ts'
import { pairOf } from './case-file.ts'
import type { WitnessedIntent } from './ledger-witness.ts'
import type { Person } from './people.ts'

/**
 * P5: each item has an INTENT of its own, for its partner, that commits to its exact bytes. Two arrivals of the same
 * bytes need two INTENTs: one allows one try.
 */
export function unloggedItems({
  items,
  records,
  events,
}: Pick<CaseFile, 'items' | 'records' | 'events'>): readonly Finding[] {
  const intents = intentsByItem(records)
  const used = new Map<string, number>()
  const findings: Finding[] = []
  for (const item of items) {
    const key = keyOf(item)
    const announced = intents.get(key) ?? []
    const times = (used.get(key) ?? 0) + 1
    used.set(key, times)
    if (announced.length === 0) findings.push(unlogged(item, 'has no INTENT'))
    else if (times > announced.length)
      findings.push(unlogged(item, `arrived ${times} times, and has ${announced.length} INTENTs`))
    const says = messageIdIn(item.text)
    if (says !== undefined && !announced.every(({ eventRef }) => events.get(eventRef)?.messageId === says))
      findings.push(unlogged(item, `says that it is ${says}, and its INTENT names another event`))
  }
  return findings
}

/**
 * P4: an item whose request began after its person's opt-out had been acknowledged holds no more than the contract's
 * terms for that; under `send: nothing` there is no such item.
 */
export function lateItems({ items, records, events, optedOut, terms }: CaseFile): readonly Finding[] {
  const intents = intentsByItem(records)
  return items.flatMap((item) => {
    const people = peopleOf(item, intents.get(keyOf(item)) ?? [], events)
    // The same bytes can speak of two people only where they hold nothing about either.
    const isLate = people.length > 0 && people.every(({ user }) => item.order >= (optedOut.get(user) ?? Infinity))
    if (!isLate) return []
    const says = whyForbidden(item, people, terms.get(item.partner)?.whenOptedOut ?? 'nothing')
    return says === undefined ? [] : [{ kind: 'forbidden', says: `request ${item.order} to ${item.partner} ${says}` }]
  })
}

/** Nothing that is on record as delivered is announced again. */
export function sentAgain({ records, events }: Pick<CaseFile, 'records' | 'events'>): readonly Finding[] {
  const delivered = new Map<string, number>()
  return records.flatMap((record): Finding[] => {
    const pair = pairOf(record)
    if (record.kind === 'outcome' && record.outcome === 'delivered') delivered.set(pair, record.seq)
    const at = delivered.get(pair)
    if (record.kind !== 'intent' || at === undefined) return []
    const name = events.get(record.eventRef)?.messageId ?? record.eventRef
    const says = `${name} went to ${record.partner} again (record ${record.seq}) after it was known as delivered (record ${at})`
    return [{ kind: 'forbidden', says }]
  })
}

function whyForbidden(
  item: ArrivedItem,
  people: readonly Person[],
  allowed: 'nothing' | readonly string[],
): string | undefined {
  const who = people.map(({ user }) => user).join()
  if (allowed === 'nothing') return `is about ${who}, after the opt-out`
  const parsed: unknown = JSON.parse(item.text)
  const leaves = leavesOf(parsed)
  const extra = leaves.filter(([path]) => !allowed.includes(path)).map(([path]) => path)
  if (extra.length > 0) return `tells ${extra.join(', ')} of ${who}, after the opt-out`
  const wrong = leaves.filter(([path, value]) => !isRestrictedValue(path, value)).map(([path]) => path)
  if (wrong.length > 0) return `has ${wrong.join(', ')} as if ${who} had not opted out`
  const secrets = people.flatMap(({ user, anonymous, advertisingId, vendorId, ip }) => [
    user,
    anonymous,
    advertisingId,
    vendorId,
    ip,
  ])
  const text = item.text.toLowerCase()
  return secrets.some((secret) => text.includes(`"${secret.toLowerCase()}"`))
    ? `holds an identity of ${who}, after the opt-out`
    : undefined
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

/** By the INTENTs; where there is none, by what the item itself says. */
function peopleOf(
  item: ArrivedItem,
  intents: readonly WitnessedIntent[],
  events: CaseFile['events'],
): readonly Person[] {
  const named = intents.flatMap(({ eventRef }) => events.get(eventRef)?.person ?? [])
  if (named.length > 0) return [...new Set(named)]
  const messageId = messageIdIn(item.text)
  return [...events.values()].filter((event) => event.messageId === messageId).map(({ person }) => person)
}

function intentsByItem(records: CaseFile['records']): ReadonlyMap<string, readonly WitnessedIntent[]> {
  const intents = new Map<string, WitnessedIntent[]>()
  for (const record of records) {
    if (record.kind !== 'intent') continue
    const known = intents.get(keyOf(record))
    if (known === undefined) intents.set(keyOf(record), [record])
    else known.push(record)
  }
  return intents
}

function keyOf({ partner, commitment }: { readonly partner: string; readonly commitment: string }): string {
  return `${partner} ${commitment}`
}

function messageIdIn(text: string): string | undefined {
  const { message_id: messageId } = JSON.parse(text) as { readonly message_id?: unknown }
  return typeof messageId === 'string' ? messageId : undefined
}

function unlogged({ partner, order, text }: ArrivedItem, says: string): Finding {
  return { kind: 'unlogged', says: `an item of request ${order} to ${partner} ${says}: ${text}` }
}
