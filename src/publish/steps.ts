/** What every way of publishing takes: what a change means, a revision made live and on record, a proposal that waits. */
import { normalize } from 'node:path'
import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { DEFAULTS_FILE } from '../contracts/defaults.ts'
import type { BlockedName } from '../inbox/ports.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { Change, Publication } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { formatProblem, type Problem } from '../model/problem.ts'
import { factsOfAuthors, othersThan } from './authors.ts'
import type { Examiner, Meaning } from './examiner.ts'
import { createPairs } from './pairs.ts'
import type { Proposal, Proposals } from './proposals.ts'
import type { Submission } from './publisher.ts'
import { digestOfPlans, type Texts } from './revision-files.ts'
import type { RevisionBook } from './revisions.ts'
import { fileOfPartner } from './texts.ts'
import type { NotSaved, UnsavedFiles } from './unsaved.ts'

export interface PublisherDeps {
  readonly revisions: RevisionBook
  readonly proposals: Proposals
  /** Where published files are saved back to; undefined where they are no source. */
  readonly unsaved: Pick<UnsavedFiles, 'files' | 'note' | 'retry'> | undefined
  readonly examiner: () => Examiner
  readonly now: () => EpochMs
  /** A CONTROL record; resolves when durable. */
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
  /** These files say what the plans say, or count as if they did. */
  readonly saved: (files: readonly string[], plans: Plans) => void
  /**
   * Awaited before plans are live, with `last` false, and when they are, with `last` true: what is kept elsewhere by the
   * names of apps' users is made ready.
   */
  readonly prepare?: (plans: Plans, last: boolean) => Promise<void>
  /** Names that the wanted plans would grant newly and somebody blocked in the inbox. */
  readonly blocked?: (live: Plans, wanted: Plans) => readonly BlockedName[]
  /** What could not be written down of a change that is live all the same. */
  readonly failed: (error: unknown) => void
}

export const FILES_AUTHOR = 'files'

export type Steps = ReturnType<typeof createSteps>

const ready = async (): Promise<void> => undefined
export const isNarrowing = (change: Change): boolean => change === 'same' || change === 'narrower'

export function createSteps(deps: PublisherDeps) {
  const { revisions, proposals, unsaved, examiner, now, record, saved, failed, prepare = ready } = deps
  const pair = createPairs(revisions, now)
  const meaningOf = (before: Plans, after: Plans): Promise<Meaning> => examiner().meaning(pair(before, after))
  /** More is recorded before it is live; less is live first, even where no record can be made. */
  const publish = async (
    plans: Plans,
    texts: Texts | undefined,
    publication: Omit<Publication, 'parent'>,
    base: Revision,
    action = 'published',
  ): Promise<Revision> => {
    const facts = factsOf(plans, publication, base)
    if (!isNarrowing(publication.change as Change)) await record(`${action}_next`, facts)
    await prepare(plans, false)
    const { revision, changed } = await revisions.publish({ plans, texts, publication }, now(), base)
    // It is live: whatever fails from here on is told, and no failure of the change.
    if (changed) await prepare(plans, true).catch(failed)
    if (changed) await record(action, { ...facts, revision }).catch(failed)
    return revision
  }
  /** A concurrent edit on disk is refused before anything is live, so that neither side is lost. */
  const saving = async (
    { plans, seen, texts, base }: Pick<Submission, 'plans' | 'seen' | 'texts' | 'base'>,
    act: () => Promise<Revision>,
  ): Promise<{ readonly revision: Revision; readonly notSaved: NotSaved | undefined }> => {
    if (unsaved === undefined || seen === undefined || texts === undefined)
      return { revision: await act(), notSaved: undefined }
    await unsaved.files.requireAsSeen(seen, texts)
    const save = await unsaved.note({ base, digest: digestOfPlans(plans), seen, texts })
    const revision = await act()
    const notSaved = await save()
    saved(Object.keys(seen), plans)
    return { revision, notSaved }
  }
  const supersede = async (which: (proposal: Proposal) => boolean): Promise<void> => {
    for (const proposal of proposals.all())
      if (proposal.state === 'waiting' && which(proposal))
        await proposals.end(proposal.number, 'superseded', { by: proposal.author, at: now(), note: '' })
  }
  /** What somebody blocked is granted by nobody's approval: it is unblocked first. */
  const requireUnblocked = (plans: Plans): void => {
    const names = deps.blocked?.(revisions.current(), plans) ?? []
    if (names.length > 0) throw new GatewayError('ERR_NAME_BLOCKED', { names })
  }
  const propose = async (submission: Submission, plans: Plans, { change, words }: Meaning): Promise<Proposal> => {
    const { base, author, message, reason, stage, texts, seen, warnings } = submission
    // Files are read by nobody whom it could be told: their proposal waits, and is not approved.
    if (author !== FILES_AUTHOR) requireUnblocked(plans)
    const coauthors = othersThan(author, submission.coauthors)
    const proposal = await proposals.add({
      base,
      author,
      coauthors,
      message,
      reason,
      texts,
      seen,
      plans,
      ...stage,
      at: now(),
      change,
      words,
      warnings: warningsOf(revisions.current(), plans, warnings),
      asked: digestOfPlans(submission.plans),
    })
    await record('proposed', { proposal: proposal.number, base, ...factsOfAuthors(proposal), change })
    return proposal
  }

  return { pair, meaningOf, publish, saving, supersede, propose, requireUnblocked }
}

/** Those of the pieces that change, so that whoever approves reads what the change is about. */
export function warningsOf(live: Plans, plans: Plans, warnings: readonly Problem[] = []): readonly string[] {
  const pieces: readonly (readonly [file: string, before: unknown, after: unknown])[] = [
    ['policy.yaml', live.policy, plans.policy],
    ['apps.yaml', live.apps, plans.apps],
    ...plans.contracts.map((after) => {
      const before = live.contracts.find(({ id }) => id === after.id)
      return [fileOfPartner(after.id), before, after] as const
    }),
  ]
  const changed = pieces.filter(([, before, after]) => canonicalJson([before]) !== canonicalJson([after]))
  // What the defaults say is of some contract.
  const names = [...changed.map(([name]) => name), ...(changed.length > 0 ? [DEFAULTS_FILE] : [])]
  return warnings.flatMap((warning) => {
    const name = names.find((one) => warning.file.endsWith(normalize(one)))
    // By the name within the folder: where that lies is nobody's business who reads a proposal.
    return name === undefined ? [] : [formatProblem({ ...warning, file: name })]
  })
}

function factsOf(plans: Plans, publication: Omit<Publication, 'parent'>, parent: Revision) {
  const { approvals, change } = publication
  const by = approvals.map((approval) => approval.by).join()
  return {
    digest: digestOfPlans(plans),
    parent,
    change,
    ...factsOfAuthors(publication),
    ...(by === '' ? {} : { approved_by: by }),
  }
}
