/** Joins answers of the tail: each event with its result at each partner. */
import type { AnswerOf } from '../api/client.ts'

type Answer = AnswerOf<'watchLive'>
type Item = Answer['items'][number]
export type LiveEvent = Extract<Item, { readonly kind: 'event' }>
export type LivePair = Extract<Item, { readonly kind: 'pair' }>
export type LiveRefusal = Extract<Item, { readonly kind: 'refused' }>

export interface Row {
  readonly key: string
  readonly at: string
  readonly event?: LiveEvent
  readonly pairs: readonly LivePair[]
  readonly refusal?: LiveRefusal
}

export interface Seen {
  /** Newest first. */
  readonly rows: readonly Row[]
  readonly missed: number
  readonly passed: number
  readonly shown: number
  readonly mayOpen: boolean
}

/** Maximum rows on the page. */
const MAX_ROWS = 200
export const NOTHING_SEEN: Seen = { rows: [], missed: 0, passed: 0, shown: 0, mayOpen: false }

/** Adds an answer. A pair may arrive before its event, and may have several attempts. */
export function joined(seen: Seen, { items, missed, passed, shown, may_open: mayOpen }: Answer): Seen {
  const rows = new Map(seen.rows.toReversed().map((row) => [row.key, row]))
  for (const item of items) {
    if (item.kind === 'refused') {
      const key = `r${item.seq}`
      rows.set(key, { key, at: item.at, pairs: [], refusal: item })
      continue
    }
    const key = `e${item.id}`
    const row = rows.get(key) ?? { key, at: item.at, pairs: [] }
    if (item.kind === 'event') rows.set(key, { ...row, at: item.at, event: item })
    else rows.set(key, { ...row, pairs: [...row.pairs.filter(({ partner }) => partner !== item.partner), item] })
  }
  const newest = [...rows.values()].toReversed().slice(0, MAX_ROWS)
  return { rows: newest, missed: seen.missed + missed, passed, shown, mayOpen }
}
