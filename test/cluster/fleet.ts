/**
 * Whole gateways as the cells of a campaign, which hand each user's events to its owner. Senders ask any of them, and the
 * same event again wherever they like, until somebody answers 200. What they did is judged when they have stopped.
 */
import { equal } from 'node:assert/strict'
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { RULE_OPTIONS } from '../../src/ledger/verify/rules.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { verifyRoster } from '../../src/threads/roster-verify.ts'
import { createArrivals } from '../faults/arrivals.ts'
import { itemsOf } from '../faults/case-file.ts'
import type { Addresses, GatewayProcess } from '../faults/gateway-process.ts'
import type { Accounting } from '../faults/judge-books.ts'
import { readKeys } from '../faults/judge-keys.ts'
import { createNames, nameOf } from '../faults/judge-names.ts'
import { readLedger } from '../faults/ledger-witness.ts'
import { createMatcher, type Matcher } from '../faults/matcher.ts'
import type { Dice } from '../faults/random.ts'
import { startRecordingPartner } from '../faults/recording-partner.ts'
import { buildShim, type ShimControl } from '../ledger-faults/shim.ts'
import type { TestFolder } from '../support/config-folder.ts'
import { freePort } from '../support/free-port.ts'
import { purchase } from '../support/purchase.ts'
import { until } from '../support/until.ts'
import { asStaff, cluster, createCells, HEADERS, leaveGatewayAlone, pending, startCell } from './gateways.ts'
import type { Seen, SeenCell } from './judge.ts'
import { startWire, type Wire } from './wire.ts'

export interface Fleet {
  /** Why `fillDisk` and `move` cannot be asked for here; undefined where they can. */
  readonly withoutDisks: string | undefined
  signal(cell: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** The others do not reach it for so many milliseconds. */
  cutOff(cell: number, forMs: number): Promise<void>
  /** Nothing more can be written to its folder. */
  fillDisk(cell: number, forMs: number): Promise<void>
  /**
   * Its process stands still, and loses its volume to another process, which goes on as the cell; so many milliseconds later it
   * goes on itself, and has to end.
   */
  move(cell: number, forMs: number): Promise<void>
  /** Sends, spread over so many milliseconds, and resolves when every event has had its 200. */
  send(round: number, overMs: number, dice: Dice): Promise<void>
  /** Resolves when every cell is back and has nothing pending. */
  settle(): Promise<void>
  /** Stops them in order, after `settle`. */
  finish(): Promise<Seen>
  /** Whatever they are at. */
  close(): Promise<void>
}

const BATCHES = 60
const BATCH = 4
const USERS = 40
/** How long a sender waits for an answer, in milliseconds. */
const ANSWER_MS = 12_000
const WATCH_MS = 500
/** Where gateways listen for each other. The wires to them have the same ports of 127.0.0.1, at which they are reached. */
const BEHIND_WIRES = '127.0.0.2'

/** @param urls of the database, as each cell reaches it */
export async function startFleet(urls: readonly string[], dice: Dice): Promise<Fleet> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-fleet-'))
  const arrivals = createArrivals()
  const partner = await startRecordingPartner('acme', arrivals, dice)
  partner.behave()
  const shim = await buildShim()
  const internal = { host: BEHIND_WIRES, reached_at: '127.0.0.1' }
  const wanted = { cells: urls.length, internal, single: false }
  const { folders } = await createCells(root, partner.origin, (cell) => urls[cell]!, wanted)
  const [first] = folders
  const wires: Wire[][] = folders.map(() => [])
  const disks: ShimControl[] = []
  const allDisks: ShimControl[] = []
  /** From now on the cell is this folder, with a disk and a port of its own. */
  const settleIn = async (cell: number, folder: TestFolder): Promise<void> => {
    const port = await freePort()
    wires[cell]!.push(await startWire(port, port, BEHIND_WIRES))
    const path = join(folder.config, 'gateway.yaml')
    const config = parse(await readFile(path, 'utf8'))
    config.cluster.internal.port = port
    config.data = folder.data
    await writeFile(path, stringify(config))
    folders[cell] = folder
    if ('missing' in shim) return
    disks[cell] = shim.control(`disk-${allDisks.length}`)
    allDisks.push(disks[cell])
  }
  equal((await cluster(first!, 'init', first!.config)).code, 0)
  for (const [cell, folder] of folders.entries()) {
    if (cell > 0) equal((await cluster(first!, 'add', String(cell))).code, 0)
    await leaveGatewayAlone(folder)
    await settleIn(cell, folder)
    // Where the judge looks for them.
    for (const name of ['index', 'encryption'])
      await copyFile(join(root, `${name}.key`), join(folder.data, 'keys', `${name}.key`))
  }
  let isOver = false
  const addresses: (Addresses | undefined)[] = []
  const gateways: GatewayProcess[] = []
  /** Folders of cells that moved. */
  const left: TestFolder[] = []
  const checkpoints = folders.map(() => new Set<string>())
  const acknowledged = new Set<string>()
  const start = (cell: number): void => {
    const gateway = startCell(folders[cell]!, disks[cell]?.environment(folders[cell]!.data))
    gateways[cell] = gateway
    addresses[cell] = undefined
    const isCurrent = (): boolean => !isOver && gateways[cell] === gateway
    gateway.ready.then(
      (found) => {
        if (isCurrent()) addresses[cell] = found
      },
      () => undefined,
    )
    // One that finds no database ends, and is started again as a supervisor would.
    gateway.ended.then(
      async () => {
        if (isCurrent()) addresses[cell] = undefined
        await pause(100)
        if (isCurrent()) start(cell)
      },
      () => undefined,
    )
  }
  for (const cell of folders.keys()) start(cell)
  await until('every gateway to serve', () => folders.every((_, cell) => addresses[cell] !== undefined))

