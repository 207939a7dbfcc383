/** What the ledger says to those who plan notices. */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import type { PastDisclosure } from '../notices/earlier-disclosures.ts'
import type { WindowRecipient } from '../notices/planner.ts'
import type { Records } from '../subjects/ports.ts'
import { mayHaveLeft, recordsAbout } from '../subjects/recipients.ts'

type Reading = Pick<Records, 'find'>

/** Every disclosure about the identity, or found by it. */
export async function* disclosuresAbout(
  archive: Reading,
  apps: readonly AppPlan[],
  identity: IdentityKey,
): AsyncGenerator<PastDisclosure> {
  for await (const row of recordsAbout(archive, { keys: [identity], foundBy: [identity] })) {
    if (!mayHaveLeft(row)) continue
    const treatments = Object.entries((row.treatments ?? {}) as Record<string, string>)
    yield {
      partner: String(row.partner) as PartnerId,
      app: String(row.app),
      platform: apps.find(({ id }) => id === row.app)?.platform,
      passed: new Set(treatments.flatMap(([name, treatment]) => (treatment === 'pass' ? [name] : []))),
    }
  }
}

/** Third parties that received something about these in this time, both ends included. */
export async function receivedWithin(
  archive: Reading,
  keys: readonly IdentityKey[],
  from: EpochMs,
  to: EpochMs,
): Promise<readonly WindowRecipient[]> {
  const found = new Map<PartnerId, number>()
  for await (const row of recordsAbout(archive, { keys, foundBy: keys })) {
    const time = Number(row.time)
    if (!mayHaveLeft(row) || row.role !== 'third_party' || time < from || time > to) continue
    const partner = String(row.partner) as PartnerId
    found.set(partner, (found.get(partner) ?? 0) + 1)
  }
  return [...found].map(([partner, disclosures]) => ({ partner, disclosures }))
}
