/** State of the ledger: segments and retention, external anchors, and the full check. */
import { z } from 'zod'
import type { AnchorState } from '../../ledger/anchors/anchoring.ts'
import type { SegmentFacts } from '../../ledger/ports.ts'
import { monthsBefore } from '../../ledger/prune.ts'
import { GatewayError } from '../../model/errors.ts'
import type { Verification } from '../ledger-check.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'

const READERS = ['auditor', 'privacy_officer'] as const
/** Longest acceptable anchor lag: several turns of the default `every_seconds`. The alert rules use the same value. */
const STALE_MS = 3_600_000
/** Problems of a check that are listed. */
const MOST_PROBLEMS = 100

const SEGMENT = z.strictObject({
  first: z.int().min(0).describe('Number of the first record.'),
  end: z.int().min(0).describe('Number after the last record.'),
  bytes: z.int().min(0).describe('Size of its files on disk.'),
  opened_at: z.iso.datetime(),
  sealed_at: z.iso.datetime().optional().describe('Absent for the segment being written.'),
  kept_until: z.iso.datetime().optional().describe('Earliest pruning, unless a hold or an older segment prevents it.'),
  holds: z.array(z.string()).describe('Ids of legal holds on it.'),
})
const RETENTION = z.strictObject({
  months: z.int().min(1),
  records: z.int().min(0).describe('Records stored.'),
  pruned: z.int().min(0).describe('Records before this number were removed; their hashes stay, so proofs stay valid.'),
  segments: z.int().min(0),
  bytes: z.int().min(0),
  next: SEGMENT.pick({ first: true, end: true, kept_until: true, holds: true })
    .optional()
    .describe('The oldest full segment, which is pruned next. Absent if there is none.'),
})
const ANCHOR = z.strictObject({
  name: z.string(),
  where: z.string().describe('A folder, or the origin of a URL.'),
  state: z
    .enum(['current', 'behind', 'stale', 'failing', 'contradicts', 'never'])
    .describe(
      '`current`: covers every record under a checkpoint; `behind` for less than an hour; `stale` for longer; `failing`: the last attempt failed; `contradicts`: holds another history; `never`: nothing was stored there yet.',
    ),
  records: z.int().min(0).optional().describe('Records covered by its checkpoint.'),
  lacks: z.int().min(0).describe('Ledger records that it does not cover.'),
  reached_at: z.iso.datetime().optional(),
  failure: z.string().optional(),
})
const CHECK = z.strictObject({
  state: z.enum(['never', 'running', 'done', 'failed']),
  started_at: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  read: z.int().min(0).optional().describe('Records read so far.'),
  of: z.int().min(0).optional().describe('Records in the ledger when it started.'),
  why: z.string().optional().describe('Why the check could not run; no statement about the ledger.'),
  report: z
    .strictObject({
      verified: z.boolean().describe('No problem was found.'),
      records: z.int().min(0),
      root: z.string(),
      lowest: z.int().min(0).describe('The lowest stored record.'),
      segments: z.int().min(0),
      checkpoints: z.int().min(0),
      signed: z.int().min(0).describe('Records covered by the newest valid checkpoint.'),
      under_way: z.int().min(0).describe('INTENTs without an OUTCOME.'),
      problem_count: z.int().min(0),
      problems: z
        .array(z.strictObject({ name: z.string(), seq: z.int().optional(), says: z.string() }))
        .describe(`The first ${MOST_PROBLEMS}.`),
    })
    .optional(),
})

