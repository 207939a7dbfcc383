/**
 * What is left of a person in the choices once they are erased: the restrictions. An erased person whose next event was
 * shared again would not have been heard, so an erasure is an opt-out as well: on each identity stands one choice that
 * denies sale, sharing and targeted advertising, and whatever else restricted it. Links, opt-ins, the history of earlier
 * choices and the devices that signals came from are gone, and nothing ties the identities to each other any more.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import { ADVERTISING_DIMENSIONS, type Finding } from '../model/signal.ts'
import { joined, restricts, withoutPermits } from './finding.ts'
import type { ErasureStore, KeptStatement, Statement } from './store.ts'
import { choiceFinding } from './write.ts'

const DAY_MS = 86_400_000

/** Runs inside the only writer's transaction. Doing it again changes nothing. */
export function eraseIdentities(
  store: ErasureStore,
  keys: readonly IdentityKey[],
  { channel, at }: { readonly channel: Channel; readonly at: EpochMs },
): void {
  const touched = new Map<number, KeptStatement>()
  const left = new Map<IdentityKey, readonly Finding[]>()
  const historic = new Set<number>()
  for (const key of keys) {
    const standing = store.standingOn(key)
    left.set(key, restrictionsOf(standing))
    for (const statement of standing) {
      touched.set(statement.id, statement)
      store.displace(key, statement.id)
      if (statement.cover) store.count('covers', -1)
    }
    for (const id of store.forgetHistory(key)) historic.add(id)
    store.forgetDevice(key)
    store.count('links', -store.unlink(key))
  }
  for (const statement of touched.values()) leaveToOthers(store, statement, at)
  for (const id of historic) store.dropUnused(id)
  // Said one by one, under numbers that are drawn, and to the day: rows in a row and equal moments tie identities together.
  const day = Math.floor(at / DAY_MS) * DAY_MS
  for (const [key, findings] of [...left].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const finding of findings) standAlone(store, key, suppression(finding, channel, day))
  }
}

/** One finding a signal: as strict as all there was, opting in to nothing. */
function restrictionsOf(standing: readonly KeptStatement[]): readonly Finding[] {
  const choices = standing.filter(({ finding }) => finding.signal === 'choice')
  const denies = choices.reduce((bits, { finding }) => bits | finding.denies, ADVERTISING_DIMENSIONS)
  const bySignal = new Map<string, Finding>()
  for (const { finding } of standing) {
    if (finding.signal === 'choice' || !restricts(finding)) continue
    const known = bySignal.get(finding.signal)
    bySignal.set(finding.signal, known === undefined ? withoutPermits(finding) : joined(known, finding))
  }
  const isChild = choices.some(({ finding }) => finding.child)
  return [choiceFinding(denies, 0, isChild), ...bySignal.values()]
}

/** What still stands on others' identities goes on standing there, and they may lift it as if they had said it. */
function leaveToOthers(store: ErasureStore, statement: KeptStatement, at: EpochMs): void {
  const { id, finding, cover } = statement
  const others = store.standingKeys(id)
  const isChoice = finding.signal === 'choice' && !cover
  if (others.length > 0 && store.standsDirectly(id)) return
  if (isChoice) store.count('choices', -1)
  store.retire(id, at)
  store.dropUnused(id)
  const rest = withoutPermits(finding)
  if (!restricts(rest)) return
  const { channel, saidBy, at: saidAt } = statement
  for (const key of others) standAlone(store, key, { finding: rest, channel, saidBy, at: saidAt, cover: false })
}

function suppression(finding: Finding, channel: Channel, at: EpochMs): Statement {
  const isChoice = finding.signal === 'choice'
  return { finding, channel: isChoice ? channel : 'signal', saidBy: 'erasure', at, cover: false }
}

function standAlone(store: ErasureStore, key: IdentityKey, statement: Statement): void {
  const id = store.sayApart(statement)
  if (statement.finding.signal === 'choice') store.count('choices', 1)
  store.place(key, id, true)
}
