/** `sluice ledger protocol [DATA]`: reads every record and checks it against Sluice's promises. */
import { Command } from 'commander'
import type { VerifyReport } from '../../ledger/verify/report.ts'
import { RULE_OPTIONS } from '../../ledger/verify/rules.ts'
import { verifyLedger } from '../../threads/ledger-verify.ts'
import { count, DATA_FOLDER, progress, requireLedger, trustFile, wholeNumber } from './options.ts'

interface Flags {
  readonly data: string
  readonly trust?: string
  readonly openMinutes: number
  readonly json?: boolean
}

const MINUTE_MS = 60_000

export function protocolCommand(): Command {
  return new Command('protocol')
    .description(
      'say whether the records keep the promises: log before send, verdicts, revisions, attempts, epochs, pruning',
    )
    .argument('[data]', 'data folder of the gateway, or a copy of it')
    .option('--data <dir>', 'the same', DATA_FOLDER)
    .option('--trust <file>', 'verifier keys to believe, one a line (default: the ledger folder’s own)', trustFile)
    .option(
      '--open-minutes <minutes>',
      'how long an INTENT may be without an OUTCOME',
      wholeNumber,
      RULE_OPTIONS.openMs / MINUTE_MS,
    )
    .option('--json', 'print one JSON object')
    .action(async (argument: string | undefined, flags: Flags) => {
      const data = argument ?? flags.data
      if (!requireLedger(data)) return
      const report = await verifyLedger(data, {
        ...(flags.trust === undefined ? {} : { trust: flags.trust }),
        rules: { openMs: flags.openMinutes * MINUTE_MS },
        onProgress: progress(),
      })
      console.log(flags.json === true ? JSON.stringify(report) : protocolText(report))
      process.exitCode = report.verified ? 0 : 1
    })
}

function protocolText({ size, records, openIntents, verified, problems, problemCount }: VerifyReport): string {
  const kinds = Object.entries(records).map(([kind, number]) => `${number} ${kind.toUpperCase()}`)
  if (verified)
    return `The ${count(size, 'record')} keep the protocol: ${kinds.join(', ')}, ${count(openIntents, 'disclosure')} under way.`
  const lines = problems.map(({ name, says }) => `${name}: ${says}`)
  if (problemCount > problems.length) lines.push(`… and ${problemCount - problems.length} more`)
  return [...lines, `The ${count(size, 'record')} do NOT keep the protocol: ${count(problemCount, 'problem')}.`].join(
    '\n',
  )
}
