/** Ledger records, newest first. The ledger is read forwards, so a page from the end is found by widening a window. */
import type { LedgerArchive } from '../ledger/ports.ts'
import type { Query } from '../ledger/query.ts'

/** Initial window in records; quadrupled while it holds too few matches. */
const FIRST_SPAN = 1_024
const PAGE = 1_000

/** The members of a ledger row used here. */
export type Found = { readonly seq: number; readonly hash: string }

/**
 * Up to `limit` matching records before `before`, newest first.
 * @param before the ledger's size, or the number of the previous page's last record
 */
export async function newestRecords(
  archive: Pick<LedgerArchive, 'find'>,
  query: Query,
  before: number,
  limit: number,
): Promise<readonly Found[]> {
  let found: readonly Found[] = []
  let upper = before
  for (let span = FIRST_SPAN; upper > 0 && found.length < limit; span *= 4) {
    const from = Math.max(0, upper - span)
    found = [...(await between(archive, query, from, upper)), ...found]
    upper = from
  }
  return found.slice(-limit).toReversed()
}

async function between(
  archive: Pick<LedgerArchive, 'find'>,
  query: Query,
  from: number,
  upper: number,
): Promise<readonly Found[]> {
  const all: Found[] = []
  for (let after: number | undefined = from === 0 ? undefined : from - 1; ; ) {
    const { records, next } = await archive.find({ ...query, limit: PAGE, ...(after === undefined ? {} : { after }) })
    // Sound: `leafJson` gives every record these keys.
    const page = records as readonly unknown[] as readonly Found[]
    all.push(...page.filter(({ seq }) => seq < upper))
    const last = page.at(-1)
    if (next === undefined || last === undefined || last.seq >= upper) return all
    after = next
  }
}
