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
  honoured: z.enum(['always', 'policy_on', 'policy_off']).describe('`policy_…`: the live policy decides, and says so.'),
  keys: z.array(z.string()).describe('Names under which it is read, wherever a privacy object may sit.'),
  device: z.array(z.string()).describe('Members of a `device` object.'),
  in_app: z.array(z.string()).describe('Keys as IAB’s specifications name them.'),
  does: z.string().describe('What it does to the verdict.'),
  reason: z.string().describe('The code of what it denies, as the ledger has it.'),
  says: z.string().describe('The sentence of that code.'),
})
const WRITE_KEY = z.strictObject({
  id: z.string().describe('The first digits of its SHA-256: names it without spelling it.'),
  ends: z.string().describe('Its last letters; empty where it is too short to tell.'),
  state: z
    .enum(['live', 'retired'])
    .describe('`retired`: answered 400, so that old copies of the app delete what they hold.'),
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
    summary: 'Lists the privacy signals that are read, what each does, and whether the live policy honours it.',
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
    summary: 'Lists the apps that may send, and their write keys by id.',
    notes: 'To change them, publish `apps.yaml`: a key that nobody used yet is one person’s edit.',
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
