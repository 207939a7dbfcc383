/**
 * One ledger that lives through many bad days: a process discloses over a real socket, something befalls it or its disk,
 * and what is left is judged against what arrived and what was acknowledged; then the next process starts on the same
 * files. An auditor remembers the last checkpoint all along.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { createDice, type Dice } from '../faults/random.ts'
import { until } from '../support/until.ts'
import { cutsOf, emptied, tryCut } from './cuts.ts'
import { createHouse, type House } from './house.ts'
import { type Finding, lostRecords, undetectedCut, unloggedBodies } from './judge.ts'
import { type Blow, blowOf } from './plan.ts'
import { type FoundRecord, recordsIn } from './records.ts'
import { buildShim } from './shim.ts'
import { LOST_ITS_LEDGER } from './terms.ts'

export interface CampaignOptions {
  readonly cycles: number
  readonly seed: string
  /** Cuts tried in a cycle that cuts; all there are, where it is not given. */
  readonly cutsEach?: number
  readonly say: (line: string) => void
  readonly signal?: AbortSignal
  /** What befalls every process. Default: `blowOf`. */
  readonly blow?: Blow
  /** For whoever judges the judge. */
  readonly meddler?: Meddler
}

/** Makes happen what must never happen. */
export interface Meddler {
  /** After the first cycle's end and before its judgement. */
  readonly beforeJudging?: (dataFolder: string, partnerOrigin: string) => Promise<void>
  /** In a copy of a ledger's folder whose files are being cut. */
  readonly inCopy?: (ledgerFolder: string) => Promise<void>
  /** The auditor remembers nothing. */
  readonly auditorIsBlind?: boolean
}

export interface Verdict {
  readonly findings: readonly Finding[]
  /** Records that were acknowledged, requests that arrived, cuts that were tried, faults that were done. */
  readonly coverage: { acknowledged: number; arrived: number; cuts: number; detectedCuts: number; faults: number }
  /** Everything that was left on disk. */
  readonly folder: string
  /** Removes it; not called, it stays for whoever wants to look. */
  remove(): Promise<void>
}

const SERVES_MS = 60_000
/** Records in the ledger whose files are cut: it has a sealed segment and one that grows. */
const CUT_RECORDS = 420

export async function runCampaign(options: CampaignOptions): Promise<Verdict> {
  const { cycles, seed, say, signal, meddler } = options
  const dice = createDice(seed)
  const shim = await buildShim()
  if ('missing' in shim)
    say(`NOT TESTED: failed syncs and writes, a full and a slow disk, clock jumps: ${shim.missing}`)
  const control = 'missing' in shim ? undefined : shim.control('campaign')
  const folder = await mkdtemp(join(tmpdir(), 'sluice-ledger-faults-'))
  const house = await createHouse(folder, dice.of('partner'), control, signal)
  const findings: Finding[] = []
  const coverage = { acknowledged: 0, arrived: 0, cuts: 0, detectedCuts: 0, faults: 0 }
  const auditor = createAuditor()
  try {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      signal?.throwIfAborted()
      const own = dice.of(`cycle ${cycle}`)
      const blow = options.blow ?? blowOf(cycle, own, control !== undefined)
      let found: readonly Finding[]
      if (blow.kind === 'cut') {
        const cut = await cutCycle(await house.another(`cut-${cycle}`), own, options)
        coverage.cuts += cut.tried
        coverage.detectedCuts += cut.detected
        found = cut.findings
        say(`cycle ${cycle}: ${cut.tried} cuts, ${cut.detected} of them noticed; ${summary(found)}`)
      } else {
        const faults = await strike(blow, house, cycle)
        coverage.faults += faults
        if (cycle === 1) await meddler?.beforeJudging?.(house.dataFolder, house.partnerOrigin)
        found = await judge(house, auditor)
        say(`cycle ${cycle}: ${textOf(blow)}; ${house.acknowledged.length} records acknowledged; ${summary(found)}`)
      }
      findings.push(...found.map(({ kind, says }) => ({ kind, says: `cycle ${cycle}: ${says}` })))
    }
    coverage.acknowledged = house.acknowledged.length
    coverage.arrived = house.arrived().length
    return { findings, coverage, folder, remove: () => rm(folder, { recursive: true, force: true }) }
  } finally {
    await house.close()
    control?.close()
    if (!('missing' in shim)) await shim.remove()
  }
}

