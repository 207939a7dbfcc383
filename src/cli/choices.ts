/** `sluice choices import FILE`: uploads a file of opt-outs to the running gateway, the only writer of choices. */
import { createReadStream } from 'node:fs'
import { Command } from 'commander'
import { request } from 'undici'
import type { Imported } from '../control/routes/choices.ts'
import { type AccessFlags, accessOf, withAccessFlags } from './control/access.ts'
import { asNoAnswer } from './control/refusal.ts'

type ImportAnswer = Partial<Imported> & { readonly title?: string }

export function choicesCommand(): Command {
  const choices = new Command('choices').description('Stored opt-outs.')
  withAccessFlags(
    choices
      .command('import')
      .description(
        'Stores the opt-outs in FILE (JSON lines, or CSV with a header): columns kind, value, denies, at, said_by, namespace.',
      )
      .argument('<file>', 'JSON lines, or separated values when the name ends in .csv, .tsv or .txt'),
  )
    .option('--json', 'print the answer as JSON')
    .action(async (file: string, { json, ...flags }: AccessFlags & { readonly json?: boolean }) => {
      const { control, token } = await accessOf(flags)
      const { statusCode, body } = await request(`${control}/api/v1/choices/import`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': /\.(?:csv|tsv|txt)$/i.test(file) ? 'text/csv' : 'application/x-ndjson',
        },
        body: createReadStream(file),
      }).catch((error: unknown) => {
        throw asNoAnswer(error, control)
      })
      const answer = (await body.json()) as ImportAnswer
      if (json === true) console.log(JSON.stringify(answer))
      else printAnswer(answer)
      if (statusCode !== 200) process.exitCode = 1
    })
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
