/** `status`: the live revision, file drift, pending work and stops in one answer. */
import { z } from 'zod'
import { DRIFTS, type Drift } from '../../publish/drift.ts'
import { NAMES, namesOf } from '../names.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const DRIFT = z.strictObject({
  file: z.string(),
  why: z
    .enum(DRIFTS)
    .describe(
      '`waits` for approval; `turned_down`; `lapsed`: its widening has ended; `staged` for a percentage or a time; `not_saved`: the folder cannot be written; `differs` otherwise.',
    ),
  percent: z.int().optional().describe('Percentage of subjects.'),
  until: z.iso.datetime().optional().describe('When it ends or ended.'),
})
export const DRIFT_LIST = z.array(DRIFT).describe('Files that differ from the live revision.')

const STATUS = z.strictObject({
  cell: z.string().optional().describe('Which cell answers; absent for a gateway by itself.'),
  revision: z.int(),
  activated_at: z.iso.datetime(),
  author: z.string(),
  names: NAMES,
  files: z.strictObject({
    source: z.enum(['files', 'store']),
    read_at: z.iso.datetime().optional(),
    ok: z.boolean().optional().describe('False: the last valid revision stays live.'),
    problems: z.int().optional(),
    restart_needed: z.boolean().optional(),
    drift: DRIFT_LIST,
  }),
  proposals: z.strictObject({ waiting: z.int(), oldest_at: z.iso.datetime().optional() }),
  inbox: z.strictObject({ waiting: z.int() }).describe('Names in no contract, without a decision.'),
  stopped: z.strictObject({ all: z.boolean(), partners: z.array(z.string()) }),
})
export type StatusAnswer = z.output<typeof STATUS>

export const STATUS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/status',
    id: 'readStatus',
    summary: 'Returns the live revision, differences to the files, pending proposals and stops.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The status.', shape: STATUS } },
    errors: [],
    examples: [{ title: 'how things stand' }],
    handler:
      ({ publishing, revisions, actors, inbox, cells: { own, isOneOfSeveral } }) =>
      () => {
        const { number, activatedAt, publication, contracts } = revisions.current()
        const { isSource, read, drift } = publishing.filesStatus()
        const waiting = publishing.publisher.proposals().filter(({ state }) => state === 'waiting')
        const known =
          read === undefined
            ? {}
            : { read_at: iso(read.at), ok: read.ok, problems: read.problems, restart_needed: read.restartNeeded }
        return {
          body: {
            ...(isOneOfSeveral ? { cell: own } : {}),
            revision: number,
            activated_at: iso(activatedAt),
            author: publication.author,
            names: namesOf(actors, [publication.author]),
            files: { source: isSource ? ('files' as const) : ('store' as const), ...known, drift: driftAnswer(drift) },
            proposals: {
              waiting: waiting.length,
              ...(waiting.length === 0 ? {} : { oldest_at: iso(Math.min(...waiting.map(({ at }) => at))) }),
            },
            inbox: { waiting: inbox.waiting() },
            stopped: {
              all: revisions.stops().all,
              partners: contracts.filter(({ id }) => revisions.stops().partners.has(id)).map(({ id }) => id as string),
            },
          },
        }
      },
  }),
]

export function driftAnswer(drift: readonly Drift[]) {
  return drift.map(({ until, ...one }) => ({ ...one, ...(until === undefined ? {} : { until: iso(until) }) }))
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
