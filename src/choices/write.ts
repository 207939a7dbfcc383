/**
 * The rules for writing choices and observed signals. Runs in the single writer's transaction, so that concurrent statements
 * are serialised.
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
 * Stores a choice for these identities and those linked to them.
 * - Only a user (`user_token`) or staff may lift or opt in; a statement through another channel only adds restrictions.
 * - An earlier denial that this choice does not permit stays. `denies: 0, permits: 0` withdraws all.
 * - Only earlier direct choices of these identities are lifted, one identity at a time. A copy on a linked identity is
 *   removed with the statement's last direct identity. A choice never lifts a later one.
 * - Sticky signals are lifted from these identities only, if the choice explicitly permits all their denials; device limits
 *   and child signals never are.
 * - Purposes denied by a staff case (`SAID_BY_CASE`) are lifted only by staff.
 * - Child status and covers (see `MAX_STANDING`) are lifted only when staff withdraws everything.
 * @returns what must reach every linked identity before the acknowledgement; the choice itself first if it restricts
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
  const kept = equalOn(store, keys, statement) ?? insertStatement(store, statement)
  placeAll(store, kept, keys)
  return restricts(finding) ? [createReach(kept, keys), ...remainders] : remainders
}

/** Lifts earlier statements from each identity; the remainder of a choice keeps its original time. */
function supersede(store: StatementStore, keys: readonly IdentityKey[], said: ChoiceStatement): readonly Reach[] {
  const reaches: Reach[] = []
  const remainders = new Map<number, Omit<KeptStatement, 'direct'>>()
  for (const key of keys) {
    for (const earlier of store.statementsOn(key)) {
      if (!earlier.direct || earlier.at > said.at) continue
      const left = leftOf(earlier, said)
      if (left === earlier.finding) continue
      lift(store, key, earlier, said.at)
      if (left === undefined) continue
      const { channel, saidBy, at } = earlier
      const remainder =
        remainders.get(earlier.id) ?? insertStatement(store, { finding: left, channel, saidBy, at, cover: false })
      remainders.set(earlier.id, remainder)
      placeAll(store, remainder, [key])
      if (restricts(left)) reaches.push(createReach(remainder, [key]))
    }
  }
  return reaches
}

/** The remainder of an earlier finding: the same object if nothing is lifted, undefined if everything is. */
function leftOf({ finding, cover, saidBy }: KeptStatement, said: ChoiceStatement): Finding | undefined {
  const isWithdrawn = isWithdrawal(said)
  // An objection handled by staff is stronger than a switch in an app, which cannot withdraw it.
  const held = saidBy === SAID_BY_CASE && said.channel !== 'staff' ? finding.denies & ~(FIRST_PURPOSE - 1) : 0
  if (cover) return said.channel === 'staff' && isWithdrawn ? undefined : finding
  if (finding.signal !== 'choice') return isSignalLifted(finding, said) ? undefined : finding
  const denies = isWithdrawn ? held : finding.denies & ~said.permits
  const permits = isWithdrawn ? 0 : finding.permits & ~said.denies
  const child = finding.child && !(isWithdrawn && said.channel === 'staff')
  if (denies === finding.denies && permits === finding.permits && child === finding.child) {
    // A stored withdrawal is obsolete once another choice is made.
    return isWithdrawal(finding) && !isWithdrawn ? undefined : finding
  }
  return denies === 0 && permits === 0 && !child ? undefined : choiceFinding(denies, permits, child)
}

function isSignalLifted({ denies, deviceLimit, child, countryOnly }: Finding, said: ChoiceStatement): boolean {
  return denies !== 0 && (denies & ~(said.permits & ALL_DIMENSIONS)) === 0 && !deviceLimit && !child && !countryOnly
}

