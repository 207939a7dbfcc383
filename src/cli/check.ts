/** `sluice check [DIR]`: every problem of a configuration folder, as a compiler would print them. */
import { Command } from 'commander'
import { reportOn } from '../contracts/report.ts'
import { partnerTypes } from '../partners/registry.ts'

/** Exit 0 where nothing is wrong (warnings may be there), 1 otherwise. */
export function checkCommand(): Command {
  return new Command('check')
    .description('check a configuration folder: all problems at once, with file, line and what is allowed')
    .argument('[DIR]', 'configuration folder', 'config')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { readonly json?: boolean }) => {
      const { ok, text, json } = await reportOn(folder, partnerTypes(), Date.now())
      console.log(options.json === true ? JSON.stringify(json) : text)
      if (!ok) process.exitCode = 1
    })
}
