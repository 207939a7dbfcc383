/**
 * `sluice ledger verify [PROOF]`: verifies claims about a ledger without its records and without trusting its server. With a
 * file: checks a tlog-proof offline. Without: checks the newest checkpoint of a folder or server, that it extends earlier
 * ones, and that it includes a record.
 */
import { Command, InvalidArgumentError } from 'commander'
import {
  type Audited,
  auditCheckpoint,
  auditContinuation,
  auditRecord,
  type SignedTree,
} from '../../ledger/verify/audit.ts'
import { parseTrust } from '../../ledger/verify/note.ts'
import { checkTlogProof } from '../../ledger/verify/proof.ts'
import { checkReceipt, type ReceiptVerdict } from '../../ledger/verify/receipt.ts'
import { count, DATA_FOLDER, textFile, textFiles, trustedKeys, trustFile, wholeNumber } from './options.ts'
import { isUrl, verifyRosterOf } from './roster.ts'
import { folderSource, type LedgerSource, SourceUnreadable, servedSource } from './tiles.ts'

interface Flags {
  readonly data: string
  readonly url?: string
  readonly trust?: string
  readonly checkpoint?: readonly string[]
  readonly record?: number
  readonly hash?: Buffer
  readonly receipt?: string
  readonly roster?: string
  readonly cells?: readonly string[]
  readonly unseenMinutes: number
  readonly json?: boolean
}

const UNSEEN_MINUTES = 10

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'check a proof, or a ledger’s checkpoint, its continuation and a record, without trusting who holds it',
    )
    .argument('[proof]', 'file with a tlog-proof; nothing else is read then but --trust', textFile)
    .option('--data <dir>', 'data folder of the gateway, or a copy of it', DATA_FOLDER)
    .option('--url <url>', 'where a ledger is served, such as https://gateway.example/ledger; needs --trust')
    .option('--trust <file>', 'verifier keys to believe, one a line, old ones included', trustFile)
    .option('--checkpoint <file...>', 'checkpoints kept from earlier, which the ledger must continue', textFiles)
    .option('--record <number>', 'a record that must be in it; needs --hash', wholeNumber)
    .option('--hash <hex>', 'that record’s leaf hash, as `export` prints it', hashOf)
    .option('--receipt <file>', 'a person’s receipt, with its proof; nothing else is read then but --trust', textFile)
    .option(
      '--roster <place>',
      'cell 0 of a cluster, as a data folder or as `--url`: all cells are verified against it',
    )
    .option('--cells <place...>', 'the other cells; where they are served is known')
    .option(
      '--unseen-minutes <minutes>',
      'how long a cell may record what the roster does not see',
      wholeNumber,
      UNSEEN_MINUTES,
    )
    .option('--json', 'print one JSON object')
    .action(async (proof: string | undefined, flags: Flags) => {
      const misuse = misuseOf(proof, flags)
      if (misuse !== undefined) {
        console.error(misuse)
        process.exitCode = 1
        return
      }
      if (flags.roster !== undefined) await verifyRosterOf({ ...flags, roster: flags.roster })
      else if (flags.receipt !== undefined) verifyReceipt(flags.receipt, flags)
      else if (proof === undefined) await verifySource(flags)
      else verifyProof(proof, flags)
    })
}

function misuseOf(proof: string | undefined, flags: Flags): string | undefined {
  const { url, trust, record, hash, receipt, roster, cells } = flags
  if (roster === undefined && cells !== undefined) return '--cells goes with --roster.'
  if (roster !== undefined && (proof ?? receipt ?? url ?? hash) !== undefined)
    return 'With --roster give --cells, --trust and --checkpoint alone.'
  if (proof !== undefined && receipt !== undefined) return 'Give a proof or a receipt, not both.'
  const isServed = url !== undefined || isUrl(roster ?? '')
  if ((proof !== undefined || receipt !== undefined || isServed) && trust === undefined)
    return 'Name the keys to believe with --trust: whoever made this would choose their own.'
  if ((record === undefined) !== (hash === undefined)) return '--record and --hash go together.'
  return undefined
}

