/**
 * What is written when somebody chooses and when an event says something about privacy. Runs inside the only writer's
 * transaction, so that two people choosing at once are two orders of one story.
 */
import type { IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement, Observation } from '../model/choice.ts'
import { ALL_DIMENSIONS, type DimensionBits, FIRST_PURPOSE, type Finding } from '../model/signal.ts'
import { monthOf } from './aging.ts'
import { isWithdrawal, mayWiden, SAID_BY_CASE } from './authority.ts'
import { findingText, restricts } from './finding.ts'
import { kindOfKey } from './identity.ts'
import type { Kept } from './ports.ts'
import { join, placeAll, spread } from './propagate.ts'
import { createReach, type Reach } from './reach.ts'
import type { KeptStatement, Statement, StatementStore } from './store.ts'

/**
 * Stores a choice against these identities and what is linked to them.
 * - Nobody but the person (`user_token`) or staff lifts or opts in: through another channel a statement only adds.
 * - What an earlier choice denied and this one does not permit stays denied. `denies: 0, permits: 0` withdraws all.
 * - Only an earlier choice about these very identities is lifted, identity by identity; a copy on a linked identity goes
 *   when the statement is lifted from the last identity it was said of. A choice never lifts one said after it.
 * - Of sticky signals it lifts, from these identities only, those whose every denial it explicitly permits; never a
 *   device's own limit and never a child's.
 * - Purposes that a case of the desk denied (`SAID_BY_CASE`) are lifted by staff alone.
 * - That someone is a child, and a cover (see `MAX_STANDING`), is lifted only by staff withdrawing everything.
 * @returns what has to reach every linked identity before it may be acknowledged; of the choice itself first, where it
 *   restricts
 */
export function keepChoice(
  store: StatementStore,
  keys: readonly IdentityKey[],
  said: ChoiceStatement,
): readonly Reach[] {
  const isFree = mayWiden(said.channel)
  const remainders = isFree ? supersede(store, keys, said) : []
  const finding = choiceFinding(said.denies, isFree ? said.permits & ~said.denies : 0, said.child)
  if (!isFree && !restricts(finding)) return remainders
  const { channel, saidBy, at } = said
  const statement: Statement = { finding, channel, saidBy, at, cover: false }
  const kept = equalOn(store, keys, statement) ?? say(store, statement)
  placeAll(store, kept, keys)
  return restricts(finding) ? [createReach(kept, keys), ...remainders] : remainders
}

/** Takes from each identity what the statement lifts there; what is left of an earlier choice stays, as said then. */
function supersede(store: StatementStore, keys: readonly IdentityKey[], said: ChoiceStatement): readonly Reach[] {
  const reaches: Reach[] = []
  const remainders = new Map<number, Omit<KeptStatement, 'direct'>>()
  for (const key of keys) {
    for (const earlier of store.standingOn(key)) {
      if (!earlier.direct || earlier.at > said.at) continue
      const left = leftOf(earlier, said)
      if (left === earlier.finding) continue
      lift(store, key, earlier, said.at)
      if (left === undefined) continue
      const { channel, saidBy, at } = earlier
      const remainder = remainders.get(earlier.id) ?? say(store, { finding: left, channel, saidBy, at, cover: false })
      remainders.set(earlier.id, remainder)
      placeAll(store, remainder, [key])
      if (restricts(left)) reaches.push(createReach(remainder, [key]))
    }
  }
  return reaches
}

/** The same finding where nothing is lifted, undefined where all is. */
function leftOf({ finding, cover, saidBy }: KeptStatement, said: ChoiceStatement): Finding | undefined {
  const isWithdrawn = isWithdrawal(said)
  // An objection is more than a switch in an app: that one takes back what switches deny.
  const held = saidBy === SAID_BY_CASE && said.channel !== 'staff' ? finding.denies & ~(FIRST_PURPOSE - 1) : 0
  if (cover) return said.channel === 'staff' && isWithdrawn ? undefined : finding
  if (finding.signal !== 'choice') return isSignalLifted(finding, said) ? undefined : finding
  const denies = isWithdrawn ? held : finding.denies & ~said.permits
  const permits = isWithdrawn ? 0 : finding.permits & ~said.denies
  const child = finding.child && !(isWithdrawn && said.channel === 'staff')
  if (denies === finding.denies && permits === finding.permits && child === finding.child) {
    // The record of an earlier withdrawal has served once something else is said.
    return isWithdrawal(finding) && !isWithdrawn ? undefined : finding
  }
  return denies === 0 && permits === 0 && !child ? undefined : choiceFinding(denies, permits, child)
}

function isSignalLifted({ denies, deviceLimit, child, countryOnly }: Finding, said: ChoiceStatement): boolean {
  return denies !== 0 && (denies & ~(said.permits & ALL_DIMENSIONS)) === 0 && !deviceLimit && !child && !countryOnly
}

function lift(store: StatementStore, key: IdentityKey, { id, finding, cover }: KeptStatement, at: number): void {
  const isChoice = finding.signal === 'choice' && !cover
  store.displace(key, id)
  if (cover) store.count('covers', -1)
  if (isChoice) store.remember(key, id, at)
  if (store.standsDirectly(id)) return
  if (isChoice) {
    store.retire(id, at)
    store.count('choices', -1)
  } else {
    store.forget(id)
  }
}

