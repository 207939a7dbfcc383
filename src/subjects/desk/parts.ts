/** The desk's dependencies. */
import type { PersonKeys, StateChoice } from '../../choices/ports.ts'
import type { EpochMs, IdentityKey } from '../../model/brand.ts'
import type { LedgerEntry } from '../../model/disclosure.ts'
import type { PersonLinks } from '../links.ts'
import type { Recipient } from '../ports.ts'
import type { Rights } from '../rights.ts'
import type { CaseBook } from './book.ts'

export interface DeskParts {
  readonly book: CaseBook
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly stateChoice: StateChoice
  readonly personOf: (named: readonly IdentityKey[], withShared: boolean) => Promise<PersonKeys>
  readonly rights: Pick<Rights, 'erase'>
  readonly links: Pick<PersonLinks, 'make'>
  readonly recipients: (keys: readonly IdentityKey[]) => Promise<readonly Recipient[]>
  /** Regimes of the records about these identities. */
  readonly lawsOf: (keys: readonly IdentityKey[]) => Promise<readonly string[]>
  readonly now: () => EpochMs
}
