/** `sluice serve [CONFIG]`: the gateway, until it is told to stop. */
import { Command } from 'commander'
import { ACCEPTABLE, ACCEPTABLE_NAMES } from '../gateway/accepted-losses.ts'
import { startGateway } from '../gateway/gateway.ts'

/** A stop has ended by then, whatever holds it up: Docker, for one, kills after ten seconds. A crash loses nothing. */
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
    // An orderly exit waits for a write that the system holds up. Whatever counts is on disk by now.
    if ((await gateway.stopped) === 'stuck') killed()
    process.exit()
  })
}

/** As commander names the option: `acceptLostChoices`. */
function flagOf(name: string): string {
  return `accept-${name}`.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
