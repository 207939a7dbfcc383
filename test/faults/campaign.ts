/**
 * Starts the gateway, lets traffic run, kills it with SIGKILL at a moment of the seed's choosing, judges what is on disk
 * against what arrived, and starts it again on the same folder; at the end a drain, and the last judgement.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { createConfigFolder, type TestFolder } from '../support/config-folder.ts'
import { until } from '../support/until.ts'
import { createArrivals } from './arrivals.ts'
import { type ArrivedItem, type CaseFile, type Finding, itemsOf, type JudgeKeys, readKeys } from './case-file.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts'
import { type Accounting, lostEvents, openBooks } from './judge-books.ts'
import { lateItems, sentAgain, unloggedItems } from './judge-items.ts'
import { type KillPlan, killPlan } from './kill-plan.ts'
import { readLedger, type Witnessed } from './ledger-witness.ts'
import { createLine } from './line.ts'
import { createDice } from './random.ts'
import { startRecordingPartner } from './recording-partner.ts'
import { type Memory, startSenders } from './senders.ts'
import { contractsOf, TERMS } from './terms.ts'

export interface CampaignOptions {
  readonly cycles: number
  readonly seed: string
  readonly say: (line: string) => void
  /** Ends the campaign, and the gateway with it. */
  readonly signal?: AbortSignal
}

export interface Verdict {
  readonly accepted: number
  /** Each distinct one once. */
  readonly findings: readonly Finding[]
  readonly coverage: Coverage
  readonly dataFolder: string
  /** Removes the folder; not called, it stays for whoever wants to look. */
  remove(): Promise<void>
}

const APP = 'messenger-ios'
/** The longest a start, a drain and a stop may take, in milliseconds; on a busy machine a start takes seconds. */
const START_MS = 30_000
const DRAIN_MS = 90_000
const STOP_MS = 30_000

export async function runCampaign({ cycles, seed, say, signal }: CampaignOptions): Promise<Verdict> {
  const dice = createDice(seed)
  const arrivals = createArrivals()
  const partners = await Promise.all([...TERMS.keys()].map((id) => startRecordingPartner(id, arrivals, dice.of(id))))
  const originOf = (id: string): string => partners.find((partner) => partner.id === id)!.origin
  const folder = await createConfigFolder({ contracts: contractsOf(originOf) })
  const line = createLine()
  const senders = startSenders(line, arrivals, dice.of('senders'))
  const { memory } = senders
  const bench = createBench(folder, memory)
  const findings = new Map<string, Finding>()
  const add = (found: readonly Finding[]): void => {
    for (const finding of found) findings.set(`${finding.kind} ${finding.says}`, finding)
  }
  let gateway: GatewayProcess | undefined
  const start = (): GatewayProcess => {
    signal?.throwIfAborted()
    gateway = startGatewayProcess(folder.config)
    return gateway
  }
  const end = (): void => gateway?.kill('SIGKILL')
  signal?.addEventListener('abort', end)

  const serve = async (running: GatewayProcess): Promise<void> => {
    const { data, control } = await within(START_MS, 'start', running.ready)
    add(openBooks(await accountingOf(control, folder), memory.acknowledged.size, memory.receivedAtLeast))
    line.connect(data)
  }
  const judge = async (): Promise<string> => {
    await Promise.all(partners.map((partner) => partner.quiet()))
    const { file, size, cut } = bench.read(arrivals.list)
    add([...unloggedItems(file), ...lateItems(file), ...sentAgain(file)])
    const report = await verifyLedger(folder.data)
    if (!report.verified && size > 0)
      add(report.problems.map(({ name, says }) => ({ kind: 'unlogged', says: `ledger: ${name}: ${says}` })))
    return `${memory.acknowledged.size} acknowledged, ${file.items.length} items in ${arrivals.list.length} requests (${cut} cut), ledger of ${size} ${report.verified ? 'verifies' : 'does NOT verify'}, ${report.openIntents} under way`
  }

  try {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const plan = killPlan(cycle, dice.of(`cycle ${cycle}`))
      const running = start()
      await killAsPlanned(plan, running, () => serve(running))
      await line.cut()
      say(`cycle ${cycle}: killed ${plan.afterMs} ms after ${plan.moment}; ${await judge()}`)
    }
    for (const partner of partners) partner.behave()
    const running = start()
    await serve(running)
    await within(DRAIN_MS, 'acknowledge everything', senders.finish())
    const { control } = await running.ready
    await until('every pair to end', async () => isDrained(await accountingOf(control, folder)), DRAIN_MS)
    const accounting = await accountingOf(control, folder)
    running.kill('SIGTERM')
    const code = await within(STOP_MS, 'stop', running.ended)
    if (code !== 0) add([{ kind: 'lost', says: `the last stop ended with ${code}:\n${running.said()}` }])
    say(`drained and stopped; ${await judge()}`)
    const { file } = bench.read(arrivals.list)
    add(openBooks(accounting, memory.acknowledged.size, memory.receivedAtLeast))
    add(lostEvents(file, accounting))
    add(memory.thrownAway.map((says) => ({ kind: 'lost', says })))
    return {
      accepted: accounting.events.accepted,
      findings: [...findings.values()],
      coverage: coverageOf(file, accounting, memory),
      dataFolder: folder.data,
      remove: folder.remove,
    }
  } catch (error) {
    say(`data folder: ${folder.data}`)
    if (gateway !== undefined) say(gateway.said())
    throw error
  } finally {
    signal?.removeEventListener('abort', end)
    end()
    senders.abandon()
    await line.close()
    await Promise.all(partners.map((partner) => partner.close()))
  }
}

