/** `reload`: reloads the configuration folder. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { type Route, route } from '../route.ts'
import { DRIFT_LIST, driftAnswer } from './status.ts'

export const RELOAD_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/reload',
    id: 'reloadConfiguration',
    summary: 'Reloads the configuration files; an invalid file changes nothing.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    answers: {
      200: {
        says: 'Reloaded. Narrowing changes are live on every thread; a widening waits as a proposal.',
        shape: z.strictObject({
          ok: z.literal(true),
          revision: z.int(),
          changed: z.boolean(),
          waiting: z.int().optional().describe('Number of the proposal.'),
          restart_needed: z
            .literal(true)
            .optional()
            .describe('`gateway.yaml` differs from the running configuration: restart to apply it.'),
          drift: DRIFT_LIST.optional(),
        }),
      },
    },
    errors: ['ERR_CONFIG_INVALID'],
    examples: [{ title: 'read again' }],
    handler:
      (deps) =>
      async ({ actor }) => {
        const result = await deps.reload(actor.id)
        if (!result.ok) throw new GatewayError('ERR_CONFIG_INVALID', { problems: result.problems })
        const { restartNeeded, drift, ...read } = result
        return {
          body: {
            ...read,
            ...(restartNeeded ? { restart_needed: true as const } : {}),
            ...(drift.length === 0 ? {} : { drift: driftAnswer(drift) }),
          },
        }
      },
  }),
]
