/** `sluice serve [CONFIG]`: the gateway, until it is told to stop. */
import { Command } from 'commander'
import { startGateway } from '../gateway.ts'
import { StartRefused } from '../start-refused.ts'

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Serves the configuration in CONFIG until SIGTERM or SIGINT; SIGHUP reads it again. A change that gives somebody more waits for approval.',
    )
    .argument('[config]', 'folder with gateway.yaml, policy.yaml, apps.yaml and partners/', 'config')
    .option('--accept-lost-choices', 'start although opt-outs are lost that no copy holds any more')
    .action(async (config: string, { acceptLostChoices = false }: { readonly acceptLostChoices?: boolean }) => {
      try {
        const gateway = await startGateway({ configFolder: config, acceptLostChoices })
        process.on('SIGHUP', () => void gateway.reload())
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void gateway.stop())
        console.error(`sluice: events on ${gateway.dataUrl}, control on ${gateway.controlUrl}`)
        await gateway.stopped
      } catch (error) {
        if (!(error instanceof StartRefused)) throw error
        console.error(error.message)
        process.exitCode = 1
      }
    })
}
