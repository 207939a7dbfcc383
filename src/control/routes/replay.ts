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
  last: z.int().min(1).max(MAX_REPLAYED).default(DEFAULT_LAST).describe('Newest accepted events to read.'),
  budget_ms: z
    .int()
    .min(100)
    .max(MAX_BUDGET_MS)
    .default(DEFAULT_BUDGET_MS)
    .describe('Time limit in milliseconds; returns the counts so far.'),
})

const REPLAYED = z.strictObject({
  against: z.strictObject({ revision: z.int() }).describe('The live revision.'),
  draft: z.boolean(),
  events: COUNT.describe('Events read.'),
  unreadable: COUNT.describe('Erased or damaged.'),
  nameless: COUNT.describe('Stored without names, because no contract named them at the time.'),
  people: COUNT.describe('Distinct subjects of changed events.'),
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
      mayAdd: COUNTS.describe('Classes that would be sent if they had been stored; the number of events is unknown.'),
    }),
  ),
  silent: z
    .array(z.strictObject({ app: z.string(), event: z.string() }))
    .describe('Events named by the draft that did not occur among those read.'),
})

export const REPLAY_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/revisions/replay',
    id: 'replayRevision',
    summary: 'Counts what a draft would have changed for recent events. Sends nothing.',
    notes:
      'One call at a time. A stored event has only fields that some contract could receive at the time; further grants of a draft are counted as `mayAdd`.',
    roles: ['editor', 'approver', 'privacy_officer', 'auditor'],
    effect: 'reads',
    body: REPLAY_BODY,
    answers: { 200: { says: 'The counts by partner.', shape: REPLAYED } },
    errors: ['ERR_SIMULATE_INVALID', 'ERR_CONFIG_INVALID', 'ERR_PRESSURE'],
    examples: [{ title: 'the live revision against itself', body: { last: 100 } }],
    handler: ({ simulation }) => {
      const alone = oneAtATime('another replay')
      return async ({ body }) => ({ body: await alone(() => replay(body, simulation)) })
    },
  }),
]
