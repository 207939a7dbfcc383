/** `sluice ledger fsck [DATA]`: reads every record and checks all derived data against them. */
import { join } from 'node:path'
import { Command } from 'commander'
import type { OwnerCheck } from '../../ledger/verify/owners.ts'
import type { VerifyReport } from '../../ledger/verify/report.ts'
import { damagedRevisions } from '../../publish/revision-files.ts'
import { verifyLedger } from '../../threads/ledger-verify.ts'
import { count, DATA_FOLDER, progress, requireLedger, textFiles, trustFile } from './options.ts'
import { openOwnerCheck } from './owner-check.ts'

interface Flags {
  readonly data: string
  /** The file's text. */
  readonly trust?: string
  /** The files' texts. */
  readonly checkpoint?: readonly string[]
  readonly json?: boolean
}

export function fsckCommand(): Command {
  return new Command('fsck')
    .description('read every record again and say whether anything was edited, deleted, inserted, moved or cut off')
    .argument('[data]', 'data folder of the gateway, or a copy of it')
    .option('--data <dir>', 'the same', DATA_FOLDER)
    .option('--trust <file>', 'verifier keys to believe, one a line (default: the ledger folder’s own)', trustFile)
    .option('--checkpoint <file...>', 'checkpoints kept from earlier, which the ledger must continue', textFiles)
    .option('--json', 'print one JSON object')
    .action(async (argument: string | undefined, flags: Flags) => {
      const data = argument ?? flags.data
      if (!requireLedger(data)) return
      const damaged = damagedRevisions(join(data, 'revisions'))
      const people = openOwnerCheck(data)
      const read = await verifyLedger(data, {
        ...(flags.trust === undefined ? {} : { trust: flags.trust }),
        checkpoints: flags.checkpoint ?? [],
        ...(people === undefined ? {} : { onRecord: people.see }),
        onProgress: progress(),
      })
      const report = withOwners(read, people)
      const whole = { ...report, damagedRevisions: damaged, ...(people && { derived: people.derived }) }
      const lines = [fsckText(report), ...(people === undefined ? [] : [ownersText(people)]), ...damaged]
      console.log(flags.json === true ? JSON.stringify(whole) : lines.filter((line) => line !== '').join('\n'))
      process.exitCode = report.verified && damaged.length === 0 ? 0 : 1
    })
}

function withOwners(report: VerifyReport, people: OwnerCheck | undefined): VerifyReport {
  if (people === undefined || people.problems === 0) return report
  return {
    ...report,
    verified: false,
    problems: [...report.problems, ...people.findings],
    problemCount: report.problemCount + people.problems,
  }
}

function ownersText({ derived, untried }: OwnerCheck): string {
  if (derived + untried === 0) return ''
  const tried = `With the keys at hand, whom ${count(derived, 'disclosure')} ${derived === 1 ? 'was' : 'were'} about was derived again.`
  return untried === 0
    ? tried
    : `${tried} ${untried} that are said to be about nobody were not tried with every key: there are too many of both.`
}

/** The report as text. */
export function fsckText(report: VerifyReport): string {
  const { size, signedSize, openIntents, problems, problemCount, lowest, olderCheckpoints } = report
  const records = count(size, 'record')
  if (!report.verified) {
    const lines = problems.map(({ name, says }) => `${name}: ${says}`)
    const more = problemCount - problems.length
    if (more > 0) lines.push(`… and ${more} more`)
    return [...lines, `The ledger of ${records} does NOT verify: ${count(problemCount, 'problem')}.`].join('\n')
  }
  const unsigned = size - signedSize
  const sentences = [
    `The ledger of ${records} verifies: each is in its place as it was written, root ${report.root}.`,
    lowest === 0 ? '' : `Records before ${lowest} were pruned; the hashes that are kept of them fit.`,
    olderCheckpoints === 0
      ? ''
      : `${count(olderCheckpoints, 'checkpoint')} that you gave ${olderCheckpoints === 1 ? 'is' : 'are'} older than that: \`sluice ledger verify\` asks about them.`,
    unsigned === 0 ? '' : `The newest ${unsigned} are not under a signed checkpoint yet.`,
    openIntents === 0 ? '' : `${count(openIntents, 'disclosure')} under way, or to be resolved at the next start.`,
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}
