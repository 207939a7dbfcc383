/** `signals`: every supported privacy signal, its sources and effect; `apps`: the apps and their write keys. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { REASONS } from '../../model/reason.ts'
import { SIGNALS } from '../../signals/table.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const ID_DIGITS = 12
const END_LETTERS = 4

const SIGNAL = z.strictObject({
  signal: z.string(),
  honoured: z.enum(['always', 'policy_on', 'policy_off']).describe('`policy_…`: as the live policy decides.'),
  keys: z.array(z.string()).describe('Its keys in any privacy object.'),
  device: z.array(z.string()).describe('Members of a `device` object.'),
  in_app: z.array(z.string()).describe('Keys of the IAB’s specifications.'),
  does: z.string().describe('Its effect on the verdict.'),
  reason: z.string().describe('Reason code of its denials in the ledger.'),
  says: z.string().describe('The reason in words.'),
})
const WRITE_KEY = z.strictObject({
  id: z.string().describe('The first digits of its SHA-256, to refer to it without revealing it.'),
  ends: z.string().describe('Its last characters; empty if it is too short.'),
  state: z
    .enum(['live', 'retired'])
    .describe('`retired`: answered with 400, so that old versions of the app delete their queues.'),
})
const APP = z.strictObject({
  app: z.string(),
  name: z.string(),
  platform: z.string(),
  bundle: z.string().optional(),
  write_keys: z.array(WRITE_KEY),
})

export const SIGNAL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/signals',
    id: 'listSignals',
    summary: 'Lists the supported privacy signals, their effects, and whether the live policy honours them.',
    roles: ALL_STAFF,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of signals.', shape: pageShape(SIGNAL) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ revisions }) =>
      ({ query }) => {
        const switches: Readonly<Record<string, boolean>> = revisions.current().policy.honour
        const items = Object.entries(SIGNALS).map(([signal, { read, reason, does }]) => {
          const places = Object.values(read)
          const honoured = switches[signal]
          return {
            signal,
            honoured: honoured === undefined ? ('always' as const) : (`policy_${honoured ? 'on' : 'off'}` as const),
            keys: places.flatMap(({ keys = [] }) => keys),
            device: places.flatMap(({ device = [] }) => device),
            in_app: places.flatMap(({ inApp }) => inApp ?? []),
            does,
            reason,
            says: REASONS[reason],
          }
        })
        return { body: pageOf(items, ({ signal }) => signal, query) }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/apps',
    id: 'listApps',
    summary: 'Lists the apps and the ids of their write keys.',
    notes: 'To change them, publish `apps.yaml`: a key never used before needs no second person.',
    roles: ALL_STAFF,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of apps.', shape: pageShape(APP) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ revisions }) =>
      ({ query }) => {
        const page = pageOf(revisions.current().apps, ({ id }) => id, query)
        const items = page.items.map(({ id, name, platform, bundle, writeKeys, retiredKeys }) => ({
          app: id as string,
          name,
          platform: platform as string,
          ...(bundle === undefined ? {} : { bundle }),
          write_keys: [
            ...writeKeys.map((key) => keyBody(key, 'live')),
            ...retiredKeys.map((key) => keyBody(key, 'retired')),
          ],
        }))
        return { body: { ...page, items } }
      },
  }),
]

function keyBody(key: string, state: 'live' | 'retired') {
  const id = createHash('sha256').update(key).digest('hex').slice(0, ID_DIGITS)
  return { id, ends: key.length > 3 * END_LETTERS ? key.slice(-END_LETTERS) : '', state }
}