/** Where the plan's moment comes before the gateway serves, it is killed without ever having been asked anything. */
async function killAsPlanned(plan: KillPlan, gateway: GatewayProcess, serve: () => Promise<void>): Promise<void> {
  if (plan.moment !== 'spawn') await serve()
  if (plan.moment === 'SIGTERM') gateway.kill('SIGTERM')
  await elapsed(plan.afterMs)
  if (!gateway.isRunning() && plan.moment !== 'SIGTERM')
    throw new Error(`the gateway ended by itself with ${await gateway.ended}:\n${gateway.said()}`)
  gateway.kill('SIGKILL')
  await gateway.ended
}

/** Reads what is new each time; what was read before is on record for ever and needs no second look. */
function createBench(folder: TestFolder, memory: Memory) {
  const records: Witnessed[] = []
  const items: ArrivedItem[] = []
  let keys: JudgeKeys | undefined
  let size = 0
  let judged = 0
  let cut = 0
  return {
    read: (
      arrived: Parameters<typeof itemsOf>[0],
    ): { readonly file: CaseFile; readonly size: number; readonly cut: number } => {
      const ledger = readLedger(folder.data, size)
      size = ledger.size
      for (const record of ledger.records) records.push(record)
      if (arrived.length > judged || size > 0) keys ??= readKeys(folder.data, APP)
      const fresh = keys === undefined ? { items: [], cut: 0 } : itemsOf(arrived.slice(judged), keys)
      judged = arrived.length
      cut += fresh.cut
      for (const item of fresh.items) items.push(item)
      const refOf = (messageId: string): string => keys?.eventRefOf(messageId) ?? ''
      const events = new Map([...memory.sent.values()].map((event) => [refOf(event.messageId), event]))
      const acknowledged = new Set([...memory.acknowledged].map(refOf))
      return { file: { terms: TERMS, events, acknowledged, optedOut: memory.optedOut, items, records }, size, cut }
    },
  }
}

async function accountingOf(controlUrl: string, { data }: TestFolder): Promise<Accounting> {
  const token = (await readFile(join(data, 'keys', 'staff.token'), 'utf8')).trim()
  const answered = await request(`${controlUrl}/api/v1/accounting`, { headers: { authorization: `Bearer ${token}` } })
  if (answered.statusCode !== 200) throw new Error(`accounting was answered ${answered.statusCode}`)
  return (await answered.body.json()) as Accounting
}

function isDrained({ pairs }: Accounting): boolean {
  return Object.values(pairs).every(({ pending }) => pending === 0)
}

async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for the gateway to ${what}`)), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
