/** Who received something about a person: read from the ledger, never from memory. */
import type { IdentityKey, Revision } from '../model/brand.ts'
import type { Recipient, RecordRow, Records } from './ports.ts'

/** Records read at a time. */
const PAGE = 1_000

/** Whom records are about. */
export interface About {
  readonly keys: readonly IdentityKey[]
  /** And those that are found by these, whoever they are about. */
  readonly foundBy?: readonly IdentityKey[]
  /** And those about subjects' keys of these numbers, which may be destroyed already. */
  readonly numbers?: readonly number[]
}

/** By partner id. Reads every record about these identities that there is. */
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

/** True for an INTENT of which it is not on record that nothing left: while the outcome is open, or unknown, it counts. */
export function mayHaveLeft({ kind, outcome }: RecordRow): boolean {
  if (kind !== 'intent') return false
  const ended = (outcome as { readonly kind?: unknown } | undefined)?.kind
  return ended !== 'failed_before_write' && ended !== 'cancelled_not_sent'
}
