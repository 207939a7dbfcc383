/** Verifies the ledgers of a cluster's cells together: the roster, each cell's, and each cell's against the roster. */

import { Findings, type Problem, type VerifyReport } from '../ledger/verify/report.ts'
import { addUnseen, type CellLedger, IntentIds, ledgerOf, partOf, RosterReading } from '../ledger/verify/roster.ts'
import type { OnRecord } from '../ledger/verify/segment.ts'
import { verifyLedger } from './ledger-verify.ts'
import { viewLedger } from './ledger-view.ts'

export interface RosterVerifyOptions {
  /** Data folders of cells, or copies; cell 0's holds the roster. */
  readonly cells: readonly string[]
  /** Trusted verifier keys, one a line. Default: the roster folder's own, and those recorded on the roster. */
  readonly trust?: string
  /** Earlier checkpoints of any of the ledgers. */
  readonly checkpoints?: readonly string[]
  /** How long a cell may record without being seen by the roster. Default 10 minutes. */
  readonly mostUnseenMs?: number
}

export interface RosterReport {
  /** True if nothing was found anywhere. */
  readonly verified: boolean
  readonly roster: VerifyReport
  readonly cells: readonly { readonly cell: string; readonly folder: string; readonly report: VerifyReport }[]
  /** Findings in the roster's records and between the ledgers. */
  readonly problems: readonly Problem[]
  readonly problemCount: number
  /** Cells still open at the end of the roster, ascending. */
  readonly open: readonly string[]
}

const MOST_UNSEEN_MS = 600_000

/** Cells are read after the roster, so that a running cluster's cells contain everything the roster saw. */
export async function verifyRoster(folder: string, options: RosterVerifyOptions): Promise<RosterReport> {
  const { checkpoints = [], trust, mostUnseenMs = MOST_UNSEEN_MS } = options
  const findings = new Findings()
  const reading = new RosterReading(findings)
  const latest = viewLedger(folder).latestCheckpoint() ?? ''
  const roster = await verifyLedger(folder, {
    ...(trust === undefined ? {} : { trust: trustOf(trust, originIn(latest)) }),
    checkpoints: checkpoints.filter((note) => originIn(note) === originIn(latest)),
    onRecord: reading.see,
  })
  const ledgers = reading.ledgers()
  const ids = new IntentIds()
  const given = givenCells([folder, ...options.cells], ledgers, findings)
  const cells: { cell: string; folder: string; report: VerifyReport }[] = []
  for (const { ledger, folder: of } of given) {
    const last = { intent: -1, intentTime: 0 }
    const onRecord: OnRecord = (seq, read) => {
      ids.see(seq, read)
      if (read.shape?.kind === 'intent' || read.shape?.kind === 'notice')
        Object.assign(last, { intent: seq, intentTime: read.time })
    }
    const report = await verifyLedger(of, {
      trust: [...ledger.keys, trustOf(trust ?? '', ledger.origin)].join('\n'),
      checkpoints: checkpoints.filter((note) => originIn(note) === ledger.origin),
      roster: ledger.trees,
      onRecord,
    })
    ids.endCell()
    addUnseen(findings, ledger, last, mostUnseenMs)
    cells.push({ cell: ledger.cell, folder: of, report })
  }
  for (const { cell, isOpen, origin } of ledgers) {
    if (!isOpen || given.some(({ ledger }) => ledger.isOpen && ledger.cell === cell)) continue
    findings.add(
      'cell_missing',
      undefined,
      `cell ${cell} (${origin}) is open on the roster, and its ledger was not given`,
    )
  }
  await addRepeated(ids.inSeveral(), given, findings)
  const reports = [roster, ...cells.map(({ report }) => report)]
  return {
    verified: findings.count === 0 && reports.every(({ verified }) => verified),
    roster,
    cells,
    problems: findings.problems,
    problemCount: findings.count,
    open: ledgers.flatMap(({ cell, isOpen }) => (isOpen ? [cell] : [])).toSorted((a, b) => Number(a) - Number(b)),
  }
}

interface Given {
  readonly ledger: CellLedger
  readonly folder: string
}

function givenCells(folders: readonly string[], ledgers: readonly CellLedger[], findings: Findings): readonly Given[] {
  const given: Given[] = []
  for (const folder of folders) {
    const ledger = ledgerOf(viewLedger(folder).latestCheckpoint() ?? '', ledgers)
    if (ledger === undefined || given.some((one) => one.ledger === ledger))
      findings.add('cell_unknown', undefined, `${folder}: its ledger is of no cell on the roster, or was given twice`)
    else given.push({ ledger, folder })
  }
  return given
}

/** Reads the records themselves, which is rarely needed. */
async function addRepeated(parts: ReadonlySet<bigint>, given: readonly Given[], findings: Findings): Promise<void> {
  if (parts.size === 0) return
  const found = new Map<string, { readonly cell: string; readonly seq: number }>()
  for (const { ledger, folder } of given) {
    const { cell } = ledger
    await verifyLedger(folder, {
      onRecord: (seq, { shape, id }) => {
        if ((shape?.kind !== 'intent' && shape?.kind !== 'notice') || !parts.has(partOf(id))) return
        const before = found.get(id)
        if (before === undefined) found.set(id, { cell, seq })
        else if (before.cell !== cell)
          findings.add(
            'intent_in_two_cells',
            seq,
            `INTENT ${seq} of cell ${cell} has the id of INTENT ${before.seq} of cell ${before.cell}`,
          )
      },
    })
  }
}

function originIn(note: string): string {
  return note.slice(0, note.indexOf('\n'))
}

/** The lines of this ledger's keys. */
function trustOf(trust: string, origin: string): string {
  return trust
    .split('\n')
    .filter((line) => line.startsWith(`${origin}+`))
    .join('\n')
}
