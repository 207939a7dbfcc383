/** Who received something about a person: read from the ledger, never from memory. */
import type { EpochMs, IdentityKey, Revision } from '../model/brand.ts'
import type { RecordRow, Records } from './ports.ts'

/** Records read at a time. */
const PAGE = 1_000

export interface Recipient {
  readonly partner: string
  /** Disclosures made, or that may have been made. */
  readonly disclosures: number
  readonly firstAt: EpochMs
  readonly lastAt: EpochMs
  /** Of the newest of them. */
  readonly revision: Revision
}

/** By partner id. Reads every record about these identities that there is. */
export async function listRecipients(
  records: Pick<Records, 'find'>,
  keys: readonly IdentityKey[],
): Promise<readonly Recipient[]> {
  const found = new Map<string, Recipient>()
  for await (const row of recordsAbout(records, keys)) {
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
  keys: readonly IdentityKey[],
): AsyncGenerator<RecordRow> {
  for (let after: number | undefined; ; ) {
    const page = await records.find({ subject: keys, limit: PAGE, ...(after === undefined ? {} : { after }) })
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
