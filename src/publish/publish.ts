/**
 * The rules of publishing. A change that only narrows goes live at once, by one person. A widening needs a reason and a second
 * person with the approver role, and waits as a proposal until then. The decision engine classifies changes, never a caller.
 */
import type { Actor } from '../model/actor.ts'
import { GatewayError } from '../model/errors.ts'
import { createInTurn } from '../platform/in-turn.ts'
import { isAuthor } from './authors.ts'
import { LAPSE } from './lapsed.ts'
import { plansOf } from './pairs.ts'
import { MAX_COMMENTS, type Proposal } from './proposals.ts'
import type { FilesConfig, Publisher } from './publisher.ts'
import { digestOfPlans, RevisionMoved } from './revision-files.ts'
import { carryStages, nextLapse, withShare } from './stage.ts'
import { createSteps, isNarrowing, type PublisherDeps, type Steps } from './steps.ts'
import { createSubmit, createSubmitFiles } from './submit.ts'

export function createPublisher(deps: PublisherDeps): Publisher {
  const { revisions, proposals, unsaved, examiner, now } = deps
  const files = unsaved?.files
  // Serialised, so that a decision about the live revision still holds when it is published.
  const inTurn = createInTurn()
  const steps = createSteps(deps)
  const { meaningOf, publish } = steps
  const submit = createSubmit(deps, steps)
  const submitFiles = createSubmitFiles(deps, steps)
  const { requireWaiting, approve, end } = createEndings(deps, steps)
  /** False if a publish saved its files after they were read. */
  const isUnchanged = async ({ texts }: FilesConfig): Promise<boolean> =>
    files === undefined || files.isUnchanged(texts)
  /** Once more on top of what another process published meanwhile. */
  const onTop = async (work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => {
      if (!(error instanceof RevisionMoved)) throw error
      return work()
    })
  }
  return {
    submit: (submission) => inTurn(() => submit(submission)),
    submitFiles: (config) => inTurn(async () => ((await isUnchanged(config)) ? submitFiles(config) : 'stale')),
    submitNarrowing: (config) =>
      inTurn(async () => {
        if (!(await isUnchanged(config))) return 'stale'
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
      inTurn(() =>
        onTop(async () => {
          const live = revisions.current()
          const plans = withShare(live, partner, 0)
          if (plans === undefined || digestOfPlans(plans) === live.digest) return
          // Not examined, so that nothing can delay it: the earlier terms apply to everyone, and bounds only lower.
          const publication = {
            author: LAPSE.author,
            message: `rollout stopped: ${why}`,
            approvals: [],
            change: 'narrower' as const,
          }
          await publish(plans, await revisions.texts(live.number), publication, live.number, 'rollout_stopped')
        }),
      ),
    replace: (number, by, remade) =>
      inTurn(async () => {
        const proposal = requireWaiting(number)
        const { author, coauthors = [], message, reason, until, percent, comments = [] } = proposal
        const stage = { until, percent }
        const submitted = await submit({ ...remade, author, coauthors: [...coauthors, by], message, reason, stage })
        const ended = { by, at: now(), note: '' }
        await proposals.end(proposal.number, 'superseded', ended)
        if (submitted.kind !== 'proposed' || comments.length === 0) return submitted
        return { ...submitted, proposal: await proposals.addComments(submitted.proposal.number, comments) }
      }),
    approve: (number, actor, note) => inTurn(() => approve(number, actor, note)),
    reject: (number, actor, note) => inTurn(() => end(number, 'rejected', actor, note)),
    withdraw: (number, actor, note) => inTurn(() => end(number, 'withdrawn', actor, note)),
    comment: (number, by, text) =>
      inTurn(async () => {
        const { comments = [] } = requireWaiting(number)
        if (comments.length >= MAX_COMMENTS) throw new GatewayError('ERR_COMMENTS_FULL')
        return proposals.addComments(number, [{ by, at: now(), text }])
      }),
    saveUnsaved: () => inTurn(async () => unsaved?.retry()),
    proposals: () => proposals.all(),
    proposal: (number) => proposals.find(number),
    isStale: ({ base, state }) => state === 'waiting' && base !== revisions.current().number,
    dropLapsed: () =>
      inTurn(() =>
        onTop(async () => {
          const live = revisions.current()
          const at = now()
          if ((nextLapse(live, Number.NEGATIVE_INFINITY) ?? Number.POSITIVE_INFINITY) > at) return
          const plans = await examiner().withoutLapsed({ live: plansOf(live), now: at })
          if (plans === undefined) return
          const texts = await revisions.texts(live.number)
          const { change } = await meaningOf(live, plans)
          await publish(plans, texts, { ...LAPSE, approvals: [], change }, live.number, 'lapsed')
        }),
      ),
  }
}

/** Endings of proposals by a person. */
function createEndings({ revisions, proposals, now, record, failed }: PublisherDeps, steps: Steps) {
  const { meaningOf, publish, saving, requireUnblocked } = steps
  const requireWaiting = (number: number): Proposal => {
    const proposal = proposals.find(number)
    if (proposal === undefined) throw new GatewayError('ERR_NOT_FOUND')
    if (proposal.state !== 'waiting') throw new GatewayError('ERR_PROPOSAL_ENDED', { state: proposal.state })
    return proposal
  }

  const approve: Publisher['approve'] = async (number, actor, note) => {
    const proposal = requireWaiting(number)
    if (!actor.roles.includes('approver')) throw new GatewayError('ERR_ROLE', { needs: ['approver'] })
    if (isAuthor(proposal, actor)) throw new GatewayError('ERR_FOUR_EYES')
    const { base, author, coauthors, message, plans, texts, until } = proposal
    const live = revisions.current()
    if (base !== live.number || (until !== undefined && until <= now()))
      throw new GatewayError('ERR_PROPOSAL_STALE', { base, live: live.number })
    requireUnblocked(plans)
    const { change } = await meaningOf(live, plans)
    const at = now()
    const approvals = [{ by: actor.id, at }]
    const publication = { author, ...(coauthors && { coauthors }), message, approvals, change }
    const ended = { by: actor.id, at, note }
    const act = () => publish(plans, texts, publication, base, 'published', { number, ended })
    const done = await saving(proposal, act).catch((error: unknown) => {
      if (!(error instanceof RevisionMoved)) throw error
      throw new GatewayError('ERR_PROPOSAL_STALE', { base, live: error.live }, error)
    })
    const { revision } = done
    // If this is lost in a restart, the proposal is stale anyway: another revision is live.
    await proposals.end(number, 'approved', { ...ended, revision }).catch(failed)
    return { ...done, proposal: { ...proposal, state: 'approved', ended: { ...ended, revision } } }
  }
  const end = async (
    number: number,
    state: 'rejected' | 'withdrawn',
    actor: Actor,
    note: string,
  ): Promise<Proposal> => {
    const proposal = requireWaiting(number)
    // Authors withdraw; rejecting one's own proposal would look like a second person's decision.
    if (isAuthor(proposal, actor) !== (state === 'withdrawn')) throw new GatewayError('ERR_FOUR_EYES')
    const ended = await proposals.end(number, state, { by: actor.id, at: now(), note })
    await record(`proposal_${state}`, { proposal: number, by: actor.id })
    return ended
  }
  return { requireWaiting, approve, end }
}
