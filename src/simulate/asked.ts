/** Request schemas for an event, a state and a revision, shared by all operations of the simulator. */
import { z } from 'zod'
import { PERSONAS } from './personas.ts'
import { NO_STATE, STATE } from './state.ts'

/** Maximum index of a recent event. */
const MAX_LAST = 1_000

const TIME = z.iso.datetime().describe('When it is received and decided; default now.')
// Sound: there is at least one persona.
const PERSONA = z.enum(PERSONAS.map(({ id }) => id) as [string, ...string[]])

const EVENT_KEYS = {
  app: z.string().optional().describe('An app of apps.yaml; a persona has one of its platform without it.'),
  event: z.record(z.string(), z.unknown()).optional().describe('A telemetry event as an SDK sends it.'),
  persona: PERSONA.optional().describe('Or a ready event of an invented person.'),
  last: z
    .int()
    .min(1)
    .max(MAX_LAST)
    .optional()
    .describe('Or the n-th newest accepted event, 1 the newest, every value replaced by a stand-in.'),
  relay: z
    .strictObject({
      method: z.enum(['GET', 'POST']).default('POST'),
      path: z.string().startsWith('/').describe('The SDK’s own path and query, such as `/bid?slot=1`.'),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.unknown().optional().describe('JSON, or a text as it would be sent.'),
    })
    .optional()
    .describe('Or a request of a partner’s own SDK, as it would come to `/v1/relay/{partner}`; name app and partner.'),
  event_name: z.string().optional().describe('What a persona sends; default the event that most contracts name.'),
  partner: z.string().optional().describe('One partner; default every one whose contract names the event.'),
  state: STATE.default(NO_STATE).describe('What is supposed in the place of what the event says.'),
  headers: z.strictObject({ 'sec-gpc': z.string().optional(), dnt: z.string().optional() }).default({}),
  client_ip: z.string().optional(),
  at: TIME.optional(),
} as const

const DRAFT = z
  .strictObject({
    files: z
      .record(z.string(), z.string())
      .describe('Files of a configuration folder (`partners/<id>.yaml`, `policy.yaml`, `apps.yaml`) by path.'),
    remove: z.array(z.string()).default([]).describe('Partners whose contracts are gone.'),
    whole: z.boolean().default(false).describe('True where partners that the files do not name are gone.'),
  })
  .describe('Files laid over the live revision; published nowhere.')

const REVISION_KEYS = {
  revision: z.int().min(1).optional().describe('A published revision; default the live one.'),
  draft: DRAFT.optional(),
} as const

export const ASKED_REVISION = z.strictObject(REVISION_KEYS).superRefine(oneRevision)
export type AskedRevision = z.output<typeof ASKED_REVISION>

const ASKED_EVENT = z.strictObject(EVENT_KEYS)
export type AskedEvent = z.output<typeof ASKED_EVENT>

export const SIMULATE_BODY = z
  .strictObject({ ...EVENT_KEYS, ...REVISION_KEYS })
  .superRefine(oneEvent)
  .superRefine(oneRevision)
export const COMPARE_BODY = z
  .strictObject({ ...EVENT_KEYS, before: ASKED_REVISION.prefault({}), after: ASKED_REVISION.prefault({}) })
  .superRefine(oneEvent)

function oneEvent({ event, persona, last, relay }: AskedEvent, context: z.RefinementCtx): void {
  const given = [event, persona, last, relay].filter((one) => one !== undefined).length
  if (given !== 1) context.addIssue({ code: 'custom', message: 'one of event, persona, last and relay is needed' })
}

function oneRevision(
  { revision, draft }: { readonly revision?: unknown; readonly draft?: unknown },
  context: z.RefinementCtx,
): void {
  if (revision !== undefined && draft !== undefined)
    context.addIssue({ code: 'custom', path: ['draft'], message: 'stands in the place of revision: name one of them' })
}
