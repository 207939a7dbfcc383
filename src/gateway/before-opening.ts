/** A look at the data folder before any of its files is opened for writing: what an open would make anew must not be missing. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayConfig } from '../contracts/config.ts'
import { decodeLeaf } from '../ledger/leaf.ts'
import { readLeaves, readSize } from '../ledger/read.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'
import { subjectKeysPath } from '../storage/sqlite/subject-keys.ts'
import { highestSubject, highestSubjectGiven, highestSubjectWaiting } from '../storage/sqlite/subject-numbers.ts'
import { type Contradiction, otherKey } from './accepted-losses.ts'
import { REVISION_ACTIONS } from './on-record.ts'

/** True where a gateway has worked on this folder before. */
export function isUsed(dataFolder: string): boolean {
  return (
    existsSync(join(dataFolder, 'choices.db')) ||
    revisionFiles(dataFolder) > 0 ||
    new LedgerFolder(dataFolder).segments().length > 0
  )
}

/** No revision is left of those that the ledger names. */
export function missingRevisions(dataFolder: string): Contradiction | undefined {
  const ledger = new LedgerFolder(dataFolder)
  if (revisionFiles(dataFolder) > 0 || ledger.segments().length === 0) return undefined
  return {
    accept: 'lost-revisions',
    says: `${join(dataFolder, 'revisions')}: holds no revision, and the ledger names some, so the files in the configuration folder would be live without anybody's approval.`,
    remedy: 'Put the folder back from a backup.',
    facts: { named: highestRevisionNamed(dataFolder) },
  }
}

/** No file is left of the intake, or none of the ledger: a gateway that has worked here made both at its first start. */
export function missingStores(dataFolder: string): readonly Contradiction[] {
  if (!isUsed(dataFolder)) return []
  const events = existsSync(join(dataFolder, 'intake')) ? readdirSync(join(dataFolder, 'intake')) : []
  const noEvents: Contradiction = {
    accept: 'lost-events',
    says: `${join(dataFolder, 'intake')}: holds no accepted events, and a gateway has worked on this folder, so what waited would not be sent.`,
    remedy: 'Put the folder back as it was.',
    facts: { missing: 'all' },
  }
  const noLedger: Contradiction = {
    accept: 'lost-ledger',
    says: `${join(dataFolder, 'ledger')}: holds no record, and a gateway has worked on this folder, so what was disclosed would be on record nowhere here.`,
    remedy: 'Put the folder back from a backup.',
    facts: { missing: 'all' },
  }
  return [
    ...(events.some((name) => /^events-\d+\.db$/.test(name)) ? [] : [noEvents]),
    ...(new LedgerFolder(dataFolder).segments().length > 0 ? [] : [noLedger]),
  ]
}

/** The highest revision that the ledger names, read without an index. 0: none. */
function highestRevisionNamed(dataFolder: string): number {
  let highest = 0
  for (const { action, facts } of controlRecords(dataFolder)) {
    if (REVISION_ACTIONS.includes(action)) highest = Math.max(highest, Number(facts.revision ?? 0))
  }
  return highest
}

/** Keys of subjects that accepted events name, and that were never given out by the file there is. */
export function missingSubjectKeys(dataFolder: string): Contradiction | undefined {
  const file = subjectKeysPath(dataFolder)
  const named = highestSubjectWaiting(dataFolder)
  const given = highestSubjectGiven(file)
  if (given >= named) return undefined
  return {
    accept: 'lost-subject-keys',
    says: `${file}: ${given === 0 ? 'is missing or empty' : 'is older than the accepted events'}: ${named - given} keys that they name are not in it, so what waits under them cannot be read or sent.`,
    remedy: 'Put it back from its own backup.',
    facts: { named, given },
  }
}

/** How many keys that records of the ledger name are not in the file: whom those are about cannot be told any more. */
export function untiedSubjects(dataFolder: string): number {
  return Math.max(0, highestSubject(dataFolder) - highestSubjectGiven(subjectKeysPath(dataFolder)))
}

/**
 * The signing key is none that signed before, and the one before did not announce it.
 * @param verifierKey of the key that would sign now
 */
export function unannouncedSigningKey(dataFolder: string, verifierKey: string): Contradiction | undefined {
  const ledger = new LedgerFolder(dataFolder)
  if (ledger.segments().length === 0) return undefined
  if (ledger.trust().split('\n').includes(verifierKey)) return undefined
  for (const { action, facts } of controlRecords(dataFolder))
    if (action === 'signing_key_announced' && facts.to === verifierKey) return undefined
  return {
    accept: 'new-keys',
    says: 'key signing: is not the key that signed this ledger, and that key did not announce it, so auditors would see another writer.',
    remedy: 'Put the key back from its own backup, or announce another with `sluice ledger rotate-key`.',
    facts: { key: 'signing', to: verifierKey },
  }
}

/** The names of the gateway's own keys that a used folder must have, and does not. Keys by environment are not looked at. */
export function missingKeys({
  dataFolder,
  keys,
}: Pick<GatewayConfig, 'dataFolder' | 'keys'>): readonly Contradiction[] {
  if (!isUsed(dataFolder)) return []
  return Object.entries(keys).flatMap(([name, reference]) => {
    if (!('file' in reference) || existsSync(reference.file)) return []
    const says = `key ${name} (${reference.file}): is missing, and this data folder has been used with one.`
    return [otherKey(name, says)]
  })
}

function revisionFiles(dataFolder: string): number {
  const folder = join(dataFolder, 'revisions')
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^\d{6,}\.json$/.test(name)).length : 0
}

function* controlRecords(
  dataFolder: string,
): Generator<{ readonly action: string; readonly facts: Readonly<Record<string, unknown>> }> {
  const files = new LedgerFolder(dataFolder)
  for (const { leaf } of readLeaves(files, 0, readSize(files))) {
    const { record } = decodeLeaf(leaf)
    if (record.kind === 'control') yield { action: record.action, facts: record.facts }
  }
}
