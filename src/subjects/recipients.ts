/** Lists the recipients of a subject's data, from the ledger. */
import type { IdentityKey, Revision } from '../model/brand.ts'
import { isNotSent } from '../model/disclosure.ts'
import type { Recipient, RecordRow, Records } from './ports.ts'

/** Records read at a time. */
const PAGE = 1_000

/** Selects a subject's records. */
export interface About {
  readonly keys: readonly IdentityKey[]
  /** Also records found by these, whoever owns them. */
  readonly foundBy?: readonly IdentityKey[]
  /** Also records owned by subject keys with these numbers, which may be destroyed. */
  readonly numbers?: readonly number[]
}

/** Ordered by partner id. Reads every record of the subject. */
export async function listRecipients(records: Pick<Records, 'find'>, whom: About): Promise<readonly Recipient[]> {
  const found = new Map<string, Recipient>()
  for await (const row of recordsAbout(records, whom)) {
    if (!mayHaveLeft(row)) continue
    const partner = String(row.partner)
    const time = Number(row.time)
    const known = found.get(partner)
    found.set(partner, {
      partner,
      disclosures: (known?.disclosures ?? 0) + 1,
      firstAt: Math.min(time, known?.firstAt ?? time),
      lastAt: Math.max(time, known?.lastAt ?? time),
      revision: row.revision as Revision,
    })
  }
  return [...found.values()].sort((a, b) => (a.partner < b.partner ? -1 : 1))
}

export async function* recordsAbout(
  records: Pick<Records, 'find'>,
  { keys, foundBy = [], numbers = [] }: About,
  incomplete: () => void = () => {},
): AsyncGenerator<RecordRow> {
  for (let after: number | undefined; ; ) {
    const page = await records.find({
      subject: keys,
      foundBy,
      numbers,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })
    if (page.incomplete === true) incomplete()
    yield* page.records
    if (page.next === undefined) return
    after = page.next
  }
}

/** True for an INTENT unless its outcome shows that nothing was sent; an open or unknown outcome counts. */
export function mayHaveLeft({ kind, outcome }: RecordRow): boolean {
  if (kind !== 'intent') return false
  return !isNotSent((outcome as { readonly kind?: unknown } | undefined)?.kind)
}
