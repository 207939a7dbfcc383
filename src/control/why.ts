/** Explains why a partner did or did not receive an event, by the event's messageId or by partner and time. */

import { pairRefOf } from '../flow/pair-ref.ts'
import type { FoundMessage } from '../intake/ports.ts'
import type { AppId, EpochMs, EventRef, PartnerId, Revision } from '../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import { type Reason, sentenceOfEvent } from '../model/reason.ts'
import type { ControlDeps } from './deps.ts'
import { type ContractLine, type ExplainedDisclosure, explainDisclosure, lineIn } from './explain-disclosure.ts'
import { newestRecords } from './newest-records.ts'

export const WHY_RESULTS = ['sent', 'withheld', 'not_routed', 'no_record', 'erased'] as const

/** The explanation of one pair. */
export interface WhyPair {
  readonly partner: string
  readonly result: (typeof WHY_RESULTS)[number]
  readonly says: string
  readonly why?: string
  /** The contract line, if the contract decided. */
  readonly line?: ContractLine
  readonly record?: RecordRow
  readonly outcome?: { readonly kind: string }
  readonly explanation?: ExplainedDisclosure
}
/** The members common to all ledger rows. */
interface RecordRow {
  readonly seq: number
  readonly hash: string
  readonly kind?: 'intent' | 'withheld'
  readonly time?: number
  readonly [name: string]: unknown
}
interface PairRow extends RecordRow {
  readonly eventRef: EventRef
  readonly why: Reason
  readonly revision: Revision
}

type Deps = Pick<ControlDeps, 'intake' | 'archive' | 'ledger' | 'revisions'>

/** A pair's records usually follow the event within seconds, retries later: the search widens window by window. */
const WINDOWS_MS: readonly number[] = [0, 60_000, 3_600_000, 86_400_000, Number.POSITIVE_INFINITY]
const KINDS = ['intent', 'withheld'] as const
const PAGE = 1_000

export interface WhyQuestion {
  readonly messageId: string
  /** Only this partner. */
  readonly only?: string | undefined
  /** Most ledger records read for one answer. */
  readonly mostRead: number
  /** Where an earlier answer left off. */
  readonly from?: SearchPlace | undefined
}
/** Progress of the search for a pair's record. */
export interface SearchPlace {
  readonly partner: string
  readonly window: number
  readonly kind: number
  /** Number of the last record read. */
  readonly after: number | undefined
  /** Number of the pair's latest record so far. */
  readonly found: number | undefined
}
export interface WhyAnswer {
  readonly message: FoundMessage
  readonly pairs: readonly WhyPair[]
  /** Partners without an answer yet; continue from `next`. */
  readonly left: readonly string[]
  readonly next?: SearchPlace
}

/** Undefined if no event with this messageId is kept, or it is outside the de-duplication window. */
export async function whyOfMessage(
  { messageId, only, mostRead, from }: WhyQuestion,
  deps: Deps,
): Promise<WhyAnswer | undefined> {
  const { intake, revisions } = deps
  const message = await intake.findMessage(
    revisions.current().apps.map(({ id }): AppId => id),
    messageId,
  )
  if (message === undefined) return undefined
  const accepted = message.event && revisions.kept(message.event.accepted.revision)
  const routed = message.partners.filter((partner) => only === undefined || partner === only)
  const others = (accepted ?? revisions.current()).contracts.filter(
    ({ id }) => !message.partners.includes(id) && (only === undefined || id === only),
  )
  const pairs: WhyPair[] = []
  const search = { left: mostRead }
  // Sound: an unknown partner in a cursor skips nothing.
  for (const [index, partner] of routed.entries()) {
    if (from !== undefined && index < routed.indexOf(from.partner as PartnerId)) continue
    const pair = await pairOf(partner, message, from?.partner === partner ? from : undefined, search, deps)
    if ('next' in pair) return { message, pairs, left: routed.slice(index), next: pair.next }
    pairs.push(pair)
  }
  for (const contract of others) pairs.push(await notRouted(contract, message, accepted ?? revisions.current(), deps))
  return { message, pairs, left: [] }
}

/** Explains the record nearest in time; undefined if the partner has none. */
export async function whyAt(partner: string, at: EpochMs, deps: Deps): Promise<WhyPair | undefined> {
  const { archive, ledger } = deps
  const found: RecordRow[] = []
  // Sound: `leafJson` gives every record these keys.
  const rowsOf = (records: readonly unknown[]) => records as readonly RecordRow[]
  // Search backwards from here, without reading later records.
  const [later] = rowsOf((await archive.find({ from: at, limit: 1 })).records)
  const before = later?.seq ?? ledger.size()
  for (const kind of KINDS) {
    found.push(...rowsOf((await archive.find({ kind, partner, from: at, limit: 1 })).records))
    found.push(...(await newestRecords(archive, { kind, partner, to: at }, before, 1)))
  }
  const distance = ({ time = 0 }: RecordRow): number => Math.abs(time - at)
  const [nearest] = found.toSorted((one, other) => distance(one) - distance(other))
  return nearest && explained(partner, nearest, deps)
}

