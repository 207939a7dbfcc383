/** `sluice ledger verify|tail|export`: reads the ledger's files, also while the gateway runs. Writes nothing. */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { leafJson, leafLine } from '../ledger/leaf-text.ts'
import { parseTrust } from '../ledger/note.ts'
import { readLeaves, readSize } from '../ledger/read.ts'
import type { VerifyReport } from '../ledger/verify-report.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'
import { verifyLedger } from '../threads/ledger-verify.ts'

interface Where {
  readonly data: string
}
interface VerifyFlags extends Where {
  /** The file's text. */
  readonly trust?: string
  /** The files' texts. */
  readonly checkpoint?: readonly string[]
  readonly json?: boolean
}
interface TailFlags extends Where {
  readonly lines: number
  readonly json?: boolean
}
interface ExportFlags extends Where {
  readonly from: number
  readonly to: number
}

const DATA_FOLDER = './data'
const TAIL_LINES = 20
/** Least time between two lines of progress, in milliseconds. */
const PROGRESS_MS = 2_000

export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('read and verify the record of every disclosure')
    .addCommand(verifyCommand())
    .addCommand(tailCommand())
    .addCommand(exportCommand())
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('read every record again and say whether any was edited, deleted, inserted, reordered or cut off')
    .option('--data <dir>', 'data folder of the gateway', DATA_FOLDER)
    .option('--trust <file>', 'verifier keys to believe, one a line (default: the ledger folder’s own)', trustFile)
    .option('--checkpoint <file...>', 'checkpoints kept from earlier, which the ledger must continue', checkpointFiles)
    .option('--json', 'print one JSON object')
    .action(async (flags: VerifyFlags) => {
      if (!requireLedger(flags)) return
      const report = await verifyLedger(flags.data, {
        ...(flags.trust === undefined ? {} : { trust: flags.trust }),
        checkpoints: flags.checkpoint ?? [],
        onProgress: progress(),
      })
      console.log(flags.json === true ? JSON.stringify(report) : verifyText(report))
      process.exitCode = report.verified ? 0 : 1
    })
}

/** The report in plain sentences. */
export function verifyText(report: VerifyReport): string {
  const { size, signedSize, openIntents, problems, problemCount } = report
  const records = `${size} record${size === 1 ? '' : 's'}`
  if (!report.verified) {
    const lines = problems.map(({ name, says }) => `${name}: ${says}`)
    const more = problemCount - problems.length
    if (more > 0) lines.push(`… and ${more} more`)
    return [...lines, `The ledger of ${records} does NOT verify: ${count(problemCount, 'problem')}.`].join('\n')
  }
  const unsigned = size - signedSize
  const sentences = [
    `The ledger of ${records} verifies: each is in its place as it was written, root ${report.root}.`,
    unsigned === 0 ? '' : `The newest ${unsigned} are not under a signed checkpoint yet.`,
    openIntents === 0 ? '' : `${count(openIntents, 'disclosure')} under way, or to be resolved at the next start.`,
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

function tailCommand(): Command {
  return new Command('tail')
    .description('print the newest records')
    .option('--data <dir>', 'data folder of the gateway', DATA_FOLDER)
    .option('-n, --lines <count>', 'how many', wholeNumber, TAIL_LINES)
    .option('--json', 'one JSON object a line')
    .action(async (flags: TailFlags) => {
      if (!requireLedger(flags)) return
      const files = new LedgerFolder(flags.data)
      const size = readSize(files)
      const print = flags.json === true ? (row: Row) => JSON.stringify(leafJson(row)) : leafLine
      await writeLines(readLeaves(files, Math.max(0, size - flags.lines), size), print)
    })
}

function exportCommand(): Command {
  return new Command('export')
    .description('print records as JSON lines: seq, hash and the record')
    .option('--data <dir>', 'data folder of the gateway', DATA_FOLDER)
    .option('--from <seq>', 'first sequence number', wholeNumber, 0)
    .option('--to <seq>', 'sequence number to stop before', wholeNumber, Number.MAX_SAFE_INTEGER)
    .option('--json', 'JSON lines, which is what it prints anyway')
    .action(async (flags: ExportFlags) => {
      if (!requireLedger(flags)) return
      const files = new LedgerFolder(flags.data)
      const rows = readLeaves(files, flags.from, Math.min(flags.to, readSize(files)))
      await writeLines(rows, (row) => JSON.stringify(leafJson(row)))
    })
}

type Row = Parameters<typeof leafLine>[0]

function requireLedger({ data }: Where): boolean {
  if (new LedgerFolder(data).segments().length > 0) return true
  console.error(`${data}: there is no ledger here. Name the gateway's data folder with --data.`)
  process.exitCode = 1
  return false
}

async function writeLines(rows: Iterable<Row>, print: (row: Row) => string): Promise<void> {
  for (const row of rows) {
    if (!process.stdout.write(`${print(row)}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}

function progress(): (records: number) => void {
  let next = performance.now() + PROGRESS_MS
  return (records) => {
    if (performance.now() < next) return
    next = performance.now() + PROGRESS_MS
    process.stderr.write(`${records} records read\n`)
  }
}

function trustFile(path: string): string {
  const text = textOf(path)
  try {
    parseTrust(text)
  } catch {
    throw new InvalidArgumentError('It must hold verifier keys, one a line.')
  }
  return text
}

function checkpointFiles(path: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), textOf(path)]
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new InvalidArgumentError('The file cannot be read.')
  }
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/u.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
