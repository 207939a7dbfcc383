/**
 * The rules of publishing. What only narrows is live at once, by one person. What gives anybody more needs a reason and
 * another person with the approver role, and waits as a proposal until then. The engine says which it is, never a caller.
 */
import { normalize } from 'node:path'
import type { Actor } from '../model/actor.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { Change, Publication } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { canonicalJson } from './canonical.ts'
import type { Plans } from './config.ts'
import type { Examiner, Meaning } from './examiner.ts'
import { formatProblem, type Problem } from './problem.ts'
import type { Proposal, Proposals } from './proposals.ts'
import { digestOfPlans, type Texts } from './revision-files.ts'
import { type RevisionBook, RevisionMoved } from './revisions.ts'
import type { SavedFiles, Seen } from './saved-files.ts'
import { carryStages, nextLapse, type Stage, type Staged, withShare } from './stage.ts'
import { fileOfPartner, textsOfPieces } from './texts.ts'
import { createTurns } from './turns.ts'
import type { UnsavedNote } from './unsaved.ts'

/** Somebody asks for a change. */
export interface Submission {
  readonly plans: Plans
  readonly texts?: Texts | undefined
  /** The revision it was made for. */
  readonly base: Revision
  readonly author: string
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
  | ({ readonly kind: 'published'; readonly revision: Revision; readonly warnings: readonly string[] } & Meaning)
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
  ): Promise<{ readonly revision: Revision; readonly proposal: Proposal }>
  /** The same change on top of what is live by now takes a stale proposal's place; its new author is whoever asks. */
  replace(number: number, submission: Submission): Promise<Submitted>
  /** By anybody but its author; the author withdraws. */
  reject(number: number, actor: Actor, note: string): Promise<Proposal>
  withdraw(number: number, actor: Actor, note: string): Promise<Proposal>
  proposals(): readonly Proposal[]
  proposal(number: number): Proposal | undefined
  isStale(proposal: Proposal): boolean
  /** What has lapsed is taken out of the plans as a revision of its own. It bound nothing any more already. */
  dropLapsed(): Promise<void>
}

interface FilesConfig {
  readonly plans: Plans
  readonly texts: Texts
  readonly warnings?: readonly Problem[]
}
export interface FilesSubmitted {
  readonly revision: Revision
  readonly changed: boolean
  /** What waits for approval, where something does. */
  readonly waiting: Proposal | undefined
  /** True where the files hold what somebody turned down. */
  readonly turnedDown: boolean
}

export interface PublisherDeps {
  readonly revisions: RevisionBook
  readonly proposals: Proposals
  /** Where published files are saved back to; undefined where they are no source. */
  readonly files: Pick<SavedFiles, 'areStill' | 'requireAsSeen' | 'write'> | undefined
  /** What is owed to these files. */
  readonly unsaved: Pick<UnsavedNote, 'write' | 'clear'>
  readonly examiner: () => Examiner
  readonly now: () => EpochMs
  /** A CONTROL record; resolves when durable. */
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
}

export const FILES_AUTHOR = 'files'
const GATEWAY_AUTHOR = 'gateway'
const isNarrowing = (change: Change): boolean => change === 'same' || change === 'narrower'

