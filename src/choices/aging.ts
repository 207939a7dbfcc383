/**
 * What time takes away: permissions that were said long ago, and links that nothing confirmed for long. What restricts is
 * never taken away by time. Runs inside the only writer's transaction, page by page, so that no opt-out waits for it.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import { findingText, restricts, withoutPermits } from './finding.ts'
import { spread } from './propagate.ts'
import type { AgingPages, ErasureStore, KeptStatement, Link } from './store.ts'

/** Statements, or links, looked at in one transaction. */
export const AGING_PAGE = 2_000

/** `next` is absent where that was all. */
export interface Swept<Cursor> {
  readonly done: number
  readonly next?: Cursor
}

/** Months since 1970. */
export function monthOf(at: EpochMs): number {
  const date = new Date(at)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** One page of all statements: those that permit and are from before `before` permit nothing any more. */
export function expirePermissions(store: ErasureStore & AgingPages, before: EpochMs, after: number): Swept<number> {
  const page = store.saidAfter(after, AGING_PAGE)
  const old = page
    .filter((statement) => isOld(statement, before))
    .flatMap(({ id }) =>
      store
        .standingKeys(id)
        .slice(0, 1)
        .map((key) => ({ id, key })),
    )
  const next = page.length < AGING_PAGE ? undefined : page.at(-1)?.id
  return { done: expireThese(store, old, before), ...(next === undefined ? {} : { next }) }
}

/** Takes what these permit, wherever they stand; how many that was. What one of them denies goes on, as said then. */
export function expireThese(
  store: ErasureStore,
  old: readonly { readonly id: number; readonly key: IdentityKey }[],
  before: EpochMs,
): number {
  let done = 0
  for (const { id, key } of old) {
    const statement = store.standingOn(key).find((one) => one.id === id)
    if (statement === undefined || !isOld(statement, before)) continue
    expire(store, statement)
    done++
  }
  return done
}

function isOld({ finding, at, cover }: Omit<KeptStatement, 'direct'>, before: EpochMs): boolean {
  return finding.permits !== 0 && at < before && !cover
}

function expire(store: ErasureStore, { id, finding, channel, saidBy, at }: Omit<KeptStatement, 'direct'>): void {
  const rest = withoutPermits(finding)
  const stays = restricts(rest)
  const restId = stays ? store.say({ finding: rest, channel, saidBy, at, cover: false }) : undefined
  for (const key of store.standingKeys(id)) {
    const direct = store.placeOf(key, id) === 'direct'
    // No longer standing, and still on record for whoever must show who said what.
    if (direct) store.remember(key, id, at)
    if (restId !== undefined) store.place(key, restId, direct)
  }
  store.retire(id, at)
  if (!stays) store.count('choices', -1)
}

/** One page of all links: those that nothing confirmed since `before`, a month, are taken. */
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
 * Takes these links; how many that was. Each end keeps what restricts the other, as its own: said of it, so that nothing
 * lifts it any more but what lifts its own.
 */
export function pruneThese(store: ErasureStore, links: readonly Link[]): number {
  let done = 0
  for (const { a, b } of links) {
    if (!store.linked(a, b)) continue
    const [onA, onB] = [store.standingOn(a), store.standingOn(b)]
    // First: what b keeps must not come back to a along the link, where a's own word would not lift it.
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
    store.standingOn(to).flatMap(({ finding, at, direct }) => (direct ? [`${at} ${findingText(finding)}`] : [])),
  )
  for (const { finding, channel, saidBy, at, cover } of others) {
    const kept = withoutPermits(finding)
    if (!restricts(kept) || own.has(`${at} ${findingText(kept)}`)) continue
    const statement = { finding: kept, channel, saidBy, at, cover: false }
    const id = store.say(statement)
    if (kept.signal === 'choice' && !cover) store.count('choices', 1)
    // On those linked to it as well, as if it had been said of it: links only narrow.
    spread(store, { ...statement, id }, [to])
  }
}
