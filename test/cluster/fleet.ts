/**
 * Whole gateways as the cells of a campaign, which hand each user's events to its owner. Senders ask any of them, and the
 * same event again wherever they like, until somebody answers 200. What they did is judged when they have stopped.
 */
import { equal } from 'node:assert/strict'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
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
import { purchase } from '../support/purchase.ts'
import { until } from '../support/until.ts'
import { asStaff, cluster, createCells, HEADERS, leaveGatewayAlone, pending, startCell } from './gateways.ts'
import type { Seen, SeenCell } from './judge.ts'

export interface Fleet {
  signal(cell: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
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

/** @param urls of the database, as each cell reaches it */
export async function startFleet(urls: readonly string[], dice: Dice): Promise<Fleet> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-fleet-'))
  const arrivals = createArrivals()
  const partner = await startRecordingPartner('acme', arrivals, dice)
  partner.behave()
  const wanted = { cells: urls.length, internal: {}, single: false }
  const { folders } = await createCells(root, partner.origin, (cell) => urls[cell]!, wanted)
  const [first] = folders
  equal((await cluster(first!, 'init', first!.config)).code, 0)
  for (const [cell, folder] of folders.entries()) {
    if (cell > 0) equal((await cluster(first!, 'add', String(cell))).code, 0)
    await leaveGatewayAlone(folder)
    // Where the judge looks for them.
    for (const name of ['index', 'encryption'])
      await copyFile(join(root, `${name}.key`), join(folder.data, 'keys', `${name}.key`))
  }
  let isOver = false
  const addresses: (Addresses | undefined)[] = []
  const gateways: GatewayProcess[] = []
  const checkpoints = folders.map(() => new Set<string>())
  const acknowledged = new Set<string>()
  const start = (cell: number): void => {
    const gateway = startCell(folders[cell]!)
    gateways[cell] = gateway
    addresses[cell] = undefined
    gateway.ready.then(
      (found) => {
        addresses[cell] = found
      },
      () => undefined,
    )
    // One that finds no database ends, and is started again as a supervisor would.
    gateway.ended.then(
      async () => {
        addresses[cell] = undefined
        await pause(100)
        if (!isOver) start(cell)
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
    signal: (cell, name) => gateways[cell]!.kill(name),
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
      for (const folder of folders) await folder.remove()
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
