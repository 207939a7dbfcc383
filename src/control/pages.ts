/** Pagination: a stable order and an opaque cursor. */
import { z } from 'zod'
import { type NodeId, ONLY_NODE } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'

/** Default entries on a page. */
const PAGE = 100
/** Most entries of one page. */
const MAX_PAGE = 1_000

/** Query parameters of every list. */
export const PAGE_QUERY = z.strictObject({
  cursor: z.string().min(1).max(500).optional().describe('`next` of the previous page; default the first page.'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(PAGE).describe('Maximum number of entries.'),
})
export type PageQuery = z.output<typeof PAGE_QUERY>

/** Answer shape of every list. */
export function pageShape<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    next: z.string().optional().describe('Cursor of the next page; absent on the last one.'),
  })
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

/**
 * A page of a list in memory. `keyOf` MUST be unique; entries are ordered by key (UTF-16 units), so that concurrent changes
 * neither repeat nor skip others.
 */
export function pageOf<Item>(items: readonly Item[], keyOf: (item: Item) => string, query: PageQuery): Page<Item> {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor)
  const sorted = items
    .filter((item) => after === undefined || keyOf(item) > after)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  return cut(sorted.slice(0, query.limit + 1), query.limit, (last) => writeCursor(`1:${keyOf(last)}`))
}

/**
 * A page of a list that each node keeps in its own order, given up to `limit + 1` entries.
 */
export function cutPage<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  limit: number,
  node: NodeId = ONLY_NODE,
): Page<Item> {
  return cut(items, limit, (last) => nodeCursor(keyOf(last), node))
}

/** A cursor for a position without an entry. */
export function nodeCursor(key: string, node: NodeId = ONLY_NODE): string {
  return writeCursor(`2:${node}/${key}`)
}

/**
 * The key in a cursor of `cutPage`. An old cursor without a node belongs to the only node. Throws `ERR_CURSOR`, also for
 * another node's cursor.
 */
export function readNodeCursor(cursor: string, node: NodeId = ONLY_NODE): string {
  const text = cursorText(cursor)
  if (node === ONLY_NODE && text.startsWith('1:')) return text.slice(2)
  const own = `2:${node}/`
  if (!text.startsWith(own)) throw new GatewayError('ERR_CURSOR')
  return text.slice(own.length)
}

function cut<Item>(items: readonly Item[], limit: number, cursorOf: (last: Item) => string): Page<Item> {
  const page = items.slice(0, limit)
  const last = page.at(-1)
  return items.length > limit && last !== undefined ? { items: page, next: cursorOf(last) } : { items: page }
}

/** Opaque to callers. */
function writeCursor(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function cursorText(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (writeCursor(text) !== cursor) throw new GatewayError('ERR_CURSOR')
  return text
}

function readCursor(cursor: string): string {
  const text = cursorText(cursor)
  if (!text.startsWith('1:')) throw new GatewayError('ERR_CURSOR')
  return text.slice(2)
}
