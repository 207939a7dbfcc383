/**
 * Starts the gateway, lets traffic run, kills it with SIGKILL at a moment of the seed's choosing, judges what is on disk
 * against what arrived, and starts it again on the same folder; at the end a drain, and the last judgement.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { createConfigFolder } from '../support/config-folder.ts'
import { until } from '../support/until.ts'
import { createArrivals } from './arrivals.ts'
import { createBench } from './bench.ts'
import type { Finding } from './case-file.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts'
import type { Accounting } from './judge-books.ts'
import { type KillPlan, killPlan } from './kill-plan.ts'
import { createLine } from './line.ts'
import { createDice } from './random.ts'
import { startRecordingPartner } from './recording-partner.ts'
import { startSenders } from './senders.ts'
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

/** The longest a start, the senders' last batches, a drain and a stop may take, in milliseconds. */
const START_MS = 60_000
const FINISH_MS = 60_000
const DRAIN_MS = 90_000
const STOP_MS = 30_000
/** The longest an answer of the control plane may take, in milliseconds. */
const ANSWER_MS = 15_000
/** Of what a gateway said before it failed, so many characters are repeated. */
const SAID = 4_000

export async function runCampaign({ cycles, seed, say, signal }: CampaignOptions): Promise<Verdict> {
  const dice = createDice(seed)
  const arrivals = createArrivals()
  const partners = await Promise.all([...TERMS.keys()].map((id) => startRecordingPartner(id, arrivals, dice.of(id))))
  const originOf = (id: string): string => partners.find((partner) => partner.id === id)!.origin
  const folder = await createConfigFolder({ contracts: contractsOf(originOf) })
  const line = createLine()
  const senders = startSenders(line, arrivals, dice.of('senders'))
  const bench = createBench(folder.data, arrivals, senders.memory)
  let gateway: GatewayProcess | undefined
  const killRunning = (): void => gateway?.kill('SIGKILL')
  signal?.addEventListener('abort', killRunning)

  const start = (): GatewayProcess => {
    signal?.throwIfAborted()
    gateway = startGatewayProcess(folder.config)
    return gateway
  }
  /** Resolves to where the control plane is; from then on traffic comes. */
  const serve = async (running: GatewayProcess): Promise<string> => {
    const { data, control } = await within(START_MS, 'start', running.ready)
    bench.audit(await accountingOf(control, folder.data))
    line.connect(data)
    return control
  }
  const judge = async (): Promise<string> => {
    await Promise.all(partners.map((partner) => partner.quiet()))
    return bench.judge()
  }
  const drain = async (): Promise<Accounting> => {
    for (const partner of partners) partner.behave()
    const running = start()
    const control = await serve(running)
    await within(FINISH_MS, 'acknowledge everything', senders.finish())
    await until('every pair to end', async () => isDrained(await accountingOf(control, folder.data)), DRAIN_MS)
    const accounting = await accountingOf(control, folder.data)
    await line.cut()
    running.kill('SIGTERM')
    const code = await within(STOP_MS, 'stop', running.ended)
    bench.hear(running.said())
    if (code !== 0) bench.add([{ kind: 'lost', says: `the last stop ended with ${code}:\n${running.said()}` }])
    return accounting
  }

  try {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const plan = killPlan(cycle, dice.of(`cycle ${cycle}`))
      const running = start()
      if (plan.moment !== 'spawn') await serve(running)
      await killAsPlanned(plan, running)
      await line.cut()
      bench.hear(running.said())
      say(`cycle ${cycle}: killed ${plan.afterMs} ms after ${plan.moment}; ${await judge()}`)
    }
    const accounting = await drain()
    say(`drained and stopped; ${await judge()}`)
    const file = bench.close(accounting)
    return {
      accepted: accounting.events.accepted,
      findings: bench.findings(),
      coverage: coverageOf(file, accounting, senders.memory, bench.complaints()),
      dataFolder: folder.data,
      remove: folder.remove,
    }
  } catch (error) {
    say(`data folder: ${folder.data}`)
    if (gateway !== undefined) say(gateway.said().slice(-SAID))
    throw error
  } finally {
    signal?.removeEventListener('abort', killRunning)
    killRunning()
    senders.abandon()
    await line.close()
    await Promise.all(partners.map((partner) => partner.close()))
  }
}

async function killAsPlanned({ moment, afterMs }: KillPlan, gateway: GatewayProcess): Promise<void> {
  if (moment === 'SIGTERM') gateway.kill('SIGTERM')
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  if (!gateway.isRunning() && moment !== 'SIGTERM')
    throw new Error(`the gateway ended by itself, with ${await gateway.ended}`)
  gateway.kill('SIGKILL')
  await gateway.ended
}

async function accountingOf(controlUrl: string, dataFolder: string): Promise<Accounting> {
  const token = (await readFile(join(dataFolder, 'keys', 'staff.token'), 'utf8')).trim()
  const answered = await request(`${controlUrl}/api/v1/accounting`, {
    headers: { authorization: `Bearer ${token}` },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
  })
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
