/** The last reading of the files, and the drift between them and the live revision: for status, metrics and alerts. */

import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { DEFAULTS_FILE } from '../contracts/defaults.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import { type Drift, driftOf } from './drift.ts'
import { lapsedGrants } from './lapsed.ts'
import type { Reloaded } from './live-config.ts'
import type { Publisher } from './publisher.ts'
import type { RevisionBook } from './revisions.ts'
import { FILES_AUTHOR } from './steps.ts'
import { fileOfPartner } from './texts.ts'

export interface FilesStatus {
  /** False with `source: store`: nothing is compared then. */
  readonly isSource: boolean
  /** Undefined until the first reading. */
  readonly read:
    | { readonly at: EpochMs; readonly ok: boolean; readonly problems: number; readonly restartNeeded: boolean }
    | undefined
  /** Relative to the last valid content of the files. */
  readonly drift: readonly Drift[]
}

export interface FilesStatusDeps {
  readonly isSource: boolean
  readonly revisions: Pick<RevisionBook, 'current' | 'at'>
  readonly publisher: Pick<Publisher, 'proposals'>
  readonly unsaved: () => readonly string[]
  readonly now: () => EpochMs
}

export function createFilesStatus({ isSource, revisions, publisher, unsaved, now }: FilesStatusDeps): {
  read(reloaded: Reloaded): void
  /** A publish wrote these files, or still has to. */
  saved(names: readonly string[], plans: Plans): void
  status(): FilesStatus
} {
  let read: FilesStatus['read']
  let files: Plans | undefined
  /** Called on every scrape; recomputed only if something changed. */
  let known: { readonly of: string; readonly files: Plans; readonly drift: readonly Drift[] } | undefined
  const drift = (): readonly Drift[] => {
    if (files === undefined) return []
    const live = revisions.current()
    const latest = publisher.proposals().findLast(({ author }) => author === FILES_AUTHOR)
    const of = JSON.stringify([live.number, latest?.number, latest?.state, unsaved()])
    if (known?.of !== of || known.files !== files) {
      const waits = latest?.state === 'waiting'
      const turnedDown = latest?.state === 'rejected'
      const lapsed = lapsedGrants(files, live, revisions.at)
      known = { of, files, drift: driftOf(files, live, { waits, turnedDown, lapsed, unsaved: unsaved() }) }
    }
    return known.drift
  }
  /** Partners whose files matched the revision before: the effect of its defaults counts as theirs too. */
  const asBefore = ({ contracts }: Plans): ReadonlySet<string> => {
    const before = revisions.at(revisions.current().publication.parent as Revision)?.contracts ?? []
    const same = contracts.filter((own) => {
      const other = before.find(({ id }) => id === own.id)
      return canonicalJson([own]) === canonicalJson([other])
    })
    return new Set(same.map(({ id }) => id))
  }
  return {
    read: ({ ok, problems, restartNeeded, files: said }) => {
      read = { at: now(), ok, problems: problems.length, restartNeeded }
      files = said ?? files
    },
    saved: (names, plans) => {
      if (files === undefined) return
      const isSaved = (id: string): boolean => names.includes(fileOfPartner(id)) || reached.has(id)
      const reached = names.includes(DEFAULTS_FILE) ? asBefore(files) : new Set()
      files = {
        policy: names.includes('policy.yaml') ? plans.policy : files.policy,
        apps: names.includes('apps.yaml') ? plans.apps : files.apps,
        contracts: [
          ...files.contracts.filter(({ id }) => !isSaved(id)),
          ...plans.contracts.filter(({ id }) => isSaved(id)),
        ],
      }
    },
    status: () => ({ isSource, read, drift: drift() }),
  }
}
