/**
 * `sluice ledger subject FILE`: checks an export of `sluice subject export`. Offline: each record's proof and owner. With a
 * ledger's folder: also that no record is missing.
 */
import { Command } from 'commander'
import { z } from 'zod'
import { LeafReading } from '../../ledger/verify/leaf.ts'
import { parseTrust } from '../../ledger/verify/note.ts'
import { checkTlogProof } from '../../ledger/verify/proof.ts'
import { SubjectCheck } from '../../ledger/verify/subject.ts'
import { verifyLedger } from '../../threads/ledger-verify.ts'
import { count, progress, requireLedger, textFile, trustFile } from './options.ts'

interface Flags {
  readonly data?: string
  readonly trust?: string
  readonly json?: boolean
}
interface Found {
  readonly name: string
  readonly says: string
}

/** The members of an export that are read. */
const EXPORT = z.object({
  keys: z.array(z.object({ epoch: z.int().min(0), key: z.base64() })),
  disclosures: z.array(
    z.object({
      id: z.uuid(),
      seq: z.int().min(0),
      leaf: z.base64().optional(),
      proof: z.string().optional(),
    }),
  ),
  next: z.int().optional(),
})
type Export = z.infer<typeof EXPORT>

export function subjectCommand(): Command {
  return new Command('subject')
    .description(
      'check a person’s export: every proof, that each record is theirs and, with --data, that none is missing',
    )
    .argument('<export>', 'the file that `sluice subject export` wrote', textFile)
    .option('--data <dir>', 'data folder of the gateway, or a copy of it: reads every record')
    .option('--trust <file>', 'verifier keys to believe, one a line; without it proofs are not checked', trustFile)
    .option('--json', 'print one JSON object')
    .action(async (text: string, flags: Flags) => {
      const statement = exportIn(text)
      if (statement === undefined) {
        console.error('The file is no export with keys: `sluice subject export` writes one.')
        process.exitCode = 1
      } else if (flags.data === undefined || requireLedger(flags.data)) await check(statement, flags)
    })
}

function exportIn(text: string): Export | undefined {
  try {
    return EXPORT.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  }
}

async function check(statement: Export, flags: Flags): Promise<void> {
  const subject = new SubjectCheck(statement.keys.map(({ epoch, key }) => ({ epoch, key: Buffer.from(key, 'base64') })))
  const problems: Found[] = [...badRecords(statement, subject), ...badProofs(statement, flags.trust)]
  if (flags.data !== undefined) {
    const report = await verifyLedger(flags.data, {
      ...(flags.trust === undefined ? {} : { trust: flags.trust }),
      onRecord: subject.see,
      onProgress: progress(),
    })
    problems.push(...report.problems, ...subject.compare(statement.disclosures, statement.next))
  }
  const good = problems.length === 0
  process.exitCode = good ? 0 : 1
  const { length } = statement.disclosures
  if (flags.json === true) console.log(JSON.stringify({ verified: good, disclosures: length, problems }))
  else console.log(good ? goodText(length, flags) : problems.map(({ name, says }) => `${name}: ${says}`).join('\n'))
}

/** Records that do not match the subject's keys. */
function badRecords({ disclosures }: Export, subject: SubjectCheck): readonly Found[] {
  const reading = new LeafReading()
  return disclosures.flatMap(({ id, seq, leaf }): readonly Found[] => {
    if (leaf === undefined) return []
    const bytes = Buffer.from(leaf, 'base64')
    const refused = reading.read(bytes, 0, bytes.length)
    const isIt =
      refused === undefined &&
      reading.shape?.kind === 'intent' &&
      reading.seq === seq &&
      Buffer.from(reading.id, 'latin1').toString('hex') === id.replaceAll('-', '').toLowerCase()
    if (isIt && subject.isTheirs(reading)) return []
    const what = isIt ? 'is about somebody else' : 'is another record than it is said to be'
    return [{ name: 'not_theirs', says: `record ${seq} ${what}` }]
  })
}

function badProofs({ disclosures }: Export, trust: string | undefined): readonly Found[] {
  if (trust === undefined) return []
  const keys = parseTrust(trust)
  return disclosures.flatMap(({ seq, leaf, proof }): readonly Found[] => {
    if (proof === undefined) return [{ name: 'unproven', says: `record ${seq} has no proof` }]
    const verdict = checkTlogProof(proof, keys, leaf === undefined ? undefined : Buffer.from(leaf, 'base64'))
    if (verdict.state === 'valid' && verdict.index === seq) return []
    const why = verdict.state === 'valid' ? `it is one of record ${verdict.index}` : verdict.why
    return [{ name: 'not_included', says: `the proof of record ${seq} is not good: ${why}` }]
  })
}

function goodText(length: number, { data, trust }: Flags): string {
  const sentences = [
    `${count(length, 'disclosure')}, and each record is about this person.`,
    trust === undefined ? 'Proofs were not checked: give --trust.' : 'Each is in a ledger that a trusted key signed.',
    data === undefined
      ? 'Whether any is missing takes the ledger’s records: give --data.'
      : 'None is missing: the ledger has no other about them.',
  ]
  return sentences.join(' ')
}
