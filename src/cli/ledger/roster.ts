/** `sluice ledger verify --roster …`: the ledgers of all cells of a cluster, as files or as they are served. */
import { existsSync } from 'node:fs'
import { ownerOf } from '../../cluster/owner.ts'
import { auditCheckpoint, auditContinuation, type SignedTree } from '../../ledger/verify/audit.ts'
import { LeafReading } from '../../ledger/verify/leaf.ts'
import { parseTrust, type TrustedKey } from '../../ledger/verify/note.ts'
import { checkTlogProof, parseTlogProof } from '../../ledger/verify/proof.ts'
import { type RosterRecord, rosterRecord } from '../../ledger/verify/roster.ts'
import type { IdentityKey, NodeId } from '../../model/brand.ts'
import { listSubjectKeys, subjectKeysPath } from '../../storage/sqlite/subject-keys.ts'
import { type RosterReport, verifyRoster } from '../../threads/roster-verify.ts'
import { count, requireLedger } from './options.ts'
import { SourceUnreadable, servedSource, servedText } from './tiles.ts'

export interface RosterFlags {
  readonly roster: string
  readonly cells?: readonly string[]
  readonly trust?: string
  readonly checkpoint?: readonly string[]
  readonly unseenMinutes: number
  readonly json?: boolean
}

const MINUTE_MS = 60_000

export function isUrl(place: string): boolean {
  return /^https?:/u.test(place)
}

export async function verifyRosterOf(flags: RosterFlags): Promise<void> {
  if (isUrl(flags.roster)) await verifyServed(flags)
  else await verifyFolders(flags)
}

async function verifyFolders({ roster, cells = [], trust, checkpoint = [], unseenMinutes, json }: RosterFlags) {
  if (![roster, ...cells].every((folder) => requireLedger(folder))) return
  if (trust === undefined)
    process.stderr.write('No --trust: the roster’s key is believed that lies beside it, which its holder chose.\n')
  const report = await verifyRoster(roster, {
    cells,
    ...(trust === undefined ? {} : { trust }),
    checkpoints: checkpoint,
    mostUnseenMs: unseenMinutes * MINUTE_MS,
  })
  const warnings = report.cells.flatMap(({ cell, folder }) => strangersIn(folder, cell, report.open))
  process.exitCode = report.verified ? 0 : 1
  console.log(
    json === true ? JSON.stringify({ ...report, warnings }) : [...folderLines(report), ...warnings].join('\n'),
  )
}

function* folderLines({ verified, roster, cells, problems, problemCount, open }: RosterReport): Generator<string> {
  for (const { name, says } of roster.problems) yield `${name}: the roster: ${says}`
  for (const { cell, report } of cells) {
    for (const { name, says } of report.problems) yield `${name}: cell ${cell}: ${says}`
    yield `Cell ${cell}: ${count(report.size, 'record')}, ${report.verified ? `root ${report.root}` : `${count(report.problemCount, 'problem')}`}.`
  }
  for (const { name, says } of problems) yield `${name}: ${says}`
  const all = problemCount + roster.problemCount + cells.reduce((sum, { report }) => sum + report.problemCount, 0)
  yield verified
    ? `The roster of ${count(open.length, 'open cell')} verifies, and each cell’s ledger has all that it saw there.`
    : `The cells do NOT verify: ${count(all, 'problem')}.`
}

/** Users whose keys are in another cell than the one that owns them now: no fault, where cells were added or drained. */
function strangersIn(folder: string, cell: string, open: readonly string[]): readonly string[] {
  const path = subjectKeysPath(folder)
  if (!existsSync(path)) return []
  const subjects = new Set([...listSubjectKeys(path)].map(({ identity }) => identity))
  const isOwn = (identity: string): boolean => ownerOf(identity as IdentityKey, open as readonly NodeId[]) === cell
  const strangers = [...subjects].filter((identity) => !isOwn(identity)).length
  return strangers === 0
    ? []
    : [
        `Warning: ${strangers} of the ${subjects.size} users of cell ${cell} belong to other cells by those that are open.`,
      ]
}

/** One cell in `/ledger/cells`. */
interface Listed {
  readonly cell: string
  readonly name: string
  readonly opened: string
  readonly newest: string
}

interface Finding {
  readonly name: string
  readonly says: string
}

/** What a stranger can tell: the records themselves are not served. */
async function verifyServed({
  roster: url,
  cells = [],
  trust = '',
  checkpoint = [],
  unseenMinutes,
  json,
}: RosterFlags) {
  const base = url.endsWith('/') ? url.slice(0, -1) : url
  const keys = parseTrust(trust)
  const problems: Finding[] = []
  const trees: (SignedTree & { readonly cell: string })[] = []
  let records: readonly ListedRecord[]
  try {
    const list = listedIn(await servedText(`${base}/cells`))
    records = recordsIn(list.cells, keys, problems)
    for (const cell of openIn(list.newest, records, keys, problems))
      if (!records.some((one) => one.cell === cell))
        problems.push({ name: 'cell_missing', says: `cell ${cell} is open on the roster, and not in its list` })
    for (const one of records) {
      const places = cells.length === 0 ? [`${base}/${one.name}`] : [base, ...cells]
      const tree = await auditCell(one, places, { kept: checkpoint, keys }, problems)
      if (tree !== undefined) trees.push({ cell: one.cell, ...tree })
      const minutes = Math.floor((Date.now() - one.newest.record.seenAt) / MINUTE_MS)
      if (minutes > unseenMinutes)
        problems.push({ name: 'cell_unseen', says: `the roster saw cell ${one.cell} last ${minutes} minutes ago` })
    }
  } catch (error) {
    if (!(error instanceof SourceUnreadable)) throw error
    console.error(error.message)
    process.exitCode = 1
    return
  }
  process.exitCode = problems.length === 0 ? 0 : 1
  const verified = problems.length === 0
  const shown = trees.map(({ root, ...tree }) => ({ ...tree, root: root.toString('hex') }))
  const lines = [
    ...problems.map(({ name, says }) => `${name}: ${says}`),
    ...trees.map(
      ({ cell, origin, size, root }) =>
        `Cell ${cell} (${origin}): ${count(size, 'record')}, root ${root.toString('hex')}.`,
    ),
    verified
      ? `The roster of ${count(records.length, 'open cell')} is signed by a trusted key, and each cell’s ledger continues what it saw there. The records were not read.`
      : `The cells do NOT verify: ${count(problems.length, 'problem')}.`,
  ]
  console.log(json === true ? JSON.stringify({ verified, problems, cells: shown }) : lines.join('\n'))
}