function verifyProof(proof: string, { trust = '', json }: Flags): void {
  const verdict = checkTlogProof(proof, parseTrust(trust))
  const says =
    verdict.state === 'valid'
      ? `The proof is good: this is record ${verdict.index} of ${verdict.origin}, in the ledger of ${count(verdict.size, 'record')} that a trusted key signed.`
      : `The proof is NOT good: ${verdict.why}.`
  console.log(json === true ? JSON.stringify(verdict) : says)
  process.exitCode = verdict.state === 'valid' ? 0 : 1
}

function verifyReceipt(text: string, { trust = '', json }: Flags): void {
  const verdict = checkReceipt(jsonIn(text), parseTrust(trust))
  console.log(json === true ? JSON.stringify(verdict) : receiptInWords(verdict))
  // A promise without a proof is not yet verifiable and counts as a failure.
  process.exitCode = verdict.state === 'valid' && verdict.size !== undefined ? 0 : 1
}

function receiptInWords(verdict: ReceiptVerdict): string {
  if (verdict.state === 'invalid') return `The receipt is NOT good: ${verdict.why}.`
  const { verb, time, policy, origin, index, size } = verdict
  const said = `${verb} at ${time}, under the privacy policy of ${policy}`
  return size === undefined
    ? `The promise is good (${said}), but the receipt holds no proof yet: fetch it from /receipts/{id} and put it in as "proof".`
    : `The receipt is good: ${said}, is record ${index} of ${origin}, in the ledger of ${count(size, 'record')} that a trusted key signed.`
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function verifySource(flags: Flags): Promise<void> {
  const source = flags.url === undefined ? folderSource(flags.data) : servedSource(flags.url)
  try {
    const audited = await auditSource(source, flags)
    report(audited, flags)
  } catch (error) {
    if (!(error instanceof SourceUnreadable)) throw error
    console.error(error.message)
    process.exitCode = 1
  } finally {
    source.close()
  }
}

async function auditSource(source: LedgerSource, flags: Flags): Promise<Audited<SignedTree>> {
  const trusted = trustedKeys(flags.trust, flags.data)
  const newest = auditCheckpoint(await source.checkpoint(), trusted, `the newest checkpoint of ${source.name}`)
  if (newest.state === 'bad') return newest
  for (const note of flags.checkpoint ?? []) {
    const old = auditCheckpoint(note, trusted, 'a checkpoint that you gave')
    if (old.state === 'bad') return old
    const continued = await auditContinuation(old.found, newest.found, source)
    if (continued.state === 'bad') return continued
  }
  if (flags.record === undefined || flags.hash === undefined) return newest
  return auditRecord(flags.hash, flags.record, newest.found, source)
}

function report(audited: Audited<SignedTree>, { checkpoint = [], record, json }: Flags): void {
  process.exitCode = audited.state === 'good' ? 0 : 1
  if (json === true) {
    const { state } = audited
    const what = audited.state === 'good' ? treeJson(audited.found) : { problems: [audited.finding] }
    console.log(JSON.stringify({ verified: state === 'good', ...what }))
    return
  }
  if (audited.state === 'bad') {
    console.log(`${audited.finding.name}: ${audited.finding.says}`)
    return
  }
  const { origin, size, root } = audited.found
  const sentences = [
    `The checkpoint of ${origin} is signed by a trusted key: ${count(size, 'record')}, root ${root.toString('hex')}.`,
    ...(checkpoint.length === 0 ? [] : [`It continues ${count(checkpoint.length, 'checkpoint')} that you gave.`]),
    ...(record === undefined ? [] : [`Record ${record} is in it.`]),
    'The records were not read: `sluice ledger fsck` does that.',
  ]
  console.log(sentences.join(' '))
}

export function treeJson({ origin, size, root }: SignedTree): object {
  return { origin, size, root: root.toString('hex') }
}

function hashOf(text: string): Buffer {
  if (!/^[0-9a-f]{64}$/u.test(text)) throw new InvalidArgumentError('It must be 64 hex digits.')
  return Buffer.from(text, 'hex')
}
