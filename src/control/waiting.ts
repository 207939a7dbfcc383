/** Everything that waits for an operator, for the console's overview and the webhook. */
import { stageOf } from '../diff/terms-in-words.ts'
import type { StaffRole } from '../model/actor.ts'
import type { EpochMs } from '../model/brand.ts'
import type { PartnerHealth, Tone } from '../model/partner-health.ts'
import type { DriftReason } from '../publish/drift.ts'
import { isOverdue } from '../subjects/desk/case.ts'
import { dayOf } from '../subjects/desk/clocks.ts'
import type { ControlDeps } from './deps.ts'
import { agreementOf } from './partner-health.ts'
import { type HealthDeps, type HealthOfPartner, partnerHealths } from './partner-healths.ts'

export const WAITING_KINDS = [
  'stopped',
  'partner',
  'dead_letters',
  'agreement_lapsed',
  'agreement_ends',
  'grant_ends',
  'proposal',
  'files',
  'restart',
  'drift',
  'anchor_stale',
  'anchor_contradicts',
  'inbox',
  'cases_overdue',
  'deletion_requests',
] as const
export type WaitingKind = (typeof WAITING_KINDS)[number]

/** Names no subject and no member of staff. */
export interface Waiting extends Pick<PartnerHealth, 'what' | 'cause' | 'since' | 'after' | 'next'> {
  readonly kind: WaitingKind
  /** A partner, a file or a proposal number; '' if the kind has only one item. */
  readonly id: string
  readonly tone: Tone
  /** The console's screen for it. */
  readonly path: string
}

export type WaitingDeps = HealthDeps &
  Pick<ControlDeps, 'anchorsStale' | 'choices' | 'contradicted' | 'desk' | 'inbox' | 'publishing'>

/** A grant that ends within this time is listed. */
const GRANT_SOON_MS = 14 * 24 * 3_600_000

/** Worst first, limited to items that one of `roles` may see. */
export async function waitingFor(deps: WaitingDeps, roles: readonly StaffRole[]): Promise<readonly Waiting[]> {
  const [healths, counts, deletions] = await Promise.all([
    partnerHealths(deps),
    deps.intake.deadCounts(),
    deps.choices.openDeletions(1),
  ])
  const at = deps.now()
  const mayActForPeople = roles.includes('privacy_officer') || roles.includes('auditor')
  const all: readonly (readonly Waiting[])[] = [
    stops(deps),
    healths.flatMap(partners),
    counts.map(({ partner, count, oldestAt }) => ({
      ...item('dead_letters', partner, 'warn', `/partners/${partner}?view=letters`),
      what: `${nameOf(healths, partner)}: ${count === 1 ? '1 event' : `${count} events`} ended undelivered`,
      since: oldestAt,
      next: 'Retry or discard the dead letters',
    })),
    terms(deps, at),
    proposals(deps),
    files(deps),
    anchors(deps, at),
    inboxItems(deps),
    mayActForPeople ? people(deps, at, deletions.length > 0) : [],
  ]
  const order: readonly Tone[] = ['bad', 'warn', 'calm', 'good']
  return all.flat().toSorted((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone))
}

function item(kind: WaitingKind, id: string, tone: Tone, path: string) {
  return { kind, id, tone, path, cause: '', next: '' } as const
}

function nameOf(healths: readonly HealthOfPartner[], partner: string): string {
  return healths.find((one) => one.partner === partner)?.name ?? partner
}

function stops({ stopTimes }: WaitingDeps): readonly Waiting[] {
  const since = stopTimes.ofAll()
  if (since === undefined) return []
  const one = { ...item('stopped', '', 'bad', '/'), what: 'Sending is stopped to every partner' }
  return [{ ...one, next: 'Resume all when the cause is gone', ...(since === 'unknown' ? {} : { since }) }]
}

/** Items of a partner's own state; agreements and dead letters are listed separately. */
function partners(health: HealthOfPartner): readonly Waiting[] {
  if (!['stopped', 'left_alone', 'failing', 'late'].includes(health.state)) return []
  const { partner, name, tone, what, cause, next, since, after } = health
  return [
    {
      ...item('partner', partner, tone, `/partners/${partner}`),
      what: `${name}: ${lower(what)}`,
      cause,
      next,
      ...(since === undefined ? {} : { since }),
      ...(after === undefined ? {} : { after }),
    },
  ]
}

