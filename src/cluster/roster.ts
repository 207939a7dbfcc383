/**
 * The roster: cell 0 records in its own ledger what it has seen of every cell's ledger, its own included. Whoever holds the
 * roster can tell which cells there were, and hold each cell's ledger against it. `docs/ledger-format.md` has the facts.
 */
import { textOf } from '../ledger/anchors/compare.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import { sizeOf } from '../ledger/served.ts'
import { auditCheckpoint, type SignedTree } from '../ledger/verify/audit.ts'
import { openCheckpoint, parseTrust } from '../ledger/verify/note.ts'
import { isConsistent } from '../ledger/verify/proof.ts'
import type { EpochMs, NodeId } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { RosterStanding } from '../observe/gauges.ts'
import { createRosterBook, type Recorded, type RosterAction, SAY_AGAIN_MS } from './roster-book.ts'

/** The cell whose ledger is the roster. */
export const ROSTER_CELL = '0' as NodeId
/** How often a cell is recorded. */
const RECORD_MS = 60_000
/** How often it is looked which cells are due. */
const LOOK_MS = 1_000

/** What checkpoints of a cell's ledger are signed as. Cell 0's is the name of the whole, so that its tree goes on as it was. */
export function originOf(origin: string, cell: NodeId): string {
  return cell === ROSTER_CELL ? origin : `${origin}/${cellName(cell)}`
}

/** `c07`. */
export function cellName(cell: string): string {
  return `c${cell.padStart(2, '0')}`
}

/** A cell's answer to the one that keeps the roster. */
export interface CellAnswer {
  /** Its newest checkpoint. */
  readonly note: string
  /** Its verifier keys, one a line. */
  readonly trust: string
  /** RFC 6962, base64: from the size that was asked for. Undefined where it has fewer records, or cannot prove it. */
  readonly proof: readonly string[] | undefined
}

/** Rejects before there is a checkpoint. */
export async function answerRoster(archive: Pick<LedgerArchive, 'serve'>, from: number): Promise<CellAnswer> {
  const [note, trust] = [await textOf(archive, 'checkpoint'), await textOf(archive, 'trust')]
  if (note === undefined || trust === undefined) throw new Error('there is no checkpoint yet')
  const lines = await textOf(archive, `consistency/${from}/${sizeOf(note)}`)
  return { note, trust, proof: lines?.split('\n').filter((line) => line !== '') }
}

export interface RosterParts {
  /** Of this ledger, cell 0's. */
  readonly origin: string
  readonly archive: Pick<LedgerArchive, 'find' | 'proof'>
  readonly append: (records: readonly LedgerEntry[]) => Promise<unknown>
  /** Every cell there is, this one included. */
  readonly cells: () => readonly NodeId[]
  /** Rejects where the cell does not answer. */
  readonly ask: (cell: NodeId, from: number) => Promise<CellAnswer>
  readonly now: () => EpochMs
  readonly observe: {
    /** Called once for each finding about a cell. Nothing is recorded of it meanwhile. */
    contradicted(cell: NodeId, name: string, says: string): void
    /** Called once until it answers again. */
    silent(cell: NodeId, error: unknown): void
    failed(error: unknown): void
  }
}

export interface Roster {
  /** Asks the cells that are due, or these, and records what fits. Never rejects. */
  turn(cells?: readonly NodeId[]): Promise<void>
  /** Asks this cell now. Rejects where nothing could be recorded of it. */
  collect(cell: NodeId): Promise<void>
  /**
   * As JSON: a proof of the newest record, which names all open cells, and for each proofs of its `cell_opened` and of its newest.
   * Undefined until a checkpoint covers the first.
   */
  list(): Promise<string | undefined>
  standing(): readonly RosterStanding[]
  start(): void
  close(): Promise<void>
}

