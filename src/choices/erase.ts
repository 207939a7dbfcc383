/**
 * Erases a subject from the choices and keeps only restrictions. An erasure is also an opt-out, so that the subject's next
 * event is not shared again: each identity keeps one choice that denies sale, sharing and targeted advertising, and its
 * other restrictions. Links, opt-ins, the history of choices and the devices of signals are removed, and nothing connects
 * the identities any more.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import { ADVERTISING_DIMENSIONS, type Finding } from '../model/signal.ts'
import { joined, restricts, withoutPermits } from './finding.ts'
import type { ErasureStore, KeptStatement, Statement } from './store.ts'
import { choiceFinding } from './write.ts'

const DAY_MS = 86_400_000

/** Runs in the single writer's transaction. Idempotent. */
export function eraseIdentities(
  store: ErasureStore,
  keys: readonly IdentityKey[],
  { channel, at }: { readonly channel: Channel; readonly at: EpochMs },
): void {
  const touched = new Map<number, KeptStatement>()
  const left = new Map<IdentityKey, readonly Finding[]>()
  const historic = new Set<number>()
  for (const key of keys) {
    const active = store.statementsOn(key)
    left.set(key, restrictionsOf(active))
    for (const statement of active) {
      touched.set(statement.id, statement)
      store.removeFrom(key, statement.id)
      if (statement.cover) store.count('covers', -1)
    }
    for (const id of store.forgetHistory(key)) historic.add(id)
    store.forgetDevice(key)
    store.count('links', -store.unlink(key))
  }
  for (const statement of touched.values()) leaveToOthers(store, statement, at)
  for (const id of historic) store.dropUnused(id)
  // Random ids and times cut to the day: consecutive ids or equal times would connect the identities.
  const day = Math.floor(at / DAY_MS) * DAY_MS
  for (const [key, findings] of [...left].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const finding of findings) insertAlone(store, key, suppression(finding, channel, day))
  }
}

/** One finding for each signal: as strict as all active ones together, without opt-ins. */
function restrictionsOf(active: readonly KeptStatement[]): readonly Finding[] {
  const choices = active.filter(({ finding }) => finding.signal === 'choice')
  const denies = choices.reduce((bits, { finding }) => bits | finding.denies, ADVERTISING_DIMENSIONS)
  const bySignal = new Map<string, Finding>()
  for (const { finding } of active) {
    if (finding.signal === 'choice' || !restricts(finding)) continue
    const known = bySignal.get(finding.signal)
    bySignal.set(finding.signal, known === undefined ? withoutPermits(finding) : joined(known, finding))
  }
  const isChild = choices.some(({ finding }) => finding.child)
  return [choiceFinding(denies, 0, isChild), ...bySignal.values()]
}

/** A statement that is still active on other identities stays there as their own, so that they can lift it. */
function leaveToOthers(store: ErasureStore, statement: KeptStatement, at: EpochMs): void {
  const { id, finding, cover } = statement
  const others = store.activeKeys(id)
  const isChoice = finding.signal === 'choice' && !cover
  if (others.length > 0 && store.isActiveDirectly(id)) return
  if (isChoice) store.count('choices', -1)
  store.retire(id, at)
  store.dropUnused(id)
  const rest = withoutPermits(finding)
  if (!restricts(rest)) return
  const { channel, saidBy, at: saidAt } = statement
  for (const key of others) insertAlone(store, key, { finding: rest, channel, saidBy, at: saidAt, cover: false })
}

function suppression(finding: Finding, channel: Channel, at: EpochMs): Statement {
  const isChoice = finding.signal === 'choice'
  return { finding, channel: isChoice ? channel : 'signal', saidBy: 'erasure', at, cover: false }
}

function insertAlone(store: ErasureStore, key: IdentityKey, statement: Statement): void {
  const id = store.insertWithRandomId(statement)
  if (statement.finding.signal === 'choice') store.count('choices', 1)
  store.place(key, id, true)
}
