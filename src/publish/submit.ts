/** Submits changes of the API and of the files. */
import type { Plans } from '../contracts/config.ts'
import { GatewayError } from '../model/errors.ts'
import type { Problem } from '../model/problem.ts'
import { othersThan } from './authors.ts'
import type { Examiner, Pair } from './examiner.ts'
import { type Lapsed, lapsedGrants, withoutAsking } from './lapsed.ts'
import type { FilesConfig, FilesSubmitted, Submission, Submitted } from './publisher.ts'
import { digestOfPlans, RevisionMoved } from './revision-files.ts'
import { carryStages, type Staged } from './stage.ts'
import { FILES_AUTHOR, isNarrowing, type PublisherDeps, type Steps, warningsOf } from './steps.ts'
import { fileOfPartner, textsOfPieces } from './texts.ts'

const list = (by: string | undefined): readonly string[] => (by === undefined ? [] : [by])

/** Reported, because the author may expect the change to end automatically. */
const NOTHING_TO_STAGE = 'until and percent: nothing becomes wider, so nothing ends by itself or holds for a share'

type SubmitDeps = Pick<PublisherDeps, 'revisions' | 'proposals' | 'examiner' | 'now'>

/** A narrowing is live at once; anything else waits as a proposal. MUST run serialised. */
export function createSubmit(deps: SubmitDeps, steps: Steps): (submission: Submission) => Promise<Submitted> {
  const { revisions, examiner, now } = deps
  const { pair, meaningOf, publish, saving, propose } = steps
  const stage = async (live: Plans, { plans, stage: asked }: Submission): Promise<Staged> => {
    if (asked.until === undefined && asked.percent === undefined) return { ok: true, plans, isStaged: true }
    if (asked.until !== undefined && asked.until <= now())
      return { ok: false, problems: [{ about: 'until', problem: 'has passed' }] }
    return examiner().staged({ ...pair(live, plans), stage: asked })
  }

  return async (submission) => {
    // Made for a revision of another process.
    if (submission.base > revisions.current().number) await revisions.refresh()
    const live = revisions.current()
    if (submission.base !== live.number) throw new RevisionMoved(live.number)
    const staged = await stage(live, submission)
    if (!staged.ok) throw new GatewayError('ERR_STAGE_IMPOSSIBLE', { problems: staged.problems })
    const { plans } = staged
    if (digestOfPlans(plans) === live.digest) return { kind: 'unchanged', revision: live.number }
    const meaning = await meaningOf(live, plans)
    await requireGrounds(examiner(), pair(live, plans))
    const { author, message, reason, base, texts, seen } = submission
    const coauthors = othersThan(author, submission.coauthors)
    if (isNarrowing(meaning.change)) {
      const publication = { author, ...(coauthors && { coauthors }), message, approvals: [], change: meaning.change }
      const done = await saving({ plans, seen, texts, base }, () => publish(plans, texts, publication, base))
      const idle = staged.isStaged ? [] : [NOTHING_TO_STAGE]
      const warnings = [...idle, ...warningsOf(live, plans, submission.warnings)]
      return { kind: 'published', ...done, ...meaning, warnings }
    }
    if (reason.trim() === '') throw new GatewayError('ERR_REASON_MISSING', { ...meaning })
    return { kind: 'proposed', proposal: await propose(submission, plans, meaning) }
  }
}

/** The same for files: their narrowing part is live at once, the rest waits. MUST run serialised. */
export function createSubmitFiles(deps: SubmitDeps, steps: Steps): (config: FilesConfig) => Promise<FilesSubmitted> {
  const { revisions, proposals, examiner } = deps
  const { pair, meaningOf, publish, supersede, propose } = steps
  /** Authors of pending files remain authors of the proposals that replace them. */
  const handedIn = (by: string | undefined): readonly string[] => [
    ...proposals
      .all()
      .filter(({ author, state }) => author === FILES_AUTHOR && state === 'waiting')
      .flatMap(({ coauthors = [] }) => coauthors),
    ...list(by),
  ]

  return async (config) => {
    const { plans: written, texts, warnings } = config
    const before = revisions.current()
    const lapsed = lapsedGrants(written, before, revisions.at)
    const wanted = withoutAsking(carryStages(before, written), before, lapsed)
    const asked = digestOfPlans(wanted)
    if (asked === before.digest) {
      await supersede(({ author }) => author === FILES_AUTHOR)
      return { revision: before.number, changed: false, waiting: undefined, turnedDown: false }
    }
    const known = proposals.all().findLast((proposal) => proposal.author === FILES_AUTHOR && proposal.asked === asked)
    const fresh = known !== undefined && known.base === before.number
    if (fresh && known.state === 'waiting') {
      // Known content, so far without an author: whoever submits it now is one.
      const coauthors = othersThan(FILES_AUTHOR, [...(known.coauthors ?? []), ...list(config.handedInBy)])
      const isNew = coauthors !== undefined && coauthors.length > (known.coauthors?.length ?? 0)
      const waiting = isNew ? await proposals.addCoauthors(known.number, coauthors) : known
      return { revision: before.number, changed: false, waiting, turnedDown: false }
    }
    if (fresh && known.state === 'rejected')
      return { revision: before.number, changed: false, waiting: undefined, turnedDown: true }
    const whole = await meaningOf(before, wanted)
    await requireGrounds(examiner(), pair(before, wanted))
    const atOnce = isNarrowing(whole.change) ? wanted : await examiner().narrowing(pair(before, wanted))
    const pieces = textsOfPieces(atOnce, [
      { plans: wanted, texts },
      { plans: before, texts: await revisions.texts(before.number) },
    ])
    const { change } = atOnce === wanted ? whole : await meaningOf(before, atOnce)
    const coauthors = othersThan(FILES_AUTHOR, handedIn(config.handedInBy))
    await supersede(({ author }) => author === FILES_AUTHOR)
    const publication = { author: FILES_AUTHOR, ...(coauthors && { coauthors }), message: '', approvals: [], change }
    const revision =
      digestOfPlans(atOnce) === before.digest
        ? before.number
        : await publish(atOnce, pieces, publication, before.number)
    const changed = revision !== before.number
    if (isNarrowing(whole.change)) return { revision, changed, waiting: undefined, turnedDown: false }
    const rest = await meaningOf(revisions.current(), wanted)
    const submission = {
      plans: wanted,
      texts,
      warnings: [...(warnings ?? []), ...mayAskAgain(lapsed)],
      base: revision,
      author: FILES_AUTHOR,
      coauthors,
      message: '',
      reason: 'changed on disk',
      stage: {},
    }
    return { revision, changed, waiting: await propose(submission, wanted, rest), turnedDown: false }
  }
}

/** Throws `ERR_TRANSFER_GROUND`. */
async function requireGrounds(examiner: Pick<Examiner, 'refusedTransfers'>, pair: Pair): Promise<void> {
  if (pair.after.policy.transferFree === undefined) return
  const transfers = await examiner.refusedTransfers(pair)
  if (transfers.length > 0) throw new GatewayError('ERR_TRANSFER_GROUND', { transfers })
}

/** A file changed since a grant lapsed may request it again with the rest. */
function mayAskAgain(lapsed: ReadonlyMap<string, Lapsed>): readonly Problem[] {
  return [...lapsed].flatMap(([id, { at, isSame }]) => {
    if (isSame) return []
    const found = `a file that was changed since a grant of it lapsed, ${new Date(at).toISOString()}: what it gave is asked for again, for good, where the file still holds it`
    return [{ file: fileOfPartner(id), line: 1, column: 1, path: '', found, allowed: '', hint: '' }]
  })
}
