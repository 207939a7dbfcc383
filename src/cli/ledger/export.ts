/** `sluice ledger export`: records as JSON lines or CSV, to standard output or to a file that a later run continues. */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { Command, Option } from 'commander'
import { leafJson } from '../../ledger/leaf-text.ts'
import { readLeaves, readSize } from '../../ledger/read.ts'
import { csvLine } from '../../ledger/table.ts'
import { LedgerFolder } from '../../storage/sqlite/ledger-folder.ts'
import { count, DATA_FOLDER, progress, requireLedger, wholeNumber, writeLines } from './options.ts'

interface Flags {
  readonly data: string
  readonly from: number
  readonly to: number
  readonly format: 'jsonl' | 'csv'
  readonly output?: string
}
type Row = Parameters<typeof leafJson>[0]

/** Columns for all kinds of records; other members go to `more`, as JSON. */
const COLUMNS = [
  'seq',
  'hash',
  'kind',
  'time',
  'id',
  'partner',
  'app',
  'event',
  'eventRef',
  'attempt',
  'revision',
  'regime',
  'why',
  'role',
  'type',
  'purposes',
  'countries',
  'treatments',
  'verdict',
  'outcome',
  'action',
  'facts',
  'malformed',
] as const

export function exportCommand(): Command {
  return new Command('export')
    .description('print records as JSON lines or CSV: seq, hash and the record')
    .option('--data <dir>', 'data folder of the gateway, or a copy of it', DATA_FOLDER)
    .option('--from <seq>', 'first sequence number', wholeNumber, 0)
    .option('--to <seq>', 'sequence number to stop before', wholeNumber, Number.MAX_SAFE_INTEGER)
    .addOption(
      new Option('--format <format>', 'one JSON object a line, or CSV').choices(['jsonl', 'csv']).default('jsonl'),
    )
    .option('--output <file>', 'write to this file; where it exists, go on after its last whole line')
    .option('--json', 'JSON lines, which is what it prints anyway')
    .action(async (flags: Flags) => {
      if (!requireLedger(flags.data)) return
      if (flags.output === undefined) await toStandardOutput(flags)
      else await toFile(flags.output, flags)
    })
}

async function toStandardOutput(flags: Flags): Promise<void> {
  if (flags.format === 'csv') await writeLines([csvLine([...COLUMNS, 'more'])])
  await writeLines(linesFrom(flags.from, flags))
}

function* linesFrom(from: number, { data, to, format }: Flags): Generator<string> {
  const files = new LedgerFolder(data)
  for (const row of readLeaves(files, from, Math.min(to, readSize(files))))
    yield format === 'csv' ? csvOf(row) : JSON.stringify(leafJson(row))
}

function csvOf(row: Row): string {
  const { ...rest }: Record<string, unknown> = leafJson(row)
  const cells = COLUMNS.map((name) => {
    const value = rest[name]
    delete rest[name]
    return name === 'time' && typeof value === 'number' ? new Date(value).toISOString() : value
  })
  return csvLine([...cells, Object.keys(rest).length === 0 ? '' : rest])
}

const WRITE_BYTES = 1_048_576

async function toFile(path: string, flags: Flags): Promise<void> {
  const file = openSync(path, existsSync(path) ? 'r+' : 'wx+', 0o600)
  try {
    const kept = endOf(file, flags.format)
    if (typeof kept === 'string') {
      console.error(`${path}: ${kept}`)
      process.exitCode = 1
      return
    }
    const { end, next } = kept
    ftruncateSync(file, end)
    let at = end
    let waiting = end === 0 && flags.format === 'csv' ? `${csvLine([...COLUMNS, 'more'])}\n` : ''
    let written = 0
    const say = progress()
    const flush = (): void => {
      const bytes = Buffer.from(waiting, 'utf8')
      writeSync(file, bytes, 0, bytes.length, at)
      at += bytes.length
      waiting = ''
      say(written)
    }
    for (const line of linesFrom(Math.max(flags.from, next), flags)) {
      waiting += `${line}\n`
      written++
      if (waiting.length >= WRITE_BYTES) flush()
    }
    flush()
    process.stderr.write(`${count(written, 'record')} added to ${path}\n`)
  } finally {
    closeSync(file)
  }
}

/** The offset after the last complete line, and the next record's number; or why the file cannot be continued. */
function endOf(file: number, format: Flags['format']): { readonly end: number; readonly next: number } | string {
  const size = fstatSync(file).size
  let tail = ''
  for (let from = size; from > 0 && (tail.match(/\n/g)?.length ?? 0) < 2; ) {
    const part = Buffer.alloc(Math.min(65_536, from))
    from -= part.length
    readSync(file, part, 0, part.length, from)
    tail = part.toString('latin1') + tail
  }
  const lines = tail.split('\n')
  const half = lines.pop() ?? ''
  const last = lines.at(-1)
  if (last === undefined) return { end: 0, next: 0 }
  const seq = /^(?:\{"seq":)?(\d+),/.exec(last)?.[1]
  if (seq === undefined && !(format === 'csv' && last.startsWith('seq,'))) return 'it is no export of a ledger'
  if (seq !== undefined && last.startsWith('{') !== (format === 'jsonl')) return 'it is an export in another format'
  return { end: size - Buffer.byteLength(half, 'latin1'), next: seq === undefined ? 0 : Number(seq) + 1 }
}
