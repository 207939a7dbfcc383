/** `revisions/replay`: replays a draft against recent events. Counts only; sends nothing. */
import { z } from 'zod'
import { ASKED_REVISION } from '../../simulate/asked.ts'
import { MAX_REPLAYED, replay } from '../../simulate/replay-intake.ts'
import { type Route, route } from '../route.ts'
import { oneAtATime } from './one-at-a-time.ts'

const DEFAULT_LAST = 10_000
const DEFAULT_BUDGET_MS = 10_000
const MAX_BUDGET_MS = 60_000

const COUNT = z.int().min(0)
const COUNTS = z.record(z.string(), COUNT)
const REPLAY_BODY = ASKED_REVISION.safeExtend({
  last: z.int().min(1).max(MAX_REPLAYED).default(DEFAULT_LAST).describe('Newest accepted events to look at.'),
  budget_ms: z
    .int()
    .min(100)
    .max(MAX_BUDGET_MS)
    .default(DEFAULT_BUDGET_MS)
    .describe('Milliseconds after which it ends with what it has.'),
})

const REPLAYED = z.strictObject({
  against: z.strictObject({ revision: z.int() }).describe('The live revision.'),
  draft: z.boolean(),
  events: COUNT.describe('Looked at.'),
  unreadable: COUNT.describe('Erased or damaged: nothing can be said about them.'),
  nameless: COUNT.describe('Kept without their names, because no contract named them then.'),
  people: COUNT.describe('Distinct people of events that change.'),
  ended: z.enum(['asked', 'all', 'budget']),
  partners: z.array(
    z.strictObject({
      partner: z.string(),
      events: COUNT,
      same: COUNT,
      changed: COUNT,
      newlySent: COUNT,
      newlyWithheld: COUNT,
      withheld: COUNT,
      people: COUNT,
      added: COUNTS,
      removed: COUNTS,
      finer: COUNTS,
      coarser: COUNTS,
      propertiesAdded: COUNTS,
      propertiesRemoved: COUNTS,
      mayAdd: COUNTS.describe('Classes that would leave had they been kept; nobody knows how many events held them.'),
    }),
  ),
  silent: z
    .array(z.strictObject({ app: z.string(), event: z.string() }))
    .describe('Events that the draft names and of which none was looked at.'),
})

export const REPLAY_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/revisions/replay',
    id: 'replayRevision',
    summary: 'Counts what a draft would have changed of the last accepted events. Sends nothing.',
    notes:
      'One at a time. An event holds only what some contract of its day could receive; what a draft grants beyond that is counted as `mayAdd`.',
    roles: ['editor', 'approver', 'privacy_officer', 'auditor'],
    effect: 'reads',
    body: REPLAY_BODY,
    answers: { 200: { says: 'The counts, partner by partner.', shape: REPLAYED } },
    errors: ['ERR_SIMULATE_INVALID', 'ERR_CONFIG_INVALID', 'ERR_PRESSURE'],
    examples: [{ title: 'the live revision against itself', body: { last: 100 } }],
    handler: ({ simulation }) => {
      const alone = oneAtATime('another replay')
      return async ({ body }) => ({ body: await alone(() => replay(body, simulation)) })
    },
  }),
]
