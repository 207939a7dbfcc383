/**
 * Expires old permissions and unconfirmed links. Restrictions never expire. Runs in the single writer's transaction, page by
 * page, so that no opt-out waits for it.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import { findingText, restricts, withoutPermits } from './finding.ts'
import { spread } from './propagate.ts'
import type { AgingPages, ErasureStore, KeptStatement, Link } from './store.ts'

/** Statements or links checked in one transaction. */
export const AGING_PAGE = 2_000

/** `next` is absent after the last page. */
export interface Swept<Cursor> {
  readonly done: number
  readonly next?: Cursor
}

/** Months since 1970. */
export function monthOf(at: EpochMs): number {
  const date = new Date(at)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** Processes one page of all statements: permissions older than `before` expire. */
export function expirePermissions(store: ErasureStore & AgingPages, before: EpochMs, after: number): Swept<number> {
  const page = store.statementsAfter(after, AGING_PAGE)
  const old = page
    .filter((statement) => isOld(statement, before))
    .flatMap(({ id }) =>
      store
        .activeKeys(id)
        .slice(0, 1)
        .map((key) => ({ id, key })),
    )
  const next = page.length < AGING_PAGE ? undefined : page.at(-1)?.id
  return { done: expireThese(store, old, before), ...(next === undefined ? {} : { next }) }
}

/** Removes the permissions of these statements from all identities; returns the count. Their denials keep their time. */
export function expireThese(
  store: ErasureStore,
  old: readonly { readonly id: number; readonly key: IdentityKey }[],
  before: EpochMs,
): number {
  let done = 0
  for (const { id, key } of old) {
    const statement = store.statementsOn(key).find((one) => one.id === id)
    if (statement === undefined || !isOld(statement, before)) continue
    expire(store, statement)
    done++
  }
  return done
}

/** A cover permits nothing. */
function isOld({ finding, at }: Omit<KeptStatement, 'direct'>, before: EpochMs): boolean {
  return finding.permits !== 0 && at < before
}

function expire(store: ErasureStore, { id, finding, channel, saidBy, at }: Omit<KeptStatement, 'direct'>): void {
  const rest = withoutPermits(finding)
  const isRestricting = restricts(rest)
  const restId = isRestricting ? store.insert({ finding: rest, channel, saidBy, at, cover: false }) : undefined
  for (const key of store.activeKeys(id)) {
    const direct = store.placeOf(key, id) === 'direct'
    // No longer active, but kept in the history as evidence.
    if (direct) store.keepHistory(key, id, at)
    if (restId !== undefined) store.place(key, restId, direct)
  }
  store.retire(id, at)
  if (!isRestricting) store.count('choices', -1)
}

/** Processes one page of all links: those last confirmed before month `before` are removed. */
export function pruneLinks(store: ErasureStore & AgingPages, before: number, after: Link | undefined): Swept<Link> {
  const page = store.linksAfter(after, AGING_PAGE)
  const last = page.at(-1)
  const done = pruneThese(
    store,
    page.filter(({ seen }) => seen < before),
  )
  return { done, ...(page.length < AGING_PAGE || last === undefined ? {} : { next: { a: last.a, b: last.b } }) }
}

/**
 * Removes these links; returns the count. Each end keeps the other's restrictions as direct statements of its own, which
 * only a lift of its own removes.
 */
export function pruneThese(store: ErasureStore, links: readonly Link[]): number {
  let done = 0
  for (const { a, b } of links) {
    if (!store.linked(a, b)) continue
    const [onA, onB] = [store.statementsOn(a), store.statementsOn(b)]
    // Unlink first: b's copies must not propagate back to a, where a's own lift would not remove them.
    store.unlinkPair(a, b)
    keepAsOwn(store, onA, b)
    keepAsOwn(store, onB, a)
    done++
  }
  store.count('links', -done)
  return done
}

function keepAsOwn(store: ErasureStore, others: readonly KeptStatement[], to: IdentityKey): void {
  const own = new Set(
    store.statementsOn(to).flatMap(({ finding, at, direct }) => (direct ? [`${at} ${findingText(finding)}`] : [])),
  )
  for (const { finding, channel, saidBy, at, cover } of others) {
    const kept = withoutPermits(finding)
    if (!restricts(kept) || own.has(`${at} ${findingText(kept)}`)) continue
    const statement = { finding: kept, channel, saidBy, at, cover: false }
    const id = store.insert(statement)
    if (kept.signal === 'choice' && !cover) store.count('choices', 1)
    // Propagates to linked identities like any direct statement.
    spread(store, { ...statement, id }, [to])
  }
}
