/** Puts the desk together: cases in files, what they do through a person's rights. */
import { randomBytes } from 'node:crypto'
import { kindOfKey } from '../choices/identity.ts'
import type { Choices, ErasureSteps, StateChoice } from '../choices/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { Log } from '../observe/log.ts'
import { caseKeysIn, casesIn } from '../storage/files/cases.ts'
import { type CaseBook, openCaseBook } from '../subjects/desk/book.ts'
import { type ChildrenLearnt, createChildrenLearnt } from '../subjects/desk/children.ts'
import { createDesk, type Desk } from '../subjects/desk/desk.ts'
import type { PersonLinks } from '../subjects/links.ts'
import type { Records } from '../subjects/ports.ts'
import { listRecipients, recordsAbout } from '../subjects/recipients.ts'
import type { Rights } from '../subjects/rights.ts'

export function openCases(
  dataFolder: string,
  { encryption }: { readonly encryption: Uint8Array },
  now: () => EpochMs,
  log: Log,
): Promise<CaseBook> {
  return openCaseBook({
    store: casesIn(dataFolder),
    keys: caseKeysIn(dataFolder),
    wrappingKey: encryption,
    random: randomBytes,
    now,
    damaged: (says) => log.error({}, says),
  })
}

export function joinChildren(parts: {
  readonly choices: Pick<Choices, 'lookup' | 'isSeen'>
  readonly intake: Pick<Intake, 'hasKeys'>
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly now: () => EpochMs
}): ChildrenLearnt {
  const { choices, intake, ledger, now } = parts
  return createChildrenLearnt({
    standingOf: (keys) => choices.lookup(keys).standing,
    isSeen: async (keys) => choices.isSeen(keys) || intake.hasKeys(keys),
    ledger,
    now,
  })
}

export interface DeskJoinParts {
  readonly book: CaseBook
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly records: Pick<Records, 'find'>
  readonly choices: Pick<ErasureSteps, 'personOf'>
  readonly stateChoice: StateChoice
  readonly rights: Pick<Rights, 'erase'>
  readonly links: Pick<PersonLinks, 'make'>
  readonly now: () => EpochMs
}

export function joinDesk({ records, choices, ...parts }: DeskJoinParts): Desk {
  const about = (keys: readonly IdentityKey[]) => ({
    keys,
    foundBy: keys.filter((key) => kindOfKey(key) !== 'user'),
  })
  return createDesk({
    ...parts,
    personOf: (named, withShared) => choices.personOf(named, withShared),
    recipients: (keys) => listRecipients(records, about(keys)),
    lawsOf: async (keys) => {
      const laws = new Set<string>()
      for await (const { regime } of recordsAbout(records, about(keys)))
        if (typeof regime === 'string') for (const one of regime.split('+')) laws.add(one)
      return [...laws]
    },
  })
}