async function pairOf(
  partner: PartnerId,
  { event, receivedAt }: FoundMessage,
  from: SearchPlace | undefined,
  search: { left: number },
  deps: Deps,
): Promise<WhyPair | { readonly next: SearchPlace }> {
  if (event === undefined)
    return { partner, result: 'erased', says: 'The event was erased: nobody can tell which records were of it.' }
  const begin = from ?? { partner, window: 1, kind: 0, after: undefined, found: undefined }
  const found = await recordOf(pairRefOf(event.eventRef, partner), receivedAt, begin, search, deps)
  if (typeof found === 'object') return { next: found }
  const row = found === undefined ? undefined : await deps.archive.record({ seq: found })
  // Sound: a row of the ledger.
  if (row !== undefined) return explained(partner, row as unknown as RecordRow, deps)
  const says = 'No record of its own: it waits, or was counted with others of its minute (ledger.withheld: per_minute).'
  return { partner, result: 'no_record', says }
}

/**
 * Number of the pair's decisive record: a later INTENT or WITHHELD supersedes an earlier one. If `search` runs out of records
 * first, the place to continue from.
 */
async function recordOf(
  ref: EventRef,
  receivedAt: EpochMs,
  place: SearchPlace,
  search: { left: number },
  { archive }: Deps,
): Promise<number | SearchPlace | undefined> {
  let { window, kind, after, found } = place
  // Sound: the id comes from the event, or from a cursor checked against it.
  const partner = place.partner as PartnerId
  for (; window < WINDOWS_MS.length; window++, kind = 0) {
    const [since = 0, until = 0] = [WINDOWS_MS[window - 1], WINDOWS_MS[window]]
    for (; kind < KINDS.length; kind++, after = undefined)
      for (let more = true; more; ) {
        if (search.left <= 0) return { partner, window, kind, after, found }
        const { records, next } = await archive.find({
          kind: KINDS[kind] ?? 'intent',
          partner,
          from: receivedAt + since,
          to: receivedAt + until,
          limit: Math.min(PAGE, search.left),
          ...(after === undefined ? {} : { after }),
        })
        // Count at least one, so that an empty page also uses the budget.
        search.left -= Math.max(1, records.length)
        // Sound: `leafJson` gives records of these kinds these keys.
        for (const { eventRef, seq } of records as readonly unknown[] as readonly PairRow[])
          if (eventRef === ref) found = Math.max(found ?? 0, seq)
        more = next !== undefined
        after = next
      }
    if (found !== undefined) return found
  }
  return undefined
}

async function explained(partner: string, row: RecordRow, deps: Deps): Promise<WhyPair> {
  const { archive, revisions } = deps
  const found = row.kind === 'intent' ? await archive.intent({ seq: row.seq }) : undefined
  if (found !== undefined) {
    const explanation = await explainDisclosure(found.record, { revisions })
    const { why, says } = explanation.rule
    return {
      partner,
      result: 'sent',
      why,
      says,
      ...(explanation.contract && { line: explanation.contract }),
      record: found.row as unknown as RecordRow,
      ...(found.outcome && { outcome: found.outcome }),
      explanation,
    }
  }
  // Sound: a WITHHELD has both members.
  const { why, revision } = row as PairRow
  const plan = revisions.kept(revision)
  const line = plan && (await lineIn(partner as PartnerId, plan, placeOf(why), { revisions }))
  return { partner, result: 'withheld', why, says: sentenceOfEvent(why), ...(line && { line }), record: row }
}

/** The path in the contract; empty if a law, a signal or an operator decided. */
function placeOf(why: Reason): readonly string[] {
  switch (why) {
    case 'event_not_granted':
      return ['events']
    case 'choice':
    case 'gpc':
    case 'us_privacy':
    case 'gpp':
      return ['when_restricted']
    case 'type_cannot_carry':
    case 'not_granted':
      return ['share']
    default:
      return []
  }
}

async function notRouted(
  contract: ContractPlan,
  { app, eventKey, event }: FoundMessage,
  plan: RevisionPlan,
  { revisions }: Deps,
): Promise<WhyPair> {
  const { id, apps, events } = contract
  const [says, path] = !apps.includes(app)
    ? [`Its contract does not name the app ${app}.`, ['apps']]
    : !Object.hasOwn(events, eventKey)
      ? [`Its contract does not name the event ${eventKey}.`, ['events']]
      : event?.accepted.stopped?.includes(id) === true
        ? ['An operator had stopped it.', []]
        : ['It was not there when the event came in.', []]
  const line = await lineIn(id, plan, path as readonly string[], { revisions })
  return { partner: id, result: 'not_routed', says: says as string, ...(line && { line }) }
}
