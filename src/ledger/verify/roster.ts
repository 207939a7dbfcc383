/**
 * Reads a roster: which cells there were, under which keys they signed, and which of their trees it saw. Pure: the records
 * come from a verified ledger, or each with a proof.
 */

import type { LeafReading } from './leaf.ts'
import { openCheckpoint, parseTrust, type TrustedKey } from './note.ts'
import type { Findings, ProblemName } from './report.ts'
import { hashOf } from './tree.ts'

/** A tree that the roster saw; `root` as in `tree.ts`. */
export interface SeenTree {
  readonly size: number
  readonly root: string
}

/** One cell's ledger, from `cell_opened` to `cell_closed`. */
export interface CellLedger {
  readonly cell: string
  readonly origin: string
  /** Verifier keys, one a line. */
  readonly keys: ReadonlySet<string>
  /** Ascending, none twice. */
  readonly trees: readonly SeenTree[]
  /** Milliseconds since 1970 by the roster's clock. */
  readonly seenAt: number
  readonly isOpen: boolean
}

/** A record of a roster. */
export interface RosterRecord {
  readonly action: 'cell_opened' | 'cell_checkpoint' | 'cell_closed'
  readonly cell: string
  /** All cells that are open after it. */
  readonly cells: readonly string[]
  readonly origin: string
  readonly tree: SeenTree
  /** Only in `cell_opened`. */
  readonly key: string
  readonly seenAt: number
}

/** Undefined for other records; a sentence if the record is incomplete. */
export function rosterRecord({ shape, time }: LeafReading): RosterRecord | string | undefined {
  if (shape?.kind !== 'cell') return undefined
  const { action, facts } = shape
  if (action !== 'cell_opened' && action !== 'cell_checkpoint' && action !== 'cell_closed') return undefined
  const text = (name: string): string => String(facts.get(name) ?? '')
  const [cell, size, key] = [text('cell'), facts.get('size'), text('verifier_key')]
  const root = Buffer.from(text('root'), 'base64')
  const cells = text('cells')
    .split(' ')
    .filter((one) => one !== '')
  if (!isCell(cell) || !cells.every((one) => isCell(one))) return 'it does not name cells'
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || root.length !== 32)
    return 'it does not say which tree it saw'
  if (action === 'cell_opened' && !isKeyOf(key, text('origin'))) return 'it does not say whose key counts'
  const seen = facts.get('seen')
  const seenAt = typeof seen === 'number' ? seen : time
  return { action, cell, cells, origin: text('origin'), tree: { size, root: hashOf(root) }, key, seenAt }
}

interface Life {
  readonly cell: string
  readonly origin: string
  readonly keys: Set<string>
  readonly trees: SeenTree[]
  seenAt: number
  isOpen: boolean
}

export class RosterReading {
  /** Time of the newest record: everything on the roster was seen before. */
  time = 0
  readonly #findings: Findings
  readonly #lives: Life[] = []
  /** Cells that are open after the last record; undefined before the first. */
  #open: ReadonlySet<string> | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Every record of the roster's ledger, in order. */
  readonly see = (seq: number, reading: LeafReading): void => {
    const record = rosterRecord(reading)
    if (record === undefined) return
    if (typeof record === 'string') {
      this.#findings.add('roster_malformed', seq, `record ${seq} of the roster: ${record}`)
      return
    }
    this.time = Math.max(this.time, reading.time)
    this.#requireSameCells(seq, record)
    const before = this.#lives.findLast(({ cell }) => cell === record.cell)
    if (record.action === 'cell_opened') this.#opened(seq, record, before)
    else if (before === undefined) {
      // Its `cell_opened` may have been pruned, and is repeated within a day.
      if (this.#wasOpen(record.cell)) this.#begin(record)
      else this.#contradicts(seq, `speaks of cell ${record.cell}, which it never opened`)
    } else if (!before.isOpen) this.#contradicts(seq, `speaks of cell ${record.cell}, which it has closed`)
    else this.#continue(seq, record, before)
    this.#open = new Set(record.cells)
  }

  ledgers(): readonly CellLedger[] {
    return this.#lives
  }

  #opened(seq: number, record: RosterRecord, before: Life | undefined): void {
    if (before === undefined || (!before.isOpen && !before.keys.has(record.key))) this.#begin(record)
    else {
      before.isOpen = true
      this.#continue(seq, record, before)
    }
  }

