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
  first: z.int().min(0).describe('Number of its first record.'),
  end: z.int().min(0).describe('Number after its last record.'),
  bytes: z.int().min(0).describe('Of its files on disk.'),
  opened_at: z.iso.datetime(),
  sealed_at: z.iso.datetime().optional().describe('Absent for the one that takes new records.'),
  kept_until: z.iso
    .datetime()
    .optional()
    .describe('When it may be pruned, unless a hold or an older segment keeps it.'),
  holds: z.array(z.string()).describe('Ids of the legal holds that name it.'),
})
const RETENTION = z.strictObject({
  months: z.int().min(1),
  records: z.int().min(0).describe('Kept now.'),
  pruned: z.int().min(0).describe('Records before this number are gone; their hashes stay, so that proofs do.'),
  segments: z.int().min(0),
  bytes: z.int().min(0),
  next: SEGMENT.pick({ first: true, end: true, kept_until: true, holds: true })
    .optional()
    .describe('The oldest full segment: what goes next. Absent while there is none.'),
})
const ANCHOR = z.strictObject({
  name: z.string(),
  where: z.string().describe('A folder, or the origin of an address.'),
  state: z
    .enum(['current', 'behind', 'stale', 'failing', 'contradicts', 'never'])
    .describe(
      '`current`: it has every record that a checkpoint covers; `behind` for less than an hour; `stale` for longer; `failing`: the last attempt failed; `contradicts`: it holds another history; `never`: nothing lies there yet.',
    ),
  records: z.int().min(0).optional().describe('That the checkpoint there covers.'),
  lacks: z.int().min(0).describe('Records of the ledger that it does not cover.'),
  reached_at: z.iso.datetime().optional(),
  failure: z.string().optional(),
})
const CHECK = z.strictObject({
  state: z.enum(['never', 'running', 'done', 'failed']),
  started_at: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  read: z.int().min(0).optional().describe('Records read so far.'),
  of: z.int().min(0).optional().describe('Records there were when it started.'),
  why: z.string().optional().describe('Why it could not be carried out, which says nothing about the ledger.'),
  report: z
    .strictObject({
      verified: z.boolean().describe('Nothing at all was found.'),
      records: z.int().min(0),
      root: z.string(),
      lowest: z.int().min(0).describe('The lowest record that is kept.'),
      segments: z.int().min(0),
      checkpoints: z.int().min(0),
      signed: z.int().min(0).describe('Records that the newest good checkpoint covers.'),
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
    summary: 'Lists the files of the ledger, oldest first: their records, size, and until when they are kept.',
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
    summary: 'Says how long records are kept, what was pruned, and what goes next.',
    roles: READERS,
    answers: { 200: { says: 'What is kept.', shape: RETENTION } },
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
    summary: 'Lists the places outside where checkpoints lie, and how each stands to the ledger.',
    notes: 'As far as this process knows: a place that was never reached since the start says so.',
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
    summary: 'Begins to read every record again and to hold it against the tree and the checkpoints.',
    notes:
      'One at a time, in a thread of its own: sending goes on. The same as `sluice ledger fsck`, without the keys of people. Ask `GET /api/v1/ledger/check` how far it is.',
    roles: READERS,
    effect: 'acts',
    answers: { 202: { says: 'It has begun.', shape: CHECK } },
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
    summary: 'Says how far the check is, or what the last one since the start found.',
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