function terms({ revisions }: WaitingDeps, at: EpochMs): readonly Waiting[] {
  return revisions.current().contracts.flatMap((contract): readonly Waiting[] => {
    const { id, name, agreementUntil } = contract
    const agreement = agreementOf(agreementUntil, at)
    const { until } = stageOf(contract)
    const path = `/partners/${id}`
    return [
      ...(agreement === undefined ? [] : [agreementItem(agreement, id, name)]),
      ...(until === undefined || until <= at || until - at >= GRANT_SOON_MS
        ? []
        : [
            {
              ...item('grant_ends', id, 'calm', path),
              what: `${name}: what was granted for a time is about to end`,
              after: { what: 'ends', at: until },
            },
          ]),
    ]
  })
}

function agreementItem(
  { state, ...found }: NonNullable<ReturnType<typeof agreementOf>>,
  id: string,
  name: string,
): Waiting {
  return { ...found, kind: state, id, path: `/partners/${id}`, what: `${name}: ${lower(found.what)}` }
}

function lower(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1)
}

function proposals({ publishing }: WaitingDeps): readonly Waiting[] {
  return publishing.publisher
    .proposals()
    .filter(({ state }) => state === 'waiting')
    .map(({ number, at }) => ({
      ...item('proposal', String(number), 'warn', `/review/${number}`),
      what: `Proposal ${number} waits for a second person`,
      since: at,
    }))
}

const DRIFT_WORDS: Readonly<Record<Exclude<DriftReason, 'staged'>, string>> = {
  waits: 'waits for approval',
  turned_down: 'was turned down and still asks for more than is live',
  lapsed: 'still gives what has ended',
  not_saved: 'could not be saved: the folder cannot be written',
  differs: 'differs from what is live',
}

function files({ publishing }: WaitingDeps): readonly Waiting[] {
  const { read, drift } = publishing.filesStatus()
  const found: Waiting[] = []
  if (read?.ok === false)
    found.push({
      ...item('files', '', 'bad', '/'),
      what: `The configuration files have ${read.problems === 1 ? '1 problem' : `${read.problems} problems`}: the last good revision runs`,
      next: '`sluice check` names them',
    })
  if (read?.restartNeeded === true)
    found.push({ ...item('restart', '', 'warn', '/'), what: 'gateway.yaml changed: it takes effect at a restart' })
  for (const { file, why } of drift)
    if (why !== 'staged') found.push({ ...item('drift', file, 'warn', '/'), what: `${file} ${DRIFT_WORDS[why]}` })
  return found
}

function anchors({ anchorsStale, contradicted }: WaitingDeps, at: EpochMs): readonly Waiting[] {
  const stale = anchorsStale()
  return [
    ...contradicted().map((anchor) => ({
      ...item('anchor_contradicts', anchor, 'bad' as const, '/ledger'),
      what: `Another history of this ledger lies at the anchor ${anchor}`,
      next: 'Find out who else writes this ledger',
    })),
    ...(stale === undefined
      ? []
      : [
          {
            ...item('anchor_stale', '', 'warn' as const, '/ledger'),
            what: 'No checkpoint was put outside',
            since: at - stale,
            next: 'The log says why each anchor fails',
          },
        ]),
  ]
}

function inboxItems({ inbox }: WaitingDeps): readonly Waiting[] {
  const count = inbox.waiting()
  if (count === 0) return []
  const what = count === 1 ? '1 name that no contract knows waits' : `${count} names that no contract knows wait`
  return [{ ...item('inbox', '', 'calm', '/inbox'), what, next: 'Grant, ignore or block each' }]
}

function people({ desk }: WaitingDeps, at: EpochMs, hasDeletions: boolean): readonly Waiting[] {
  const today = dayOf(at)
  const overdue = desk.all().filter((one) => isOverdue(one, today)).length
  return [
    ...(overdue === 0
      ? []
      : [
          {
            ...item('cases_overdue', '', 'bad' as const, '/people'),
            what:
              overdue === 1
                ? 'The law’s time for 1 person’s request is over'
                : `The law’s time for ${overdue} people’s requests is over`,
            next: 'Answer them',
          },
        ]),
    ...(hasDeletions
      ? [
          {
            ...item('deletion_requests', '', 'warn' as const, '/people'),
            what: 'Other companies’ deletion requests wait',
          },
        ]
      : []),
  ]
}
