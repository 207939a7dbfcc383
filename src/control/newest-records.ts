/** The ledger's records, the newest first: it is read forwards, so that a page of the end is found by looking back. */
import type { LedgerArchive } from '../ledger/ports.ts'
import type { Query } from '../ledger/query.ts'

/** Records looked through at first; four times as many each time that they held too few. */
const FIRST_SPAN = 1_024
const PAGE = 1_000

/** What a page is made of: a row of the ledger has more. */
export type Found = { readonly seq: number; readonly hash: string }

/**
 * Up to `limit` records that match, of those before `before`, the newest first.
 * @param before the number of records, or that of the last one of the page before
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