interface ListedRecord {
  readonly cell: string
  readonly name: string
  readonly opened: Proved
  readonly newest: Proved
}
interface Proved {
  readonly seq: number
  readonly record: RosterRecord
}

/** The cells that are open by the roster's newest record. */
function openIn(
  newest: string,
  records: readonly ListedRecord[],
  keys: readonly TrustedKey[],
  problems: Finding[],
): readonly string[] {
  const last = proved(newest, keys)
  if (typeof last !== 'string' && records.every((one) => one.newest.seq <= last.seq)) return last.record.cells
  const why = typeof last === 'string' ? last : 'there is a newer one'
  problems.push({ name: 'roster_malformed', says: `the newest record of the roster: ${why}` })
  return []
}

/** Throws `SourceUnreadable` where nothing of the list can be believed. */
function recordsIn(
  cells: readonly Listed[],
  keys: readonly TrustedKey[],
  problems: Finding[],
): readonly ListedRecord[] {
  const records: ListedRecord[] = []
  for (const { cell, name, opened, newest } of cells) {
    const [first, last] = [proved(opened, keys), proved(newest, keys)]
    const says = (why: string) => problems.push({ name: 'roster_malformed', says: `cell ${cell}: ${why}` })
    if (typeof first === 'string') says(first)
    else if (typeof last === 'string') says(last)
    else if (first.record.action !== 'cell_opened' || first.record.cell !== cell || last.record.cell !== cell)
      says('its records are of another cell')
    else records.push({ cell, name, opened: first, newest: last })
  }
  if (records.length > 0) return records
  throw new SourceUnreadable(`nothing of the roster is proved: ${problems[0]?.says ?? 'it is empty'}`)
}

function listedIn(text: string): { readonly newest: string; readonly cells: readonly Listed[] } {
  try {
    const { newest, cells } = JSON.parse(text) as {
      readonly newest?: unknown
      readonly cells: readonly Partial<Listed>[]
    }
    const texts = ({ cell = '', name = '', opened = '', newest: last = '' }: Partial<Listed>): Listed => ({
      cell: String(cell),
      name: String(name),
      opened: String(opened),
      newest: String(last),
    })
    return { newest: String(newest), cells: cells.map(texts) }
  } catch (cause) {
    throw new SourceUnreadable('the list of cells is not readable', cause)
  }
}

/** The record that a proof holds, or why it is none of the roster. */
function proved(proof: string, keys: readonly TrustedKey[]): Proved | string {
  const verdict = checkTlogProof(proof, keys)
  if (verdict.state === 'invalid') return verdict.why
  const leaf = parseTlogProof(proof)?.extra ?? Buffer.alloc(0)
  const reading = new LeafReading()
  const record = reading.read(leaf, 0, leaf.length) === undefined ? rosterRecord(reading) : undefined
  if (record === undefined || reading.seq !== verdict.index) return 'it is no record of a roster'
  return typeof record === 'string' ? record : { seq: verdict.index, record }
}

/** The cell's newest tree, which must continue what the roster saw and what was kept of it. */
async function auditCell(
  { cell, opened, newest }: ListedRecord,
  places: readonly string[],
  known: { readonly kept: readonly string[]; readonly keys: readonly TrustedKey[] },
  problems: Finding[],
): Promise<SignedTree | undefined> {
  const keys = [...parseTrust(opened.record.key), ...known.keys]
  const { origin } = newest.record
  for (const place of places) {
    const source = servedSource(place)
    try {
      const note = await source.checkpoint()
      if (!note.startsWith(`${origin}\n`)) continue
      const now = auditCheckpoint(note, keys, `the newest checkpoint of cell ${cell}`)
      if (now.state === 'bad') return void problems.push(now.finding)
      const seen: SignedTree[] = [opened, newest].map(({ record: { tree } }) => ({
        origin,
        size: tree.size,
        root: Buffer.from(tree.root, 'latin1'),
      }))
      for (const old of known.kept.filter((one) => one.startsWith(`${origin}\n`))) {
        const audited = auditCheckpoint(old, keys, `a checkpoint of cell ${cell} that you gave`)
        if (audited.state === 'bad') problems.push(audited.finding)
        else seen.push(audited.found)
      }
      for (const old of seen) {
        const continued = await auditContinuation(old, now.found, source)
        if (continued.state === 'bad')
          problems.push({ ...continued.finding, says: `cell ${cell}: ${continued.finding.says}` })
      }
      return now.found
    } catch (error) {
      if (!(error instanceof SourceUnreadable)) throw error
    } finally {
      source.close()
    }
  }
  return void problems.push({
    name: 'cell_missing',
    says: `cell ${cell} is open on the roster, and does not show its ledger`,
  })
}
