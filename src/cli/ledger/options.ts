/** Shared by the ledger commands: folder, trusted keys, numbers, progress, exit codes. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { parseTrust, type TrustedKey } from '../../ledger/verify/note.ts'
import { LedgerFolder } from '../../storage/sqlite/ledger-folder.ts'

/** Files that a gateway creates beside its ledger. */
const LEFT_BESIDE = ['choices.db', 'keys/signing.key', 'revisions'] as const

export const DATA_FOLDER = './data'
/** Minimum time between two progress lines. */
const PROGRESS_MS = 2_000

/** Prints an error and returns false if the folder holds no ledger. */
export function requireLedger(dataFolder: string): boolean {
  if (new LedgerFolder(dataFolder).segments().length > 0) return true
  const left = LEFT_BESIDE.filter((name) => existsSync(join(dataFolder, name)))
  console.error(
    left.length === 0
      ? `${dataFolder}: there is no ledger here. Name the gateway's data folder with --data.`
      : `${dataFolder}: there was a ledger here (${left.join(', ')} says so) and it is gone. Put ledger/ back from a backup.`,
  )
  process.exitCode = 1
  return false
}

/** The text of a file of verifier keys. */
export function trustFile(path: string): string {
  const text = textFile(path)
  try {
    if (parseTrust(text).length > 0) return text
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  throw new InvalidArgumentError('It must hold verifier keys, one a line.')
}

/** The trusted keys: those given or, with a warning, the ones beside the ledger. */
export function trustedKeys(trust: string | undefined, dataFolder: string): readonly TrustedKey[] {
  if (trust !== undefined) return parseTrust(trust)
  process.stderr.write('No --trust: the keys are believed that lie beside the ledger, which its holder chose.\n')
  return parseTrust(new LedgerFolder(dataFolder).trust())
}

export function textFiles(path: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), textFile(path)]
}

export function textFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new InvalidArgumentError('The file cannot be read.')
  }
}

export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/u.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** Prints progress to standard error from time to time. */
export function progress(): (records: number) => void {
  const started = performance.now()
  let next = started + PROGRESS_MS
  return (records) => {
    const now = performance.now()
    if (now < next) return
    next = now + PROGRESS_MS
    const perSecond = Math.round((records / (now - started)) * 1_000)
    process.stderr.write(`${records} records read, ${perSecond} a second\n`)
  }
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Writes lines with back-pressure. */
export async function writeLines(lines: Iterable<string>): Promise<void> {
  for (const line of lines) {
    if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}