/** Lets a process live and the blow fall; resolves, when it is dead, to how often the fault was done. */
async function strike(blow: Exclude<Blow, { kind: 'cut' }>, house: House, cycle: number): Promise<number> {
  const { control } = house
  control?.set('none')
  control?.setClock(0)
  if (blow.kind === 'fatal' && blow.duringStart) control?.set(blow.fault, blow.after % 8)
  const process = house.start(cycle)
  const progress = async (what: string, more: number): Promise<void> => {
    const from = process.acknowledged.length
    await until(what, () => process.acknowledged.length >= from + more || !process.isRunning(), SERVES_MS)
  }
  switch (blow.kind) {
    case 'kill':
      if (blow.from !== 'spawn') await process.serving
      if (blow.from === 'records') await progress('the records before the kill', blow.count)
      else await new Promise((resolve) => setTimeout(resolve, blow.afterMs))
      process.kill()
      break
    case 'fatal':
      if (!blow.duringStart) {
        await process.serving
        await progress('the first records', 20)
        control?.set(blow.fault, blow.after)
      }
      // A start may be over before so many writes; then what comes after it meets the fault.
      await until(`${blow.fault} to end the process`, () => !process.isRunning(), SERVES_MS)
      break
    case 'full':
      await process.serving
      await progress('the first records', 20)
      control?.set(blow.fault, blow.after)
      await until('the ledger to say that the disk is full', () => process.refusals.includes('disk_full'), SERVES_MS)
      control?.set('none')
      await progress('records again, with space again', 20)
      process.kill()
      break
    case 'strange':
      await process.serving
      control?.set(blow.fault, 0, blow.param)
      await progress('records on a strange disk', 60)
      process.kill()
      break
    case 'clock':
      await process.serving
      await progress('the first records', 20)
      control?.setClock(blow.byMs)
      await progress('records after the jump', 60)
      process.kill()
      break
  }
  const faults = control?.hits() ?? 0
  const code = await house.finish(process)
  control?.set('none')
  const endedByItself = code !== null && (code !== LOST_ITS_LEDGER || blow.kind !== 'fatal')
  const refusedToStart = blow.kind === 'fatal' && blow.duringStart && code === 1
  if (endedByItself && !refusedToStart) throw new Error(`the discloser ended with ${code}:\n${process.said()}`)
  return faults
}

interface Auditor {
  /** The newest checkpoint it saw; undefined before the first. */
  readonly remembered: string | undefined
  look(dataFolder: string): void
}

/** Somebody outside, who keeps the last checkpoint and a copy of the keys. */
function createAuditor(): Auditor {
  let remembered: string | undefined
  return {
    get remembered() {
      return remembered
    },
    look: (dataFolder) => {
      const path = join(dataFolder, 'ledger', 'checkpoint')
      if (existsSync(path)) remembered = readFileSync(path, 'utf8')
    },
  }
}

async function judge(house: House, auditor: Auditor): Promise<readonly Finding[]> {
  const { dataFolder, acknowledged } = house
  if (!existsSync(join(dataFolder, 'ledger'))) return lostRecords(acknowledged, new Map())
  const checkpoints = auditor.remembered === undefined ? [] : [auditor.remembered]
  const { problems } = await verifyLedger(dataFolder, { checkpoints })
  auditor.look(dataFolder)
  const records: ReadonlyMap<number, FoundRecord> = recordsIn(dataFolder)
  return [
    ...problems.map(({ name, says }): Finding => ({ kind: 'lost', says: `fsck: ${name}: ${says}` })),
    ...lostRecords(acknowledged, records),
    ...unloggedBodies(house.arrived(), records),
  ]
}

async function cutCycle(
  house: House,
  dice: Dice,
  { cutsEach: most = Number.POSITIVE_INFINITY, meddler }: CampaignOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly tried: number; readonly detected: number }> {
  const process = house.start(1)
  await process.serving
  await until('enough records', () => process.acknowledged.length >= CUT_RECORDS, SERVES_MS)
  const size = await process.still()
  const auditor = createAuditor()
  await until('a checkpoint of every record', () => {
    auditor.look(house.dataFolder)
    return auditor.remembered?.split('\n')[1] === String(size)
  })
  process.kill()
  await house.finish(process)
  const findings = [...(await judge(house, auditor))]
  const outside = {
    checkpoints: meddler?.auditorIsBlind === true ? [] : [auditor.remembered!],
    trust: readFileSync(join(house.dataFolder, 'ledger', 'trust'), 'utf8'),
  }
  const all = cutsOf(house.dataFolder)
  const some = all.length <= most ? all : Array.from({ length: most }, () => dice.pick(all))
  const cuts = [emptied(house.dataFolder), ...some]
  let detected = 0
  for (const cut of cuts) {
    const tried = await tryCut(house.dataFolder, cut, house.key, outside, meddler?.inCopy)
    if (tried.found.length > 0) detected++
    findings.push(...undetectedCut(house.acknowledged, tried))
  }
  return { findings, tried: cuts.length, detected }
}

function textOf(blow: Exclude<Blow, { kind: 'cut' }>): string {
  switch (blow.kind) {
    case 'kill':
      return blow.from === 'records'
        ? `killed after ${blow.count} records`
        : `killed ${blow.afterMs} ms after ${blow.from}`
    case 'fatal':
      return `${blow.fault} after ${blow.after} calls${blow.duringStart ? ' from the start on' : ''}`
    case 'full':
      return `${blow.fault} after ${blow.after} writes, then space again`
    case 'strange':
      return `${blow.fault}${blow.param > 0 ? ` by ${blow.param} µs` : ''}`
    case 'clock':
      return `the clock jumped by ${blow.byMs / 1_000} s`
  }
}

function summary(found: readonly Finding[]): string {
  return found.length === 0 ? 'all there' : `${found.length} FINDINGS`
}
