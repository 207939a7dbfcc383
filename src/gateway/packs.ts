/** Puts together what evidence packs and released tables are made of. */
import type { Choices } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import { createSigner } from '../ledger/signer.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Revisions } from '../publish/ports.ts'
import { createPacks, type Packs } from '../subjects/packs.ts'
import { createReleasedTables, MINIMUM_COHORT, type ReleasedTables } from '../subjects/released-tables.ts'
import { NO_CONTACT } from '../subjects/statement.ts'
import type { Keys } from './keys.ts'
import { releasedFiles } from './released-files.ts'

export interface PacksJoinParts {
  readonly config: Pick<GatewayConfig, 'ledger'>
  readonly keys: Pick<Keys, 'signing'>
  readonly choices: Pick<Choices, 'handleFor'>
  readonly ledger: { floor(): number }
  readonly archive: Pick<LedgerArchive, 'find' | 'serve' | 'evidence' | 'concerned'>
  readonly revisions: Pick<Revisions, 'current'>
  readonly now: () => EpochMs
}

function packsOf({ config, keys, choices, ledger, archive, revisions, now }: PacksJoinParts): Packs {
  return createPacks({
    records: archive,
    signer: createSigner(config.ledger.origin, keys.signing),
    floor: () => ledger.floor(),
    handleFor: (identities) => choices.handleFor(identities),
    partnerName: (partner) => revisions.current().contracts.find(({ id }) => id === partner)?.name ?? partner,
    contact: () => revisions.current().policy.contact ?? NO_CONTACT,
    now,
  })
}

export function tablesOf({
  config,
  ledger,
  archive,
  revisions,
  now,
}: {
  readonly config: Pick<GatewayConfig, 'dataFolder'>
  readonly ledger: { floor(): number }
  readonly archive: Pick<LedgerArchive, 'cohorts' | 'count' | 'find' | 'record'>
  readonly revisions: Pick<Revisions, 'current'>
  readonly now: () => EpochMs
}): ReleasedTables {
  return createReleasedTables({
    records: archive,
    files: releasedFiles(config.dataFolder),
    floor: () => ledger.floor(),
    minimum: () => revisions.current().policy.minimumCohort ?? MINIMUM_COHORT,
    now,
  })
}

/** What is handed to others. */
export function sharedOf(parts: PacksJoinParts & Parameters<typeof tablesOf>[0]): {
  readonly packs: Packs
  readonly tables: ReleasedTables
} {
  return { packs: packsOf(parts), tables: tablesOf(parts) }
}
