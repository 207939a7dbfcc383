/** Finds legal holds on a subject's records: an erasure would make held records untraceable. */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { HeldRange, Records } from './ports.ts'
import { recordsAbout } from './recipients.ts'

/** Ids of the holds that cover a record about these identities. A hold on a segment also covers all later records. */
export async function holdsOver(
  records: Pick<Records, 'find'>,
  holds: readonly HeldRange[],
  identities: readonly IdentityKey[],
): Promise<readonly string[]> {
  const found = new Set<string>()
  if (holds.length === 0) return []
  for await (const row of recordsAbout(records, { keys: identities })) {
    for (const hold of holds) if (covers(hold, Number(row.seq), Number(row.time))) found.add(hold.id)
    if (found.size === holds.length) break
  }
  return [...found].sort()
}

function covers({ first, from, to }: HeldRange, seq: number, time: EpochMs): boolean {
  if (first !== undefined) return seq >= first
  return time >= (from ?? Number.NEGATIVE_INFINITY) && time <= (to ?? Number.POSITIVE_INFINITY)
}
