/** Common steps of publishing: examine a change, make a revision live and record it, create a proposal. */
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
import { type Approval, digestOfPlans, type Texts } from './revision-files.ts'
import type { RevisionBook } from './revisions.ts'
import { fileOfPartner } from './texts.ts'
import type { NotSaved, UnsavedFiles } from './unsaved.ts'

export interface PublisherDeps {
  readonly revisions: RevisionBook
  readonly proposals: Proposals
  /** Where published files are saved; undefined if the files are not the source. */
  readonly unsaved: Pick<UnsavedFiles, 'files' | 'note' | 'retry'> | undefined
  readonly examiner: () => Examiner
  readonly now: () => EpochMs
  /** A CONTROL record; resolves when durable. */
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
  /** These files now match the plans, or count as if they did. */
  readonly saved: (files: readonly string[], plans: Plans) => void
  /**
   * Awaited before plans are live, with `last` false, and after, with `last` true: prepares external state that depends on
   * apps' user ids.
   */
  readonly prepare?: (plans: Plans, last: boolean) => Promise<void>
  /** Names blocked in the inbox that the wanted plans would newly grant. */
  readonly blocked?: (live: Plans, wanted: Plans) => readonly BlockedName[]
  /** Reports what could not be stored about a change that is live all the same. */
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
  /** A widening is recorded before it is live; a narrowing is live first, even if it cannot be recorded. */
  const publish = async (
    plans: Plans,
    texts: Texts | undefined,
    publication: Omit<Publication, 'parent'>,
    base: Revision,
    action = 'published',
    approved?: Approval,
  ): Promise<Revision> => {
    const facts = factsOf(plans, publication, base)
    if (!isNarrowing(publication.change as Change)) await record(`${action}_next`, facts)
    await prepare(plans, false)
    const { revision, changed } = await revisions.publish({ plans, texts, publication, approved }, now(), base)
    // It is live: later failures are reported, but do not fail the change.
    if (changed) await prepare(plans, true).catch(failed)
    if (changed) await record(action, { ...facts, revision }).catch(failed)
    return revision
  }
  /** A concurrent edit on disk is rejected before anything is live, so that neither change is lost. */
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
  /** A blocked name must be unblocked first; approval does not override a block. */
  const requireUnblocked = (plans: Plans): void => {
    const names = deps.blocked?.(revisions.current(), plans) ?? []
    if (names.length > 0) throw new GatewayError('ERR_NAME_BLOCKED', { names })
  }
  const propose = async (submission: Submission, plans: Plans, { change, words }: Meaning): Promise<Proposal> => {
    const { base, author, message, reason, stage, texts, seen, warnings } = submission
    // Files have no caller to inform: their proposal waits, and cannot be approved.
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

/** Only warnings in changed pieces, so that approvers see what concerns the change. */
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
  // Defaults are part of some contract.
  const names = [...changed.map(([name]) => name), ...(changed.length > 0 ? [DEFAULTS_FILE] : [])]
  return warnings.flatMap((warning) => {
    const name = names.find((one) => warning.file.endsWith(normalize(one)))
    // Relative to the folder: its location is not for readers of a proposal.
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
