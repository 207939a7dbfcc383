/** `sluice check [DIR]`: prints every problem of a configuration folder like a compiler, and runs its cases. */
import { Command } from 'commander'
import { partnerTypes } from '../partners/registry.ts'
import { reportOn } from '../publish/report.ts'
import { tintLines } from './terminal.ts'

interface Options {
  readonly json?: boolean
  readonly strict?: boolean
}

/** Exits 0 without errors (and, with `--strict`, without warnings), 1 otherwise. */
export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Checks a configuration folder: all problems at once, with file, line and what is allowed; rules that can never apply; secrets in the clear; and the cases beside the contracts.',
    )
    .argument('[DIR]', 'configuration folder', 'config')
    .option('--strict', 'warnings are errors')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: Options) => {
      const { ok, text, json } = await reportOn(folder, partnerTypes(), Date.now(), options.strict === true)
      console.log(options.json === true ? JSON.stringify(json) : tintLines(text))
      if (!ok) process.exitCode = 1
    })
}