export function createPublisher(deps: PublisherDeps): Publisher {
  const { revisions, proposals, files, unsaved, examiner, now, record } = deps
  // What is decided about the live revision still holds when it is published.
  const inTurn = createTurns()
  const meaningOf = (before: Plans, after: Plans): Promise<Meaning> =>
    examiner().meaning({ before: plansOf(before), after: plansOf(after), now: now() })

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
    const { revision, changed } = await revisions.publish({ plans, texts, publication }, now(), base)
    if (changed) await record(action, { ...facts, revision })
    return revision
  }
  /** A concurrent edit on disk is refused before anything is live, so that neither side is lost. */
  const saving = async (
    { plans, seen, texts, base }: Pick<Submission, 'plans' | 'seen' | 'texts' | 'base'>,
    act: () => Promise<Revision>,
  ): Promise<Revision> => {
    if (files === undefined || seen === undefined || texts === undefined) return act()
    await files.requireAsSeen(seen, texts)
    await unsaved.write({ base, digest: digestOfPlans(plans), seen, texts })
    const revision = await act()
    await files.write(seen, texts)
    await unsaved.clear()
    return revision
  }
  /** What was read before a publish saved its files is not what they say. */
  const areStill = async ({ texts }: FilesConfig): Promise<boolean> => files === undefined || files.areStill(texts)
  const supersede = async (which: (proposal: Proposal) => boolean): Promise<void> => {
    for (const proposal of proposals.all())
      if (proposal.state === 'waiting' && which(proposal))
        await proposals.end(proposal.number, 'superseded', { by: proposal.author, at: now(), note: '' })
  }
  const propose = async (submission: Submission, plans: Plans, { change, words }: Meaning): Promise<Proposal> => {
    const { base, author, message, reason, stage, texts, seen, warnings } = submission
    const proposal = await proposals.add({
      base,
      author,
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
    await record('proposed', { proposal: proposal.number, base, author, change })
    return proposal
  }

  const stage = async (live: Plans, { plans, stage: asked }: Submission): Promise<Staged> => {
    if (asked.until === undefined && asked.percent === undefined) return { ok: true, plans }
    return examiner().staged({ before: plansOf(live), after: plans, stage: asked, now: now() })
  }

  const submit = async (submission: Submission): Promise<Submitted> => {
    const live = revisions.current()
    if (submission.base !== live.number) throw new RevisionMoved(live.number)
    const staged = await stage(live, submission)
    if (!staged.ok) throw new GatewayError('ERR_STAGE_IMPOSSIBLE', { problems: staged.problems })
    const { plans } = staged
    if (digestOfPlans(plans) === live.digest) return { kind: 'unchanged', revision: live.number }
    const meaning = await meaningOf(live, plans)
    const { author, message, reason, base, texts, seen } = submission
    if (isNarrowing(meaning.change)) {
      const publication = { author, message, approvals: [], change: meaning.change }
      const revision = await saving({ plans, seen, texts, base }, () => publish(plans, texts, publication, base))
      return { kind: 'published', revision, ...meaning, warnings: warningsOf(live, plans, submission.warnings) }
    }
    if (reason.trim() === '') throw new GatewayError('ERR_REASON_MISSING', { ...meaning })
    return { kind: 'proposed', proposal: await propose(submission, plans, meaning) }
  }

  const submitFiles = async ({ plans: written, texts, warnings }: FilesConfig): Promise<FilesSubmitted> => {
    const before = revisions.current()
    const wanted = carryStages(before, written)
    const asked = digestOfPlans(wanted)
    if (asked === before.digest) {
      await supersede(({ author }) => author === FILES_AUTHOR)
      return { revision: before.number, changed: false, waiting: undefined, turnedDown: false }
    }
    const known = proposals.all().findLast((proposal) => proposal.author === FILES_AUTHOR && proposal.asked === asked)
    const fresh = known !== undefined && known.base === before.number
    if (fresh && known.state === 'waiting')
      return { revision: before.number, changed: false, waiting: known, turnedDown: false }
    if (fresh && known.state === 'rejected')
      return { revision: before.number, changed: false, waiting: undefined, turnedDown: true }
    const whole = await meaningOf(before, wanted)
    const atOnce = isNarrowing(whole.change)
      ? wanted
      : await examiner().narrowing({ before: plansOf(before), after: wanted, now: now() })
    const pieces = textsOfPieces(atOnce, [
      { plans: wanted, texts },
      { plans: before, texts: await revisions.texts(before.number) },
    ])
    const { change } = atOnce === wanted ? whole : await meaningOf(before, atOnce)
    await supersede(({ author }) => author === FILES_AUTHOR)
    const revision =
      digestOfPlans(atOnce) === before.digest
        ? before.number
        : await publish(atOnce, pieces, { author: FILES_AUTHOR, message: '', approvals: [], change }, before.number)
    const changed = revision !== before.number
    if (isNarrowing(whole.change)) return { revision, changed, waiting: undefined, turnedDown: false }
    const rest = await meaningOf(revisions.current(), wanted)
    const submission = {
      plans: wanted,
      texts,
      warnings,
      base: revision,
      author: FILES_AUTHOR,
      message: '',
      reason: 'changed on disk',
      stage: {},
    }
    return { revision, changed, waiting: await propose(submission, wanted, rest), turnedDown: false }
  }

  const requireWaiting = (number: number): Proposal => {
    const proposal = proposals.find(number)
    if (proposal === undefined) throw new GatewayError('ERR_NOT_FOUND')
    if (proposal.state !== 'waiting') throw new GatewayError('ERR_PROPOSAL_ENDED', { state: proposal.state })
    return proposal
  }
  const isStale = ({ base, state }: Proposal): boolean => state === 'waiting' && base !== revisions.current().number

  const approve: Publisher['approve'] = async (number, actor, note) => {
    const proposal = requireWaiting(number)
    if (!actor.roles.includes('approver')) throw new GatewayError('ERR_ROLE', { needs: ['approver'] })
    if (actor.id === proposal.author) throw new GatewayError('ERR_FOUR_EYES')
    const { base, author, message, plans, texts, until } = proposal
    const live = revisions.current()
    if (base !== live.number || (until !== undefined && until <= now()))
      throw new GatewayError('ERR_PROPOSAL_STALE', { base, live: live.number })
    const { change } = await meaningOf(live, plans)
    const at = now()
    const publication = { author, message, approvals: [{ by: actor.id, at }], change }
    const revision = await saving(proposal, () => publish(plans, texts, publication, base))
    const ended = { by: actor.id, at, note, revision }
    return { revision, proposal: await proposals.end(number, 'approved', ended) }
  }
  const end = async (
    number: number,
    state: 'rejected' | 'withdrawn',
    actor: Actor,
    note: string,
  ): Promise<Proposal> => {
    const proposal = requireWaiting(number)
    const isAuthor = actor.id === proposal.author
    // Whoever made a proposal takes it back; to turn down one's own would look like a second person's word.
    if (isAuthor !== (state === 'withdrawn')) throw new GatewayError('ERR_FOUR_EYES')
    const ended = await proposals.end(number, state, { by: actor.id, at: now(), note })
    await record(`proposal_${state}`, { proposal: number, by: actor.id })
    return ended
  }

  return {
    submit: (submission) => inTurn(() => submit(submission)),
    submitFiles: (config) => inTurn(async () => ((await areStill(config)) ? submitFiles(config) : 'stale')),
    submitNarrowing: (config) =>
      inTurn(async () => {
        if (!(await areStill(config))) return 'stale'
        const live = revisions.current()
        const { change } = await meaningOf(live, carryStages(live, config.plans))
        return isNarrowing(change) ? submitFiles(config) : undefined
      }),
    rollBack: (to, by, seenFor) =>
      inTurn(async () => {
        const plan = revisions.at(to)
        if (plan === undefined) throw new GatewayError('ERR_NOT_FOUND')
        const texts = await revisions.texts(to)
        const seen = texts === undefined ? undefined : await seenFor(texts)
        return submit({ ...by, plans: plansOf(plan), texts, seen, stage: {} })
      }),
    setShare: (partner, percent, by) =>
      inTurn(async () => {
        const live = revisions.current()
        const plans = withShare(live, partner, percent)
        if (plans === undefined) throw new GatewayError('ERR_NOT_STAGED')
        return submit({ ...by, plans, texts: await revisions.texts(live.number), stage: {} })
      }),
    stopRollout: (partner, why) =>
      inTurn(async () => {
        const live = revisions.current()
        const plans = withShare(live, partner, 0)
        if (plans === undefined || digestOfPlans(plans) === live.digest) return
        // Not compared, so that nothing can keep it waiting: the terms before bind everybody, and bounds only lower.
        const publication = {
          author: GATEWAY_AUTHOR,
          message: `rollout stopped: ${why}`,
          approvals: [],
          change: 'narrower' as const,
        }
        await publish(plans, await revisions.texts(live.number), publication, live.number, 'rollout_stopped')
      }),
    replace: (number, submission) =>
      inTurn(async () => {
        const proposal = requireWaiting(number)
        const submitted = await submit(submission)
        const ended = { by: submission.author, at: now(), note: '' }
        await proposals.end(proposal.number, 'superseded', ended)
        return submitted
      }),
    approve: (number, actor, note) => inTurn(() => approve(number, actor, note)),
    reject: (number, actor, note) => inTurn(() => end(number, 'rejected', actor, note)),
    withdraw: (number, actor, note) => inTurn(() => end(number, 'withdrawn', actor, note)),
    proposals: () => proposals.all(),
    proposal: (number) => proposals.find(number),
    isStale,
    dropLapsed: () =>
      inTurn(async () => {
        const live = revisions.current()
        const at = now()
        if ((nextLapse(live, Number.NEGATIVE_INFINITY) ?? Number.POSITIVE_INFINITY) > at) return
        const plans = await examiner().withoutLapsed({ live: plansOf(live), now: at })
        if (plans === undefined) return
        const texts = await revisions.texts(live.number)
        const { change } = await meaningOf(live, plans)
        await publish(
          plans,
          texts,
          { author: GATEWAY_AUTHOR, message: 'a grant lapsed', approvals: [], change },
          live.number,
          'lapsed',
        )
      }),
  }
}

/** What is compared of a revision. */
function plansOf({ policy, apps, contracts }: Plans): Plans {
  return { policy, apps, contracts }
}

/** Those of the pieces that change, so that whoever approves reads what the change is about. */
function warningsOf(live: Plans, plans: Plans, warnings: readonly Problem[] = []): readonly string[] {
  const pieces: readonly (readonly [file: string, before: unknown, after: unknown])[] = [
    ['policy.yaml', live.policy, plans.policy],
    ['apps.yaml', live.apps, plans.apps],
    ...plans.contracts.map((after) => {
      const before = live.contracts.find(({ id }) => id === after.id)
      return [fileOfPartner(after.id), before, after] as const
    }),
  ]
  const changed = pieces.filter(([, before, after]) => canonicalJson([before]) !== canonicalJson([after]))
  return warnings.filter(({ file }) => changed.some(([name]) => file.endsWith(normalize(name)))).map(formatProblem)
}

function factsOf(plans: Plans, { author, approvals, change }: Omit<Publication, 'parent'>, parent: Revision) {
  const by = approvals.map((approval) => approval.by).join()
  return { digest: digestOfPlans(plans), parent, change, author, ...(by === '' ? {} : { approved_by: by }) }
}
