/**
 * `sluice ledger tail`: prints the newest records or, with `--state`, audits: it keeps the last checkpoint in a file and fails if
 * the ledger does not extend it. Meant to run every minute, by a party other than the gateway's operator.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { leafJson, leafLine } from '../../ledger/leaf-text.ts'
import { readLeaves, readSize } from '../../ledger/read.ts'
import { type Audited, auditCheckpoint, auditContinuation, type SignedTree } from '../../ledger/verify/audit.ts'
import { replaceFile } from '../../platform/durable-file-sync.ts'
import { LedgerFolder } from '../../storage/sqlite/ledger-folder.ts'
import { count, DATA_FOLDER, requireLedger, trustedKeys, trustFile, wholeNumber, writeLines } from './options.ts'
import { folderSource, type LedgerSource, SourceUnreadable, servedSource } from './tiles.ts'
import { treeJson } from './verify.ts'

interface Flags {
  readonly data: string
  readonly lines: number
  readonly state?: string
  readonly url?: string
  readonly trust?: string
  readonly json?: boolean
}

const TAIL_LINES = 20

export function tailCommand(): Command {
  return new Command('tail')
    .description(
      'print the newest records or, with --state, fail if the ledger is not a continuation of what was seen last',
    )
    .option('--data <dir>', 'data folder of the gateway, or a copy of it', DATA_FOLDER)
    .option('-n, --lines <count>', 'how many records', wholeNumber, TAIL_LINES)
    .option('--state <file>', 'the last checkpoint seen; made at the first run, replaced after every good one')
    .option(
      '--url <url>',
      'with --state: where a ledger is served, such as https://gateway.example/ledger; needs --trust',
    )
    .option('--trust <file>', 'with --state: verifier keys to believe, one a line, old ones included', trustFile)
    .option('--json', 'one JSON object a line')
    .action(async (flags: Flags) => {
      if (flags.state !== undefined) await audit(flags.state, flags)
      else if (flags.url !== undefined)
        refuse('A served ledger shows no records: give --state to audit its checkpoints.')
      else await printNewest(flags)
    })
}

async function printNewest({ data, lines, json }: Flags): Promise<void> {
  if (!requireLedger(data)) return
  const files = new LedgerFolder(data)
  const size = readSize(files)
  const rows = readLeaves(files, Math.max(0, size - lines), size)
  await writeLines(rows.map((row) => (json === true ? JSON.stringify(leafJson(row)) : leafLine(row))))
}

async function audit(stateFile: string, flags: Flags): Promise<void> {
  if (flags.url !== undefined && flags.trust === undefined)
    return refuse('Name the keys to believe with --trust: whoever serves the ledger would choose their own.')
  const source = flags.url === undefined ? folderSource(flags.data) : servedSource(flags.url)
  try {
    const note = await source.checkpoint()
    const remembered = existsSync(stateFile) ? readFileSync(stateFile, 'utf8') : undefined
    const { verdict, old } = await auditNote(note, remembered, source, flags)
    if (verdict.state === 'good') replaceFile(stateFile, note)
    process.exitCode = verdict.state === 'good' ? 0 : 1
    console.log(flags.json === true ? JSON.stringify(jsonOf(verdict, old)) : textOf(verdict, old))
  } catch (error) {
    if (!(error instanceof SourceUnreadable)) throw error
    refuse(error.message)
  } finally {
    source.close()
  }
}

interface Verdict {
  readonly verdict: Audited<SignedTree>
  /** The remembered tree; undefined at the first run. */
  readonly old: SignedTree | undefined
}

async function auditNote(
  note: string,
  remembered: string | undefined,
  source: LedgerSource,
  { trust, data }: Flags,
): Promise<Verdict> {
  const trusted = trustedKeys(trust, data)
  const now = auditCheckpoint(note, trusted, `the newest checkpoint of ${source.name}`)
  if (now.state === 'bad' || remembered === undefined) return { verdict: now, old: undefined }
  const old = auditCheckpoint(remembered, trusted, 'the checkpoint in the state file')
  if (old.state === 'bad') return { verdict: old, old: undefined }
  return { verdict: await auditContinuation(old.found, now.found, source), old: old.found }
}

function textOf(verdict: Audited<SignedTree>, old: SignedTree | undefined): string {
  if (verdict.state === 'bad') return `${verdict.finding.name}: ${verdict.finding.says}`
  const { origin, size } = verdict.found
  if (old === undefined) return `Remembered ${origin} at ${count(size, 'record')}.`
  return `${origin} continues: ${count(size, 'record')}, ${size - old.size} more than remembered.`
}

function jsonOf(verdict: Audited<SignedTree>, old: SignedTree | undefined): object {
  if (verdict.state === 'bad') return { verified: false, problems: [verdict.finding] }
  return { verified: true, ...treeJson(verdict.found), ...(old === undefined ? {} : { remembered: old.size }) }
}

function refuse(why: string): void {
  console.error(why)
  process.exitCode = 1
}
