/** `sluice choices import FILE`: hands a file of opt-outs to the running gateway, which alone writes choices. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { request } from 'undici'

interface ImportAnswer {
  readonly stored?: number
  readonly refused?: number
  readonly problems?: readonly { readonly line: number; readonly problem: string }[]
  readonly title?: string
}

export function choicesCommand(): Command {
  const choices = new Command('choices').description('Stored opt-outs.')
  choices
    .command('import')
    .description(
      'Stores the opt-outs in FILE (JSON lines, or CSV with a header): columns kind, value, denies, at, said_by.',
    )
    .argument('<file>', 'JSON lines, or CSV when the name ends in .csv')
    .option('--control <url>', 'address of the control plane', 'http://127.0.0.1:8081')
    .option('--token-file <path>', 'file with the staff token', 'data/keys/staff.token')
    .option('--json', 'print the answer as JSON')
    .action(
      async (
        file: string,
        options: { readonly control: string; readonly tokenFile: string; readonly json?: boolean },
      ) => {
        const token = (await readFile(options.tokenFile, 'utf8')).trim()
        const { statusCode, body } = await request(`${options.control}/api/v1/choices/import`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': file.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson',
          },
          body: createReadStream(file),
        })
        const answer = (await body.json()) as ImportAnswer
        if (options.json) console.log(JSON.stringify(answer))
        else printAnswer(answer)
        if (statusCode !== 200) process.exitCode = 1
      },
    )
  return choices
}

function printAnswer({ stored, refused, problems = [], title }: ImportAnswer): void {
  if (title !== undefined) {
    console.error(title)
    return
  }
  for (const { line, problem } of problems) console.error(`line ${line}: ${problem}`)
  console.log(`${stored} opt-outs stored and in force, ${refused} lines refused`)
}