/**
 * Links a request's identities and keeps its restricting signals against each. A signal that was valid and restricts
 * nothing lifts earlier ones of its kind that the same device sent before of the same people (see `liftSignals`); nothing
 * else lifts anything, not even a
 * weaker restriction of the same kind. Choices and what says that someone is a child are beyond any signal.
 */
export function keepObservation(store: StatementStore, observation: Observation): Kept {
  const { identities, device, restricting, at } = observation
  const { lifted, settled } = device === undefined ? NOTHING_LIFTED : liftSignals(store, device, observation)
  const [first, ...others] = identities
  if (first === undefined) return { narrowed: false, lifted, settled }
  const centre = device ?? first
  let narrowed = false
  for (const key of device === undefined ? others : identities)
    if (join(store, centre, key, monthOf(at))) narrowed = true
  for (const finding of restricting) {
    if (!restricts(finding)) continue
    const statement: Statement = {
      finding: { ...finding, permits: 0 },
      channel: 'signal',
      saidBy: device === undefined ? 'request' : 'device',
      at,
      cover: false,
      ...(device === undefined ? {} : { device }),
    }
    const standing = equalFrom(store, identities, statement)
    if (standing !== undefined && standing.at < at) store.restate(standing.id, at)
    if (spread(store, standing ?? say(store, statement), identities)) narrowed = true
  }
  return { narrowed, lifted, settled }
}

const NOTHING_LIFTED = { lifted: false, settled: true }

/**
 * The write key is public, and a device's id may be known to others: it alone takes nothing back that the person said. Whoever
 * lifts a signal must name, beside the device, another identity that it was said of, and lifts it from those they name and no
 * other. Of the device alone it was said where nobody else was named; an advertising id, which partners know, is not enough then.
 */
function liftSignals(store: StatementStore, device: IdentityKey, observation: Observation) {
  const { identities, lifting, covers, restricting, at } = observation
  let lifted = false
  let settled = true
  if (lifting.length === 0) return NOTHING_LIFTED
  for (const { id, finding, at: saidAt } of store.saidByDevice(device)) {
    const { signal } = finding
    if (signal === 'choice' || finding.child || !lifting.includes(signal)) continue
    if (restricting.some((one) => one.signal === signal) || !isLiftedBy(finding, covers?.[signal])) continue
    const named = finding.withdrawal ? identities.filter((key) => store.placeOf(key, id) === 'direct') : undefined
    if (named !== undefined && !isOwn(store, id, device, named)) continue
    if (saidAt < at) {
      for (const key of named ?? []) store.displace(key, id)
      if (named === undefined || !store.standsDirectly(id)) store.forget(id)
      lifted = true
    } else {
      settled = false
    }
  }
  return { lifted, settled }
}

/** @param named those of the request that the signal was said of */
function isOwn(store: StatementStore, id: number, device: IdentityKey, named: readonly IdentityKey[]): boolean {
  if (named.some((key) => key !== device)) return true
  return named.length > 0 && kindOfKey(device) !== 'advertising_id' && !store.isSaidOfOthers(id, device)
}

/**
 * What a person opted out of is lifted only where the newer signal speaks of all of it; an age only where that kind of
 * signal can say that somebody is older, and none can. What was refused for another reason is lifted by any word.
 */
function isLiftedBy({ band, withdrawal, denies }: Finding, covered: DimensionBits | undefined): boolean {
  if (covered === undefined) return true
  if (band !== undefined) return false
  return withdrawal ? (denies & ~covered) === 0 : covered !== 0
}

/** A choice as a finding. */
export function choiceFinding(denies: DimensionBits, permits: DimensionBits, child: boolean): Finding {
  return {
    signal: 'choice',
    denies,
    permits,
    deviceLimit: false,
    child,
    countryOnly: false,
    withdrawal: denies !== 0,
    why: denies !== 0 ? 'choice' : child ? 'child' : 'agreed',
  }
}

function say(store: StatementStore, statement: Statement): Omit<KeptStatement, 'direct'> {
  store.count(statement.finding.signal === 'choice' ? 'choices' : 'learnt', 1)
  return { ...statement, id: store.say(statement) }
}

/** The same choice, said before through the same channel of exactly these identities: said again, not added. */
function equalOn(
  store: StatementStore,
  keys: readonly IdentityKey[],
  { finding, channel, saidBy, at }: Statement,
): Omit<KeptStatement, 'direct'> | undefined {
  const [first] = keys
  if (first === undefined) return undefined
  const text = findingText(finding)
  const equal = store
    .standingOn(first)
    .find(
      (one) =>
        one.direct &&
        !one.cover &&
        one.channel === channel &&
        one.saidBy === saidBy &&
        findingText(one.finding) === text &&
        keys.every((key) => store.placeOf(key, one.id) === 'direct'),
    )
  if (equal !== undefined && equal.at < at) store.restate(equal.id, at)
  return equal
}

/** The same signal from the same device or, without one, already standing on the first identity. */
function equalFrom(
  store: StatementStore,
  [first]: readonly IdentityKey[],
  { finding, device }: Statement,
): Omit<KeptStatement, 'direct'> | undefined {
  const text = findingText(finding)
  if (device !== undefined) return store.saidByDevice(device).find((one) => findingText(one.finding) === text)
  if (first === undefined) return undefined
  return store
    .standingOn(first)
    .find(
      (one) => one.device === undefined && one.channel === 'signal' && !one.cover && findingText(one.finding) === text,
    )
}
