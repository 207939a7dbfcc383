/** The publishing operations, for the API, the files and timers. `publish.ts` implements the rules. */
import type { Plans } from '../contracts/config.ts'
import type { Actor } from '../model/actor.ts'
import type { Revision } from '../model/brand.ts'
import type { Problem } from '../model/problem.ts'
import type { Meaning } from './examiner.ts'
import type { Proposal } from './proposals.ts'
import type { Texts } from './revision-files.ts'
import type { Seen } from './saved-files.ts'
import type { Stage } from './stage.ts'
import type { NotSaved } from './unsaved.ts'

/** A requested change. */
export interface Submission {
  readonly plans: Plans
  readonly texts?: Texts | undefined
  /** The revision it was made for. */
  readonly base: Revision
  readonly author: string
  /** Further authors: those who rebased it or submitted the files. None of them may approve it. */
  readonly coauthors?: readonly string[] | undefined
  /** One line for the history. */
  readonly message: string
  /** Why more is to be disclosed; required only for a widening. */
  readonly reason: string
  readonly stage: Stage
  /** Files to write once it is published, with their content at creation; none if the files are not the source. */
  readonly seen?: Seen | undefined
  /** Warnings of `sluice check` in its files. */
  readonly warnings?: readonly Problem[] | undefined
}

export type Submitted =
  | ({
      readonly kind: 'published'
      readonly revision: Revision
      readonly warnings: readonly string[]
      /** It is live, but these files of the folder were not updated. */
      readonly notSaved: NotSaved | undefined
    } & Meaning)
  | { readonly kind: 'proposed'; readonly proposal: Proposal }
  /** The live revision already equals the request. */
  | { readonly kind: 'unchanged'; readonly revision: Revision }

export interface Publisher {
  /** Throws `RevisionMoved`, and `ERR_REASON_MISSING`, `ERR_STAGE_IMPOSSIBLE`. */
  submit(submission: Submission): Promise<Submitted>
  /**
   * Submits the files' content. Its narrowing part is live when this resolves; the rest waits as a proposal of the files, which
   * replaces any earlier one of theirs. A rejected change is not proposed again. `stale` if the files changed since they were
   * read: read them again, or a publish in between would be reverted.
   */
  submitFiles(config: FilesConfig): Promise<FilesSubmitted | 'stale'>
  /** The same for contracts that fail their cases: published only if it narrows, otherwise undefined and nothing changes. */
  submitNarrowing(config: FilesConfig): Promise<FilesSubmitted | 'stale' | undefined>
  /** Publishes a past revision's plans as a new revision, under the same rules. */
  rollBack(
    to: Revision,
    by: Omit<Submission, 'plans' | 'texts' | 'stage' | 'seen'>,
    seenFor: (texts: Texts) => Promise<Seen>,
  ): Promise<Submitted>
  /** Changes the share of a partner's staged terms. A smaller one is live at once. */
  setShare(
    partner: string,
    percent: number,
    by: Omit<Submission, 'plans' | 'texts' | 'stage' | 'seen'>,
  ): Promise<Submitted>
  /** Ends a partner's staged terms for every subject; in force when it resolves. */
  stopRollout(partner: string, why: string): Promise<void>
  /** Throws `ERR_FOUR_EYES`, `ERR_PROPOSAL_ENDED`, `ERR_PROPOSAL_STALE`. */
  approve(
    number: number,
    actor: Actor,
    note: string,
  ): Promise<{ readonly revision: Revision; readonly proposal: Proposal; readonly notSaved: NotSaved | undefined }>
  /**
   * Replaces a stale proposal by the same change on top of the live revision. Its author stays the author; `by`, who rebased it,
   * becomes another one.
   */
  replace(
    number: number,
    by: string,
    remade: Omit<Submission, 'author' | 'coauthors' | 'message' | 'reason' | 'stage'>,
  ): Promise<Submitted>
  /** By anyone but its authors; an author withdraws. Throws `ERR_FOUR_EYES`. */
  reject(number: number, actor: Actor, note: string): Promise<Proposal>
  withdraw(number: number, actor: Actor, note: string): Promise<Proposal>
  /** Only while it waits; comments move with a rebase. Throws `ERR_PROPOSAL_ENDED`, `ERR_COMMENTS_FULL`. */
  comment(number: number, by: string, text: string): Promise<Proposal>
  /** Retries files that could not be written. Undefined if none are left. */
  saveUnsaved(): Promise<NotSaved | undefined>
  proposals(): readonly Proposal[]
  proposal(number: number): Proposal | undefined
  isStale(proposal: Proposal): boolean
  /** Removes lapsed grants from the plans in a new revision. They had no effect any more. */
  dropLapsed(): Promise<void>
}

export interface FilesConfig {
  readonly plans: Plans
  readonly texts: Texts
  readonly warnings?: readonly Problem[]
  /** Who requested the reading; undefined at start-up, for watching and for a signal. */
  readonly handedInBy?: string | undefined
}
export interface FilesSubmitted {
  readonly revision: Revision
  readonly changed: boolean
  /** The proposal for the part that widens, if any. */
  readonly waiting: Proposal | undefined
  /** True if the files contain a rejected change. */
  readonly turnedDown: boolean
}