  #begin({ cell, origin, key, tree, seenAt, action }: RosterRecord): void {
    const keys = new Set(key === '' ? [] : [key])
    this.#lives.push({ cell, origin, keys, trees: [tree], seenAt, isOpen: action !== 'cell_closed' })
  }

  #continue(seq: number, { action, origin, key, tree, seenAt }: RosterRecord, life: Life): void {
    if (key !== '') life.keys.add(key)
    const last = life.trees.at(-1)!
    if (origin !== life.origin) this.#contradicts(seq, `gives cell ${life.cell} another origin`)
    if (tree.size < last.size || (tree.size === last.size && tree.root !== last.root))
      this.#contradicts(
        seq,
        `has ${tree.size} records of cell ${life.cell}, and saw ${last.size} ${tree.size === last.size ? 'others ' : ''}before`,
      )
    else if (tree.size > last.size) life.trees.push(tree)
    life.seenAt = Math.max(life.seenAt, seenAt)
    life.isOpen = action !== 'cell_closed'
  }

  /** A record may only add the cell that it opens, or remove the one that it closes. */
  #requireSameCells(seq: number, { action, cell, cells }: RosterRecord): void {
    const wanted = new Set(this.#open ?? cells)
    if (action === 'cell_opened') wanted.add(cell)
    if (action === 'cell_closed') wanted.delete(cell)
    if (wanted.symmetricDifference(new Set(cells)).size === 0) return
    this.#contradicts(seq, `names other open cells than follow from the records before`)
  }

  #wasOpen(cell: string): boolean {
    return this.#open?.has(cell) ?? true
  }

  #contradicts(seq: number, says: string): void {
    this.#findings.add('roster_contradicts', seq, `record ${seq} of the roster ${says}`)
  }
}

/** The ledger of this checkpoint: one whose keys verify it, or else the newest of that name. */
export function ledgerOf(note: string, ledgers: readonly CellLedger[]): CellLedger | undefined {
  const origin = note.slice(0, note.indexOf('\n'))
  const named = ledgers.filter((ledger) => ledger.origin === origin)
  return named.findLast((ledger) => openCheckpoint(note, keysOf(ledger)).state === 'valid') ?? named.at(-1)
}

export function keysOf({ keys }: Pick<CellLedger, 'keys'>): readonly TrustedKey[] {
  return parseTrust([...keys].join('\n'))
}

/**
 * Looks for INTENTs that are in several cells. Keeps 8 random bytes of each id, so what it finds may be chance: the records
 * themselves have to be asked.
 */
export class IntentIds {
  #cells: BigUint64Array[] = []
  #ids = new BigUint64Array(1_024)
  #count = 0

  /** Adds INTENTs of one cell, in any order. */
  readonly see = (_seq: number, { shape, id }: LeafReading): void => {
    if (shape?.kind !== 'intent' && shape?.kind !== 'notice') return
    if (this.#count === this.#ids.length) {
      const longer = new BigUint64Array(2 * this.#ids.length)
      longer.set(this.#ids)
      this.#ids = longer
    }
    this.#ids[this.#count++] = partOf(id)
  }

  /** Ends a cell: later INTENTs are of the next one. */
  endCell(): void {
    this.#cells.push(this.#ids.slice(0, this.#count).sort())
    this.#count = 0
  }

  /** Parts of ids, see `partOf`, that are in more than one cell. */
  inSeveral(): ReadonlySet<bigint> {
    const all = new BigUint64Array(this.#cells.reduce((sum, { length }) => sum + length, 0))
    let end = 0
    for (const ids of this.#cells) {
      let count = 0
      // Once for each cell.
      for (const [i, id] of ids.entries()) if (i === 0 || id !== ids[i - 1]) all[end + count++] = id
      end += count
    }
    const sorted = all.subarray(0, end).sort()
    const found = new Set<bigint>()
    for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) found.add(sorted[i]!)
    return found
  }
}

/** The last 8 bytes: of a UUID of version 7 or 4 they are random but for two bits. */
export function partOf(id: string): bigint {
  return Buffer.from(id, 'latin1').readBigUInt64BE(8)
}

/** Findings about a cell's records that need the roster. */
export function addUnseen(
  findings: Findings,
  ledger: CellLedger,
  last: { readonly intent: number; readonly intentTime: number },
  mostMs: number,
): void {
  const seen = ledger.trees.at(-1)?.size ?? 0
  if (last.intent < seen) return
  const add = (name: ProblemName, says: string): void =>
    findings.add(name, last.intent, `INTENT ${last.intent} of cell ${ledger.cell} ${says}`)
  if (!ledger.isOpen) add('cell_continued', `was recorded after its ledger was closed at ${seen} records`)
  else if (last.intentTime - ledger.seenAt > mostMs) {
    const minutes = Math.round((last.intentTime - ledger.seenAt) / 60_000)
    add('cell_unseen', `was recorded ${minutes} minutes after the roster saw the cell last, at ${seen} records`)
  }
}

function isCell(text: string): boolean {
  return /^(?:\d|[1-5]\d|6[0-3])$/.test(text)
}

function isKeyOf(line: string, origin: string): boolean {
  try {
    const [key, ...more] = parseTrust(line)
    return key?.name === origin && more.length === 0
  } catch {
    return false
  }
}
