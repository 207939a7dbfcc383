/** `accounting/window`: totals and rates of the last minutes or hours. */
import { z } from 'zod'
import type { PairTotals } from '../../intake/ports.ts'
import { SETTLED_STATES } from '../../model/disclosure.ts'
import type { Sample } from '../accounting-history.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const COUNT = z.int()
/** Most points of a series. */
const MAX_POINTS = 180
const MAX_MINUTES = 1_440

const SERIES = z.array(z.number())
const WINDOW = z.strictObject({
  from: z.int().describe('Epoch milliseconds; later than requested if the gateway has not run that long.'),
  to: z.int(),
  complete: z.boolean().describe('False if the gateway started within the window: earlier events are not counted.'),
  events: z.strictObject({
    received: COUNT,
    accepted: COUNT,
    rejected: COUNT,
    duplicate: COUNT,
    remainder: COUNT.describe('received − accepted − rejected − duplicate. If not 0, an event was lost.'),
  }),
  pairs: z
    .record(
      z.string(),
      z.strictObject({
        waitedBefore: COUNT.describe('Pending when the window began.'),
        routed: COUNT,
        settled: z.strictObject(Object.fromEntries(SETTLED_STATES.map((state) => [state, COUNT]))),
        withheldBy: z.record(z.string(), COUNT),
        waits: COUNT,
        failures: COUNT.describe('Requests that count as the partner’s failure.'),
        remainder: COUNT.describe('waited before + routed − everything settled − waits. If not 0, a pair was lost.'),
      }),
    )
    .describe('By partner.'),
  choices: z
    .strictObject({ count: COUNT, medianMs: z.number(), slowestMs: z.number() })
    .describe(
      'Time from receiving a choice until it is in force on every thread, for at most 100 newest choices since the start.',
    ),
  remainder: COUNT.describe('Sum of the absolute remainders.'),
  series: z.strictObject({
    times: z.array(z.int()).describe('Epoch milliseconds; each value below covers the time since the previous one.'),
    received: SERIES.describe('Events per second.'),
    partners: z
      .record(
        z.string(),
        z.strictObject({
          delivered: SERIES.describe('Pairs per second.'),
          withheld: SERIES.describe('Pairs per second.'),
          failures: SERIES.describe('Failed requests per minute.'),
          lag: SERIES.describe('Age of the oldest waiting event at that time, in seconds.'),
        }),
      )
      .describe('By partner.'),
  }),
})

export const ACCOUNTING_WINDOW_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/accounting/window',
    id: 'readAccountingWindow',
    summary: 'Accounts for events and pairs within a window that ends now, with the remainder of each sum.',
    notes:
      'Samples are kept since the gateway started, for a day: every ten seconds for the last hour, every minute before.',
    roles: ALL_STAFF,
    query: z.strictObject({ minutes: z.coerce.number().int().min(1).max(MAX_MINUTES).default(15) }),
    answers: { 200: { says: 'The window.', shape: WINDOW } },
    errors: [],
    examples: [{ title: 'the last quarter of an hour', query: { minutes: '15' } }],
    handler:
      ({ history, metrics, now }) =>
      async ({ query: { minutes } }) => {
        const from = now() - minutes * 60_000
        const samples = await history.since(from)
        return { body: { ...windowOf(samples, from), choices: choicesOf(metrics.recentChoices()) } }
      },
  }),
]

const NOTHING: PairTotals = {
  routed: 0,
  // Sound: one count for each state.
  settled: Object.fromEntries(SETTLED_STATES.map((state) => [state, 0])) as PairTotals['settled'],
  withheldBy: {},
  pending: 0,
  oldestPendingAt: undefined,
}

