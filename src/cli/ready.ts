/** `sluice ready`: asks this folder's gateway whether it is ready; for health checks of containers and systemd units. */
import { Command } from 'commander'
import { Agent, request } from 'undici'
import { controlOf } from './control/access.ts'

interface Flags {
  readonly control?: string
  readonly json?: boolean
}

const TIMEOUT_MS = 2_500

/** Exits 0 if ready, 1 otherwise. */
export function readyCommand(): Command {
  return new Command('ready')
    .description('Asks /readyz: exit 0 where the gateway keeps its promises right now. Needs no token.')
    .option('--control <url>', 'address of the control plane; else as for any command')
    .option('--json', 'print the answer')
    .action(async ({ json, ...flags }: Flags) => {
      const control = await controlOf(flags, process.env)
      // Certificates are not verified: no token is sent, and only readiness of the local gateway is asked.
      const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, headersTimeout: TIMEOUT_MS })
      try {
        const { statusCode, body } = await request(`${control}/readyz`, { dispatcher })
        const answer = (await body.json()) as {
          readonly problems?: readonly { readonly part: string; readonly why: string }[]
        }
        const { problems = [] } = answer
        if (json === true) console.log(JSON.stringify(answer))
        else console.log(statusCode === 200 ? 'ready' : problems.map(({ part, why }) => `${part}: ${why}`).join('\n'))
        if (statusCode !== 200) process.exitCode = 1
      } catch (error) {
        console.error(`${control}: no answer (${(error as { readonly code?: string }).code ?? 'unreadable'})`)
        process.exitCode = 1
      } finally {
        await dispatcher.close()
      }
    })
}
