/** `test-events`: sends an event to the sandbox instead of a partner, to try a contract. */
import { z } from 'zod'
import { SANDBOX_ANSWERS } from '../../live/sandbox.ts'
import { sendTest } from '../../live/test-event.ts'
import { SIMULATE_BODY } from '../../simulate/asked.ts'
import { createSimulator } from '../../simulate/simulator.ts'
import { type Route, route } from '../route.ts'

const TESTED = z.strictObject({
  app: z.string(),
  event: z.string(),
  partner: z.string(),
  revision: z.int(),
  draft: z.boolean(),
  result: z.enum(['delivered', 'not_delivered', 'withheld']),
  why: z.string(),
  because: z.string(),
  means: z.string().describe('What would become of an event that is answered so.'),
  status: z.int().optional().describe('Of the sandbox’s answer.'),
  took_ms: z.int().optional(),
  received: z
    .strictObject({ method: z.string(), path: z.string(), headers: z.record(z.string(), z.string()), body: z.string() })
    .optional()
    .describe('The request as the sandbox got it; secrets are `sandbox`.'),
  fields: z.record(
    z.string(),
    z.strictObject({
      treatment: z.string(),
      why: z.string(),
      because: z.string(),
      received: z.unknown().optional(),
      sent: z.unknown().optional(),
    }),
  ),
})

export const TEST_EVENT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/test-events',
    id: 'sendTestEvent',
    summary:
      'Sends a test event to a sandbox that the gateway hosts, in a partner’s place: prepared and sent as to the partner.',
    notes:
      'Works on a draft as well, before anybody approves it. Nothing leaves this machine, nothing is counted, and no disclosure is recorded: ' +
      'the ledger says `test_event`.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    body: SIMULATE_BODY.safeExtend({
      partner: z.string(),
      answer: z
        .enum(SANDBOX_ANSWERS)
        .default('takes')
        .describe('How the sandbox answers: as the partner does to what it takes, or 401, 429, 500, or not at all.'),
    }),
    answers: { 200: { says: 'What became of it.', shape: TESTED } },
    errors: ['ERR_SIMULATE_INVALID', 'ERR_CONFIG_INVALID', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      { title: 'an invented person’s purchase', body: { persona: 'ios-allowed', partner: 'northwind' } },
      { title: 'to a partner that is down', body: { persona: 'ios-allowed', partner: 'northwind', answer: 'fails' } },
    ],
    facts: ({ body }) => ({ partner: body.partner }),
    handler: ({ simulation, live, ledger, now }) => {
      const simulator = createSimulator(simulation)
      const record = async (action: string, facts: Readonly<Record<string, string | number>>): Promise<void> => {
        await ledger.append([{ kind: 'control', time: now(), action, facts }])
      }
      return async ({ body }) => {
        const { tookMs, ...tested } = await sendTest(body, { simulator, sandbox: live.sandbox, record })
        return {
          body: { ...tested, fields: { ...tested.fields }, ...(tookMs === undefined ? {} : { took_ms: tookMs }) },
        }
      }
    },
  }),
]
