/**
 * Reads INTENTs, OUTCOMEs and WITHHELDs as anybody would who is handed a data folder: by `sluice ledger export`, a process
 * of its own that opens files for reading only.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

interface OfPair {
  readonly seq: number
  readonly partner: string
  /** 32 hex digits. */
  readonly eventRef: string
}
export interface WitnessedIntent extends OfPair {
  readonly kind: 'intent'
  readonly id: string
  readonly attempt: number
  /** Size of the item. */
  readonly bytes: number
  /** Of the subject's key; 0 where there is no subject. */
  readonly epoch: number
  /** 32 hex digits. */
  readonly blind: string
  /** 64 hex digits. */
  readonly commitment: string
}
export interface WitnessedOutcome extends OfPair {
  readonly kind: 'outcome'
  readonly outcome: { readonly kind: OutcomeKind; readonly retry?: boolean }
}
export interface WitnessedWithheld extends OfPair {
  readonly kind: 'withheld'
}
export type Witnessed = WitnessedIntent | WitnessedOutcome | WitnessedWithheld

export type OutcomeKind =
  | 'delivered'
  | 'refused'
  | 'failed_before_write'
  | 'unknown_after_write'
  | 'cancelled_not_sent'
  | 'unresolved_assume_disclosed'

const ROOT = join(import.meta.dirname, '..', '..')

/** Every such record from sequence number `from` on, in order, and the number of records there are. */
export async function readLedger(
  dataFolder: string,
  from: number,
): Promise<{ readonly records: readonly Witnessed[]; readonly size: number }> {
  const folder = join(dataFolder, 'ledger')
  const isThere = existsSync(folder) && readdirSync(folder).some((name) => /^segment-\d+\.db$/.test(name))
  if (!isThere && from === 0) return { records: [], size: 0 }
  const command = [join('bin', 'sluice.js'), 'ledger', 'export', '--data', dataFolder, '--from', String(from)]
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code))
  })
  const records: Witnessed[] = []
  let size = from
  for await (const line of createInterface({ input: child.stdout })) {
    const record = witnessed(line, size)
    if (record !== undefined) records.push(record)
    size++
  }
  const code = await ended
  if (code !== 0) throw new Error(`the export of the ledger ended with ${code}`)
  return { records, size }
}

/** Undefined for records about no event. Throws for a line that is not record `seq`, or lacks what the judge needs. */
export function witnessed(line: string, seq: number): Witnessed | undefined {
  // The checks below are all that the judge relies on.
  const record = JSON.parse(line) as Witnessed
  if (record.seq !== seq) throw new Error(`record ${seq} is missing: ${record.seq} comes instead`)
  switch (record.kind) {
    case 'intent':
      require(seq, record, /^[0-9a-f]{64}$/.test(record.commitment) && record.attempt >= 1 && record.bytes > 0)
      return record
    case 'outcome':
      require(seq, record, typeof record.outcome.kind === 'string')
      return record
    case 'withheld':
      require(seq, record, true)
      return record
    default:
      return undefined
  }
}

function require(seq: number, { partner, eventRef }: Witnessed, isComplete: boolean): void {
  if (!isComplete || typeof partner !== 'string' || !/^[0-9a-f]{32}$/.test(eventRef))
    throw new Error(`record ${seq} lacks something`)
}