export const LEDGER_STATE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/ledger/segments',
    id: 'listSegments',
    summary: 'Lists the ledger’s segments, oldest first, with records, size and retention.',
    roles: READERS,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of segments.', shape: pageShape(SEGMENT) } },
    errors: ['ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ archive, retentionMonths }) =>
      async ({ query }) => {
        const { segments } = await archive.segments()
        const page = pageOf(segments, ({ first }) => String(first).padStart(16, '0'), query)
        return { body: { ...page, items: page.items.map((one) => segmentBody(one, retentionMonths)) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/retention',
    id: 'readRetention',
    summary: 'Returns the retention, what was pruned and what is pruned next.',
    roles: READERS,
    answers: { 200: { says: 'The retention.', shape: RETENTION } },
    errors: ['ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'what is kept' }],
    handler:
      ({ archive, retentionMonths, ledger }) =>
      async () => {
        const { floor, segments } = await archive.segments()
        const oldest = segments[0]?.sealedAt === undefined ? undefined : segmentBody(segments[0], retentionMonths)
        return {
          body: {
            months: retentionMonths,
            records: ledger.size() - floor,
            pruned: floor,
            segments: segments.length,
            bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
            ...(oldest && {
              next: { first: oldest.first, end: oldest.end, kept_until: oldest.kept_until, holds: oldest.holds },
            }),
          },
        }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/anchors',
    id: 'listAnchors',
    summary: 'Lists external anchors of checkpoints and their state.',
    notes: 'As known to this process since its start.',
    roles: READERS,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of anchors.', shape: pageShape(ANCHOR) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ anchors, ledger, now }) =>
      ({ query }) => {
        const page = pageOf(anchors(), ({ name, where }) => `${name} ${where}`, query)
        return { body: { ...page, items: page.items.map((one) => anchorBody(one, ledger.size(), now())) } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/ledger/check',
    id: 'checkLedger',
    summary: 'Starts a check of every record against the tree and the checkpoints.',
    notes:
      'One at a time, in its own thread; deliveries continue. The same as `sluice ledger fsck`, without the subjects’ keys. Progress: `GET /api/v1/ledger/check`.',
    roles: READERS,
    effect: 'acts',
    answers: { 202: { says: 'Started.', shape: CHECK } },
    errors: ['ERR_PRESSURE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'check everything', status: 202 }],
    handler:
      ({ ledgerCheck }) =>
      () => {
        if (!ledgerCheck.start()) throw new GatewayError('ERR_PRESSURE', { what: 'checkLedger' })
        return { status: 202, body: checkBody(ledgerCheck.latest()) }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/check',
    id: 'readLedgerCheck',
    summary: 'Returns the progress of the check, or the result of the last one since the start.',
    roles: READERS,
    answers: { 200: { says: 'The latest check.', shape: CHECK } },
    errors: [],
    examples: [{ title: 'how far it is' }],
    handler:
      ({ ledgerCheck }) =>
      () => ({ body: checkBody(ledgerCheck.latest()) }),
  }),
]

function segmentBody({ first, end, bytes, openedAt, sealedAt, holds }: SegmentFacts, months: number) {
  const sealed =
    sealedAt === undefined ? {} : { sealed_at: iso(sealedAt), kept_until: iso(monthsBefore(sealedAt, -months)) }
  return { first, end, bytes, opened_at: iso(openedAt), ...sealed, holds }
}

function anchorBody({ name, where, size, ageMs, failure, contradicts }: AnchorState, records: number, now: number) {
  const lacks = Math.max(0, records - (size ?? 0))
  const state = contradicts
    ? ('contradicts' as const)
    : failure !== undefined
      ? ('failing' as const)
      : ageMs === undefined
        ? ('never' as const)
        : lacks === 0
          ? ('current' as const)
          : ageMs < STALE_MS
            ? ('behind' as const)
            : ('stale' as const)
  return {
    name,
    where,
    state,
    lacks,
    ...(size === undefined ? {} : { records: size }),
    ...(ageMs === undefined ? {} : { reached_at: iso(now - Math.round(ageMs)) }),
    ...(failure === undefined ? {} : { failure }),
  }
}

function checkBody(latest: Verification): z.input<typeof CHECK> {
  if (latest.state === 'never') return { state: 'never' }
  const started = { state: latest.state, started_at: iso(latest.startedAt) }
  if (latest.state === 'running') return { ...started, read: latest.read, of: latest.of }
  const ended = { ...started, ended_at: iso(latest.endedAt) }
  if (latest.state === 'failed') return { ...ended, why: latest.why }
  const { verified, size, root, lowest, segments, checkpoints, signedSize, openIntents, problemCount, problems } =
    latest.report
  return {
    ...ended,
    report: {
      verified,
      records: size,
      root,
      lowest,
      segments,
      checkpoints,
      signed: signedSize,
      under_way: openIntents,
      problem_count: problemCount,
      problems: problems.slice(0, MOST_PROBLEMS).map((one) => ({ ...one })),
    },
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