function lift(store: StatementStore, key: IdentityKey, { id, finding, cover }: KeptStatement, at: number): void {
  const isChoice = finding.signal === 'choice' && !cover
  store.removeFrom(key, id)
  if (cover) store.count('covers', -1)
  if (isChoice) store.keepHistory(key, id, at)
  if (store.isActiveDirectly(id)) return
  if (isChoice) {
    store.retire(id, at)
    store.count('choices', -1)
  } else {
    store.forget(id)
  }
}

/**
 * Links a request's identities and stores its restricting signals for each. A valid signal that restricts nothing lifts
 * earlier signals of its kind from the same device about the same subjects (see `liftSignals`). Nothing else lifts a signal,
 * not even a weaker restriction of the same kind. No signal lifts a choice or child status.
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
    if (spread(store, standing ?? insertStatement(store, statement), identities)) narrowed = true
  }
  return { narrowed, lifted, settled }
}

const NOTHING_LIFTED = { lifted: false, settled: true }

/**
 * The write key is public, and others may know a device's id: the device alone lifts no signal that a user set. A request
 * must name another identity of the signal besides the device, and lifts it only from the named ones. A signal stated for
 * the device alone may be lifted by the device, unless that is an advertising id, which partners know.
 */
function liftSignals(store: StatementStore, device: IdentityKey, observation: Observation) {
  const { identities, lifting, covers, restricting, at } = observation
  let lifted = false
  let settled = true
  if (lifting.length === 0) return NOTHING_LIFTED
  for (const { id, finding, at: saidAt } of store.fromDevice(device)) {
    const { signal } = finding
    if (signal === 'choice' || finding.child || !lifting.includes(signal)) continue
    if (restricting.some((one) => one.signal === signal) || !isLiftedBy(finding, covers?.[signal])) continue
    const named = finding.withdrawal ? identities.filter((key) => store.placeOf(key, id) === 'direct') : undefined
    if (named !== undefined && !isOwn(store, id, device, named)) continue
    if (saidAt < at) {
      for (const key of named ?? []) store.removeFrom(key, id)
      if (named === undefined || !store.isActiveDirectly(id)) store.forget(id)
      lifted = true
    } else {
      settled = false
    }
  }
  return { lifted, settled }
}

/** @param named identities of the request for which the signal was stated */
function isOwn(store: StatementStore, id: number, device: IdentityKey, named: readonly IdentityKey[]): boolean {
  if (named.some((key) => key !== device)) return true
  return named.length > 0 && kindOfKey(device) !== 'advertising_id' && !store.isDirectOnOthers(id, device)
}

/**
 * A user's opt-out is lifted only by a signal that covers all its dimensions. An age band is never lifted. A denial for
 * another reason, such as an invalid signal, is lifted by any valid signal of its kind.
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

function insertStatement(store: StatementStore, statement: Statement): Omit<KeptStatement, 'direct'> {
  store.count(statement.finding.signal === 'choice' ? 'choices' : 'learnt', 1)
  return { ...statement, id: store.insert(statement) }
}

/** An equal earlier choice through the same channel for exactly these identities: it is restated, not duplicated. */
function equalOn(
  store: StatementStore,
  keys: readonly IdentityKey[],
  { finding, channel, saidBy, at }: Statement,
): Omit<KeptStatement, 'direct'> | undefined {
  const [first] = keys
  if (first === undefined) return undefined
  const text = findingText(finding)
  const equal = store
    .statementsOn(first)
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

/** An equal signal from the same device or, without a device, active on the first identity. */
function equalFrom(
  store: StatementStore,
  [first]: readonly IdentityKey[],
  { finding, device }: Statement,
): Omit<KeptStatement, 'direct'> | undefined {
  const text = findingText(finding)
  if (device !== undefined) return store.fromDevice(device).find((one) => findingText(one.finding) === text)
  if (first === undefined) return undefined
  return store
    .statementsOn(first)
    .find(
      (one) => one.device === undefined && one.channel === 'signal' && !one.cover && findingText(one.finding) === text,
    )
}