/** @param samples oldest first, at least one */
export function windowOf(samples: readonly Sample[], asked: number) {
  const first = samples[0]!
  const last = samples.at(-1)!
  const [was, is] = [first.totals.events, last.totals.events]
  const events = {
    received: is.received - was.received,
    accepted: is.accepted - was.accepted,
    rejected: is.rejected - was.rejected,
    duplicate: is.duplicate - was.duplicate,
  }
  const eventsLeft = events.received - events.accepted - events.rejected - events.duplicate
  const pairs = Object.fromEntries(
    Object.keys(last.totals.pairs).map((partner) => [partner, pairsOf(partner, first, last)]),
  )
  const remainder = [eventsLeft, ...Object.values(pairs).map((one) => one.remainder)].reduce(
    (sum, left) => sum + Math.abs(left),
    0,
  )
  return {
    from: first.at,
    to: last.at,
    complete: first.at <= asked,
    events: { ...events, remainder: eventsLeft },
    pairs,
    remainder,
    series: seriesOf(spread(samples, MAX_POINTS)),
  }
}

function choicesOf(seconds: readonly number[]) {
  const sorted = seconds.toSorted((a, b) => a - b)
  const toMs = (one = 0): number => rounded(one * 1_000)
  return { count: sorted.length, medianMs: toMs(sorted[Math.floor(sorted.length / 2)]), slowestMs: toMs(sorted.at(-1)) }
}

function pairsOf(partner: string, first: Sample, last: Sample) {
  const before = first.totals.pairs[partner] ?? NOTHING
  const after = last.totals.pairs[partner] ?? NOTHING
  const routed = after.routed - before.routed
  const settled = Object.fromEntries(
    SETTLED_STATES.map((state) => [state, after.settled[state] - before.settled[state]]),
  ) as PairTotals['settled']
  const withheldBy = Object.fromEntries(
    Object.entries(after.withheldBy).flatMap(([why, count]) => {
      const more = count - (before.withheldBy[why as keyof typeof before.withheldBy] ?? 0)
      return more === 0 ? [] : [[why, more]]
    }),
  )
  const ended = SETTLED_STATES.reduce((sum, state) => sum + settled[state], 0)
  return {
    waitedBefore: before.pending,
    routed,
    settled,
    withheldBy,
    waits: after.pending,
    failures: moreFailures(partner, first, last),
    remainder: before.pending + routed - ended - after.pending,
  }
}

function moreFailures(partner: string, before: Sample, after: Sample): number {
  return (after.failures[partner] ?? 0) - (before.failures[partner] ?? 0)
}

function seriesOf(samples: readonly Sample[]) {
  const steps = samples.slice(1).map((after, index) => ({ before: samples[index]!, after }))
  const perSecond = (count: number, { before, after }: (typeof steps)[number]): number =>
    rounded((count * 1_000) / Math.max(1, after.at - before.at))
  const settledOf = ({ totals }: Sample, partner: string) => (totals.pairs[partner] ?? NOTHING).settled
  return {
    times: steps.map(({ after }) => after.at as number),
    received: steps.map((step) =>
      perSecond(step.after.totals.events.received - step.before.totals.events.received, step),
    ),
    partners: Object.fromEntries(
      Object.keys(samples.at(-1)!.totals.pairs).map((partner) => {
        const rate = (state: 'delivered' | 'withheld') =>
          steps.map((step) =>
            perSecond(settledOf(step.after, partner)[state] - settledOf(step.before, partner)[state], step),
          )
        return [
          partner,
          {
            delivered: rate('delivered'),
            withheld: rate('withheld'),
            failures: steps.map((step) =>
              rounded(60 * perSecond(moreFailures(partner, step.before, step.after), step)),
            ),
            lag: steps.map(({ after }) => {
              const oldest = after.totals.pairs[partner]?.oldestPendingAt
              return oldest === undefined ? 0 : rounded(Math.max(0, after.at - oldest) / 1_000)
            }),
          },
        ]
      }),
    ),
  }
}

/** At most `most` samples, evenly spaced, including the first and the last. */
function spread(samples: readonly Sample[], most: number): readonly Sample[] {
  if (samples.length <= most) return samples
  const step = (samples.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, index) => samples[Math.round(index * step)]!)
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
