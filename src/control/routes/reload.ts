/** `reload`: reads the configuration folder again. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { type Route, route } from '../route.ts'

export const RELOAD_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/reload',
    id: 'reloadConfiguration',
    tag: 'configuration',
    summary: 'Reads the configuration files again; a bad one changes nothing.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    answers: {
      200: {
        says: 'Read. What narrows is live on every thread; what gives somebody more waits as a proposal.',
        shape: z.strictObject({
          ok: z.literal(true),
          revision: z.int(),
          changed: z.boolean(),
          waiting: z.int().optional().describe('Number of the proposal.'),
        }),
      },
    },
    errors: ['ERR_CONFIG_INVALID'],
    examples: [{ title: 'read again' }],
    handler: (deps) => async () => {
      const result = await deps.reload()
      if (!result.ok) throw new GatewayError('ERR_CONFIG_INVALID', { problems: result.problems })
      return { body: result }
    },
  }),
]
