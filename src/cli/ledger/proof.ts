/** `sluice ledger proof ID`: a tlog-proof of one disclosure, with its record; `verify` checks it offline. */
import { setImmediate as turn } from 'node:timers/promises'
import { Command } from 'commander'
import type { RecordName } from '../../ledger/ports.ts'
import { openLedgerArchive } from '../../threads/ledger-archive.ts'
import { DATA_FOLDER, requireLedger } from './options.ts'

interface Flags {
  readonly data: string
  readonly json?: boolean
}

export function proofCommand(): Command {
  return new Command('proof')
    .description(
      'print a tlog-proof of a record: the record, the hashes that lead to a signed root, and that checkpoint',
    )
    .argument('<record>', 'disclosure id, or a record’s number')
    .option('--data <dir>', 'data folder of the gateway, or a copy of it', DATA_FOLDER)
    .option('--json', 'print one JSON object')
    .action(async (named: string, { data, json }: Flags) => {
      const name = nameOf(named)
      if (name === undefined) refuse('Name a disclosure by its id, a UUID, or a record by its number.')
      else if (requireLedger(data)) await print(name, data, json === true)
    })
}

async function print(name: RecordName, data: string, json: boolean): Promise<void> {
  const archive = openLedgerArchive(data, () => turn())
  try {
    const proof = await archive.proof(name)
    if (proof === undefined) refuse(await whyNone(name, archive))
    else process.stdout.write(json ? `${JSON.stringify({ proof })}\n` : proof)
  } finally {
    await archive.close()
  }
}

async function whyNone(name: RecordName, archive: ReturnType<typeof openLedgerArchive>): Promise<string> {
  if ((await archive.record(name)) === undefined) return 'There is no such record here.'
  return 'No checkpoint covers this record yet: a running gateway signs one about every second.'
}

function nameOf(text: string): RecordName | undefined {
  if (/^[0-9]{1,15}$/u.test(text)) return { seq: Number(text) }
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text) ? { id: text.toLowerCase() } : undefined
}

function refuse(why: string): void {
  console.error(why)
  process.exitCode = 1
}
