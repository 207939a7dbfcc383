/** `sluice serve [CONFIG]`: runs the gateway until a stop signal. */
import { Command } from 'commander'
import { ACCEPTABLE, ACCEPTABLE_NAMES } from '../gateway/accepted-losses.ts'
import { startGateway } from '../gateway/gateway.ts'

/** Time limit of a shutdown: Docker kills after ten seconds, and a forced exit loses nothing. */
const STOP_BOUND_MS = 9_000

function killed(): void {
  process.kill(process.pid, 'SIGKILL')
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      'Serves the configuration in CONFIG until SIGTERM or SIGINT; SIGHUP reads it again. A change that gives somebody more waits for approval.',
    )
    .argument('[config]', 'folder with gateway.yaml, policy.yaml, apps.yaml and partners/', 'config')
  for (const name of ACCEPTABLE_NAMES) command.option(`--accept-${name}`, ACCEPTABLE[name])
  return command.action(async (config: string, flags: Readonly<Record<string, boolean>>) => {
    const accept = ACCEPTABLE_NAMES.filter((name) => flags[flagOf(name)] === true)
    const gateway = await startGateway({ configFolder: config, accept })
    process.on('SIGHUP', () => void gateway.reload())
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        setTimeout(killed, STOP_BOUND_MS).unref()
        void gateway.stop()
      })
    console.error(`sluice: events on ${gateway.dataUrl}, control on ${gateway.controlUrl}`)
    // A clean exit would wait for a hanging write. Everything acknowledged is on disk already.
    if ((await gateway.stopped) === 'stuck') killed()
    process.exit()
  })
}

/** Commander's property name of the option: `acceptLostChoices`. */
function flagOf(name: string): string {
  return `accept-${name}`.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
