/** What publishing offers: asked for by people, by the files, and by time. `publish.ts` has the rules. */
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

/** Somebody asks for a change. */
export interface Submission {
  readonly plans: Plans
  readonly texts?: Texts | undefined
  /** The revision it was made for. */
  readonly base: Revision
  readonly author: string
  /** Others who wrote any of it: who made it anew, who handed in the files. None of them approves it. */
  readonly coauthors?: readonly string[] | undefined
  /** One line for the history. */
  readonly message: string
  /** Why more is to be disclosed; needed only where that is so. */
  readonly reason: string
  readonly stage: Stage
  /** Files to be written once it is published, as they were seen; none where the files are no source. */
  readonly seen?: Seen | undefined
  /** What `sluice check` warns of in the files it is made of. */
  readonly warnings?: readonly Problem[] | undefined
}

export type Submitted =
  | ({
      readonly kind: 'published'
      readonly revision: Revision
      readonly warnings: readonly string[]
      /** It is live; these files of the folder still say what they said. */
      readonly notSaved: NotSaved | undefined
    } & Meaning)
  | { readonly kind: 'proposed'; readonly proposal: Proposal }
  /** What is live is what was asked for. */
  | { readonly kind: 'unchanged'; readonly revision: Revision }

export interface Publisher {
  /** Throws `RevisionMoved`, and `ERR_REASON_MISSING`, `ERR_STAGE_IMPOSSIBLE`. */
  submit(submission: Submission): Promise<Submitted>
  /**
   * What the files say. Their narrowing part is live when it resolves; the rest waits as a proposal of the files, which
   * takes the place of any that they made before. A proposal that was turned down is not made again. `stale` where the
   * files say something else by now: they are to be read again, or they would take back what was saved meanwhile.
   */
  submitFiles(config: FilesConfig): Promise<FilesSubmitted | 'stale'>
  /** The same where contracts break their cases: live where it only narrows, else undefined and nothing is changed. */
  submitNarrowing(config: FilesConfig): Promise<FilesSubmitted | 'stale' | undefined>
  /** Makes a revision's plans live again, as a new revision and under the same rules. */
  rollBack(
    to: Revision,
    by: Omit<Submission, 'plans' | 'texts' | 'stage' | 'seen'>,
    seenFor: (texts: Texts) => Promise<Seen>,
  ): Promise<Submitted>
  /** Another share for what is staged for one partner. Less is live at once. */
  setShare(
    partner: string,
    percent: number,
    by: Omit<Submission, 'plans' | 'texts' | 'stage' | 'seen'>,
  ): Promise<Submitted>
  /** Ends what is staged for a partner, for everybody: nobody has it any more when it resolves. */
  stopRollout(partner: string, why: string): Promise<void>
  /** Throws `ERR_FOUR_EYES`, `ERR_PROPOSAL_ENDED`, `ERR_PROPOSAL_STALE`. */
  approve(
    number: number,
    actor: Actor,
    note: string,
  ): Promise<{ readonly revision: Revision; readonly proposal: Proposal; readonly notSaved: NotSaved | undefined }>
  /**
   * The same change on top of what is live by now takes a stale proposal's place. Who wrote it stays its author; `by`, who
   * made it anew, becomes another.
   */
  replace(
    number: number,
    by: string,
    remade: Omit<Submission, 'author' | 'coauthors' | 'message' | 'reason' | 'stage'>,
  ): Promise<Submitted>
  /** By anybody but its authors; an author withdraws. Throws `ERR_FOUR_EYES`. */
  reject(number: number, actor: Actor, note: string): Promise<Proposal>
  withdraw(number: number, actor: Actor, note: string): Promise<Proposal>
  /** While it waits; goes on with it when it is made anew. Throws `ERR_PROPOSAL_ENDED`, `ERR_COMMENTS_FULL`. */
  comment(number: number, by: string, text: string): Promise<Proposal>
  /** Tries again to save files that could not be written. Undefined where nothing is unsaved any more. */
  saveUnsaved(): Promise<NotSaved | undefined>
  proposals(): readonly Proposal[]
  proposal(number: number): Proposal | undefined
  isStale(proposal: Proposal): boolean
  /** What has lapsed is taken out of the plans as a revision of its own. It bound nothing any more already. */
  dropLapsed(): Promise<void>
}

export interface FilesConfig {
  readonly plans: Plans
  readonly texts: Texts
  readonly warnings?: readonly Problem[]
  /** Who asked for the files to be read: undefined at a start, by watching and by a signal, where nobody is known. */
  readonly handedInBy?: string | undefined
}
export interface FilesSubmitted {
  readonly revision: Revision
  readonly changed: boolean
  /** What waits for approval, where something does. */
  readonly waiting: Proposal | undefined
  /** True where the files hold what somebody turned down. */
  readonly turnedDown: boolean
}