export function createRoster({ origin, archive, append, cells, ask, now, observe }: RosterParts): Roster {
  const book = createRosterBook(archive, now)
  const contradictions = new Map<NodeId, string>()
  const silent = new Set<NodeId>()
  const startedAt = now()
  let listed: { readonly upTo: number; readonly json: string } | undefined
  let listing: Promise<string | undefined> | undefined
  let running: Promise<void> = Promise.resolve()
  let isRead = false
  let timer: NodeJS.Timeout | undefined

  const isDue = (cell: NodeId): boolean => {
    const known = book.of(cell)
    return known?.isOpen !== true || now() - known.at >= RECORD_MS
  }
  /** What is to be recorded of a cell's answer; undefined where nothing may be. */
  const look = async (cell: NodeId): Promise<Seen | undefined> => {
    const known = book.of(cell)
    try {
      const checked = checkAnswer(await ask(cell, known?.size ?? 0), originOf(origin, cell), known)
      silent.delete(cell)
      if (!('says' in checked)) {
        contradictions.delete(cell)
        return checked
      }
      if (contradictions.get(cell) !== checked.says) observe.contradicted(cell, checked.name, checked.says)
      contradictions.set(cell, checked.says)
    } catch (error) {
      if (!silent.has(cell)) observe.silent(cell, error)
      silent.add(cell)
    }
    return undefined
  }
  const run = async (asked: readonly NodeId[] | undefined): Promise<void> => {
    const present = cells()
    // Before the cell knows the others, each would look closed.
    if (!present.includes(ROSTER_CELL)) return
    try {
      if (!isRead) await book.read()
      isRead = true
      const gone = book.open().filter(({ cell }) => !present.includes(cell))
      const seen = await Promise.all(
        (asked ?? present.filter(isDue)).map(async (cell) => ({ cell, known: book.of(cell), now: await look(cell) })),
      )
      const records = recordsOf(origin, now(), book.open(), gone, seen)
      if (records.length === 0) return
      await append(records)
      await book.read()
    } catch (error) {
      observe.failed(error)
    }
  }
  const list = async (): Promise<string | undefined> => {
    const upTo = book.newest()
    if (upTo < 0 || listed?.upTo === upTo) return listed?.json
    const items = await Promise.all(
      book.open().map(async ({ cell, openedSeq, seq }) => ({
        cell,
        name: cellName(cell),
        origin: originOf(origin, cell),
        opened: await archive.proof({ seq: openedSeq }),
        newest: await archive.proof({ seq }),
      })),
    )
    const newest = await archive.proof({ seq: upTo })
    if ([newest, ...items.flatMap((item) => [item.opened, item.newest])].every((proof) => proof !== undefined))
      listed = { upTo, json: `${JSON.stringify({ roster: origin, newest, cells: items })}\n` }
    return listed?.json
  }
  let waiting = 0
  const turn = async (asked?: readonly NodeId[]): Promise<void> => {
    waiting += 1
    running = running.then(() => run(asked)).finally(() => waiting--)
    await running
  }

  return {
    turn,
    collect: async (cell) => {
      const before = book.of(cell)?.seq
      await turn([cell])
      if (book.of(cell)?.seq === before) throw new Error(`nothing could be recorded of cell ${cell}`)
    },
    list: () => {
      // Anybody may ask: whoever does meanwhile gets the same.
      listing ??= list().finally(() => {
        listing = undefined
      })
      return listing
    },
    standing: () => {
      const seenAt = new Map(cells().map((cell) => [cell, startedAt]))
      for (const { cell, at } of book.open()) seenAt.set(cell, at)
      return [...seenAt].map(([cell, at]) => ({
        cell,
        ageSeconds: Math.max(0, (now() - at) / 1_000),
        contradicts: contradictions.has(cell),
      }))
    },
    start: () => {
      timer = setInterval(() => {
        if (waiting === 0) void turn()
      }, LOOK_MS)
      timer.unref()
      void turn()
    },
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}

interface Seen extends Pick<SignedTree, 'size' | 'root'> {
  /** The verifier key that signed it. */
  readonly key: string
}

/** Every record names the cells that are open after it: whoever sees one alone knows which others there have to be. */
function recordsOf(
  origin: string,
  time: EpochMs,
  open: readonly Recorded[],
  gone: readonly Recorded[],
  seen: readonly { readonly cell: NodeId; readonly known: Recorded | undefined; readonly now: Seen | undefined }[],
): readonly LedgerEntry[] {
  const names = new Set(open.map(({ cell }) => cell))
  const records: LedgerEntry[] = []
  const put = (action: RosterAction, cell: NodeId, tree: Pick<Seen, 'size' | 'root'>, more = {}): void => {
    if (action === 'cell_closed') names.delete(cell)
    else names.add(cell)
    const all = [...names].toSorted((a, b) => Number(a) - Number(b)).join(' ')
    const { size, root } = tree
    const facts = { cell, cells: all, origin: originOf(origin, cell), size, root: root.toString('base64'), ...more }
    records.push({ kind: 'cell', time, action, facts })
  }
  for (const last of gone) put('cell_closed', last.cell, last)
  for (const { cell, known, now } of seen) {
    const isOld = known?.isOpen !== true || time - known.openedAt >= SAY_AGAIN_MS
    if (now !== undefined && !isOld && known.keys.includes(now.key)) put('cell_checkpoint', cell, now)
    else if (now !== undefined) put('cell_opened', cell, now, { verifier_key: now.key })
    // It does not answer: what was seen of it last, and when.
    else if (known?.isOpen === true && isOld)
      put('cell_opened', cell, known, { verifier_key: known.keys.at(-1) ?? '', seen: known.at })
  }
  return records
}

/** Whether the ledger goes on from what was recorded of it. */
function checkAnswer(
  { note, trust, proof }: CellAnswer,
  origin: string,
  known: Recorded | undefined,
): Seen | { readonly name: string; readonly says: string } {
  const bad = (name: string, says: string) => ({ name, says })
  const lines = trust.split('\n').filter((line) => isKey(line))
  const key = lines.find((line) => openCheckpoint(note, parseTrust(line)).state === 'valid')
  const opened = auditCheckpoint(note, parseTrust(key ?? ''), 'its newest checkpoint')
  if (opened.state === 'bad') return opened.finding
  const { size, root, origin: signedAs } = opened.found
  if (key === undefined || signedAs !== origin)
    return bad('foreign', `its ledger is ${signedAs}, and should be ${origin}: ledger.origin differs`)
  if (known === undefined || (!known.isOpen && !known.keys.includes(key))) return { size, root, key }
  if (size < known.size) return bad('rolled_back', `its ledger ends at ${size} records, and had ${known.size}`)
  if (proof === undefined)
    return bad('unproven', `it does not prove that its ledger goes on from ${known.size} records`)
  const hashes = proof.map((hash) => Buffer.from(hash, 'base64'))
  if (!isConsistent(known, { size, root }, hashes))
    return bad('forked', `its ledger of ${size} records does not go on from the one of ${known.size} that is on record`)
  return { size, root, key }
}

function isKey(line: string): boolean {
  try {
    return parseTrust(line).length === 1
  } catch {
    return false
  }
}
