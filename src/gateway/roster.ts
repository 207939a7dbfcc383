/** The ledgers of all cells as one: cell 0 keeps the roster, and each cell answers for every other. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Answerer, type Peers, PeerUnavailable } from '../cluster/channel.ts'
import { answerRoster, type CellAnswer, cellName, createRoster, ROSTER_CELL, type Roster } from '../cluster/roster.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { textOf } from '../ledger/anchors/compare.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import { type ServedOr, sizeOf } from '../ledger/served.ts'
import type { EpochMs, NodeId } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { RosterStanding } from '../observe/gauges.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { JoinedCell } from './open-folder.ts'
import type { Stores } from './stores.ts'

/** What the roster is to have on record of a cell; that it be recorded now; what is public. */
const ROSTER = '/roster'
const COLLECT = '/collect'
const LEDGER = '/ledger'
const ANSWER_MS = 10_000
/** What strangers may have asked of one other cell at once: the connections to it also take events there. */
const MOST_ASKED = 4
const CHECKPOINT_TRIES = 100
const CHECKPOINT_WAIT_MS = 100

export interface CellLedgersParts {
  readonly cell: Pick<JoinedCell, 'cell'>
  readonly config: Pick<GatewayConfig, 'ledger'>
  readonly stores: Pick<Stores, 'archive' | 'ledger' | 'owners'>
  readonly log: Log
  readonly now: () => EpochMs
}

export interface CellLedgers {
  /**
   * What any cell answers under `/ledger/`, whichever cell has it: `c07/…` of that cell, the rest of the roster. Behind one
   * address nobody can choose the cell that is asked, so it is passed on.
   */
  readonly serveLedger: LedgerArchive['serve']
  /** Empty anywhere but at the cell that keeps it. */
  roster(): readonly RosterStanding[]
  /** Has the newest checkpoint of this cell put there. Rejects where it is not. */
  toRoster(): Promise<void>
}

/** `begin` MUST be called before anything is answered. */
export function joinLedgers(parts: CellLedgersParts): {
  readonly answerers: Readonly<Record<string, Answerer>>
  readonly begin: (stack: AsyncDisposableStack, peers: Pick<Peers, 'ask'>) => CellLedgers
} {
  const { stores, cell: self } = parts
  const { archive, owners } = stores
  let roster: Roster | undefined
  const serveHere = async (path: string): Promise<ServedOr> =>
    path === 'cells' ? listed(await roster?.list()) : archive.serve(path)
  const cells = () => owners?.cells() ?? []
  return {
    answerers: {
      [ROSTER]: async (from) => JSON.stringify(await answerRoster(archive, Number(from))),
      [COLLECT]: async (_, from) => {
        if (roster === undefined) throw new Error('the roster is not kept here')
        await roster.collect(from)
        return ''
      },
      [LEDGER]: async (path) => JSON.stringify(packed(await serveHere(path.toString()))),
    },
    begin: (stack, peers) => {
      const ask = (cell: NodeId, path: string, message: string): Promise<string> => {
        const at = cells().find((one) => one.cell === cell)?.at
        if (at === undefined) throw new PeerUnavailable(`cell ${cell} is nowhere to be reached`)
        return peers.ask({ cell, at }, path, message, ANSWER_MS)
      }
      const underWay = new Map<NodeId, number>()
      const toRoster = async (): Promise<void> => void (await ask(ROSTER_CELL, COLLECT, ''))
      if (self.cell === ROSTER_CELL) {
        roster = openRoster(parts, async (cell, from) =>
          // Sound: a cell of this version wrote it.
          cell === self.cell
            ? answerRoster(archive, from)
            : (JSON.parse(await ask(cell, ROSTER, String(from))) as CellAnswer),
        )
        roster.start()
        stack.defer(() => roster?.close())
      } else stack.defer(() => recordLast(parts, toRoster))
      return {
        toRoster,
        roster: () => roster?.standing() ?? [],
        serveLedger: async (path) => {
          const [, name, rest = path] = /^(c\d\d)\/(.*)$/su.exec(path) ?? []
          const cell = name === undefined ? ROSTER_CELL : cells().find((one) => cellName(one.cell) === name)?.cell
          if (cell === undefined) return 'unknown'
          if (cell === self.cell) return serveHere(rest)
          const asked = underWay.get(cell) ?? 0
          if (asked >= MOST_ASKED) throw new GatewayError('ERR_PRESSURE')
          underWay.set(cell, asked + 1)
          try {
            return unpacked(await ask(cell, LEDGER, rest))
          } catch (error) {
            throw new GatewayError('ERR_CELL_UNAVAILABLE', {}, error)
          } finally {
            underWay.set(cell, underWay.get(cell)! - 1)
          }
        },
      }
    },
  }
}

function openRoster(
  { config, stores, log, now }: CellLedgersParts,
  ask: (cell: NodeId, from: number) => Promise<CellAnswer>,
): Roster {
  const { archive, ledger, owners } = stores
  return createRoster({
    origin: config.ledger.origin,
    archive,
    append: (records) => ledger.append(records),
    cells: () => (owners?.cells() ?? []).map(({ cell }) => cell),
    ask,
    now,
    observe: {
      contradicted: (cell, name, says) =>
        log.error(
          { cell, finding: name },
          `a cell’s ledger contradicts the roster, which records nothing of it: ${says}`,
        ),
      silent: (cell, error) =>
        log.warn({ cell, ...describeError(error) }, 'a cell did not show its ledger: asked again every second'),
      failed: (error) => log.error(describeError(error), 'the roster could not be kept: tried again'),
    },
  })
}

/** What this cell recorded last, after the last sends and before the cells no longer hear each other. */
async function recordLast({ stores, log }: CellLedgersParts, toRoster: () => Promise<void>): Promise<void> {
  const { archive, ledger } = stores
  try {
    const size = ledger.size()
    const signed = async (): Promise<boolean> => sizeOf((await textOf(archive, 'checkpoint')) ?? '\n0') >= size
    // One is made about once a second.
    for (let tries = 0; tries < CHECKPOINT_TRIES && !(await signed()); tries++) await pause(CHECKPOINT_WAIT_MS)
    await toRoster()
  } catch (error) {
    log.warn(describeError(error), 'what this cell recorded last is not on the roster: it will be after the next start')
  }
}

function listed(json: string | undefined): ServedOr {
  if (json === undefined) return 'unknown'
  return { type: 'application/json; charset=utf-8', immutable: false, body: Buffer.from(json) }
}

function packed(served: ServedOr): unknown {
  return typeof served === 'string' ? served : { ...served, body: Buffer.from(served.body).toString('base64') }
}

function unpacked(text: string): ServedOr {
  // Sound: a cell of this version packed it.
  const served = JSON.parse(text) as ServedOr
  return typeof served === 'string' ? served : { ...served, body: Buffer.from(String(served.body), 'base64') }
}
