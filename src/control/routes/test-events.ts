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
  means: z.string().describe('What would happen to an event with this answer.'),
  status: z.int().optional().describe('Status of the sandbox’s answer.'),
  took_ms: z.int().optional(),
  received: z
    .strictObject({ method: z.string(), path: z.string(), headers: z.record(z.string(), z.string()), body: z.string() })
    .optional()
    .describe('The request as received by the sandbox; secrets are `sandbox`.'),
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
export type TestedAnswer = z.output<typeof TESTED>

export const TEST_EVENT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/test-events',
    id: 'sendTestEvent',
    summary:
      'Sends a test event to a built-in sandbox instead of the partner, exactly as it would be sent to the partner.',
    notes:
      'Also works on a draft before its approval. Nothing leaves this machine, nothing is counted, and no disclosure is recorded: ' +
      'the ledger has a `test_event`.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    body: SIMULATE_BODY.safeExtend({
      partner: z.string(),
      answer: z
        .enum(SANDBOX_ANSWERS)
        .default('takes')
        .describe('The sandbox’s answer: the partner’s success, 401, 429, 500, or none.'),
    }),
    answers: { 200: { says: 'The result.', shape: TESTED } },
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