  const note = async (cell: number): Promise<void> => {
    const at = addresses[cell]
    if (at === undefined) return
    const { note } = await asStaff(folders[cell]!, at, 'ledger/checkpoint')
    checkpoints[cell]!.add(note)
  }
  const sendBatch = async (names: readonly string[], afterMs: number, own: Dice): Promise<void> => {
    await pause(afterMs)
    const batch = names.map((name) =>
      purchase(
        { userId: `user-${own.between(1, USERS)}`, messageId: name, properties: { tag: `of ${name}` } },
        { device: { type: 'ios', attTrackingStatus: 3 } },
      ),
    )
    const body = JSON.stringify({ batch })
    for (;;) {
      const at = addresses[own.between(0, folders.length - 1)]
      if (at !== undefined && (await isAccepted(at, body))) break
      await pause(own.between(50, 300))
    }
    for (const name of names) acknowledged.add(nameOf(name))
  }

  return {
    withoutDisks: 'missing' in shim ? shim.missing : undefined,
    signal: (cell, name) => gateways[cell]!.kill(name),
    cutOff: async (cell, forMs) => {
      const cut = [...wires[cell]!]
      for (const wire of cut) wire.cut()
      await pause(forMs)
      for (const wire of cut) wire.mend()
    },
    fillDisk: async (cell, forMs) => {
      const disk = disks[cell]!
      disk.set('no_space')
      await pause(forMs)
      disk.set('none')
    },
    move: async (cell, forMs) => {
      const [old, from] = [gateways[cell]!, folders[cell]!]
      old.kill('SIGSTOP')
      // What it does with a volume that is no longer there fails; the copy is the volume.
      disks[cell]!.set('sync_fails')
      const to = `${from.root}-moved`
      await cp(from.root, to, { recursive: true })
      left.push(from)
      await settleIn(cell, {
        ...from,
        root: to,
        config: join(to, 'config'),
        data: join(to, 'data'),
        remove: () => rm(to, { recursive: true, force: true }),
      })
      start(cell)
      await pause(forMs)
      old.kill('SIGCONT')
      await until('a process whose folder moved to end', () => !old.isRunning())
    },
    send: async (round, overMs, own) => {
      const batches = Array.from({ length: BATCHES }, (_, index) => {
        const names = Array.from({ length: BATCH }, (_, place) => `r${round}-${index * BATCH + place}`)
        return sendBatch(names, own.between(0, overMs), own.of(`${round} ${index}`))
      })
      let isSent = false
      const watched = folders.map(async (_, cell) => {
        while (!isSent) {
          // A cell that has died or stands still shows none.
          await note(cell).catch(() => undefined)
          await pause(WATCH_MS)
        }
      })
      await Promise.all(batches)
      isSent = true
      await Promise.all(watched)
    },
    settle: async () => {
      for (const cell of folders.keys()) {
        await until(`gateway ${cell} to have nothing pending`, async () => {
          const at = addresses[cell]
          return at !== undefined && (await pending(at).catch(() => undefined)) === 0
        })
        await note(cell)
      }
    },
    finish: async () => {
      const { cells, sum } = await until('every cell to give its books', async () => {
        const all = await asStaff(first!, addresses[0]!, 'accounting/cells')
        return all.missing.length === 0 && all
      })
      isOver = true
      for (const gateway of gateways) gateway.kill('SIGTERM')
      for (const [cell, gateway] of gateways.entries())
        equal(await gateway.ended, 0, `cell ${cell} did not stop in order: ${gateway.said()}`)
      const books = new Map<string, Accounting>(
        cells.map(({ cell, books: own }: { cell: string; books: Accounting }) => [cell, own]),
      )
      const matchers: Matcher[] = []
      const seen = await Promise.all(
        folders.map(async ({ data }, cell): Promise<SeenCell> => {
          const names = createNames(data, ['acme'])
          names.learn()
          const records = (await readLedger(data, 0)).records.map(names.named)
          const matcher = createMatcher(readKeys(data, names.of, () => undefined))
          matcher.know(records)
          matchers.push(matcher)
          const verified = await verifyLedger(data, { rules: RULE_OPTIONS, checkpoints: [...checkpoints[cell]!] })
          return { cell: String(cell), records, books: books.get(String(cell)), verified }
        }),
      )
      const items = itemsOf(arrivals.list).items.map((item) => {
        for (const matcher of matchers) {
          const [found] = matcher.match([item])
          if (found?.intent !== undefined) return found
        }
        return { ...item, messageId: undefined, intent: undefined }
      })
      const [zero, ...others] = folders.map(({ data }) => data)
      const roster = await verifyRoster(zero!, { cells: others, checkpoints: checkpoints.flatMap((each) => [...each]) })
      return { acknowledged, cells: seen, roster, sum, items }
    },
    close: async () => {
      isOver = true
      for (const gateway of gateways) {
        gateway.kill('SIGKILL')
        await gateway.ended
      }
      await partner.close()
      for (const wire of wires.flat()) await wire.close()
      for (const disk of allDisks) disk.close()
      if ('remove' in shim) await shim.remove()
      for (const folder of [...left, ...folders]) await folder.remove()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function isAccepted({ data }: Addresses, body: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const answer = await fetch(`${data}/v1/batch`, { method: 'POST', headers: HEADERS, body, signal })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}
