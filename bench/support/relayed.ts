/** A gateway that relays bid requests, loaded by wrk as its peers are. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import type { Accounting } from '../../src/control/accounting.ts'
import { createConfigFolder, WRITE_KEY } from '../../test/support/config-folder.ts'
import { bidderContract } from '../../test/support/relay.ts'
import { bidText } from './bid.ts'
import type { Round } from './contenders.ts'
import { cpuMicrosOf, watchPrivateMemory } from './kernel.ts'
import { type GatewayProcess, startGatewayProcess } from './processes.ts'
import type { Stops } from './stops.ts'
import { runWrk } from './wrk.ts'

/** Phones that come back again and again, all of them known after the warm-up. */
export const PHONES = 1_000
const PARTNER = 'bidder'
const CONNECTIONS = 32
const JSON_HEADERS = { 'Content-Type': 'application/json', 'User-Agent': 'PuzzleSDK/8.31' }
const BODIES = Array.from({ length: PHONES }, (_, index) => bidText(index))
export const BID_BYTES = Buffer.byteLength(BODIES[0]!)

const APP = {
  id: 'messenger-ios',
  name: 'Puzzle Quest',
  platform: 'android',
  bundle: 'com.example.puzzle',
  write_keys: [WRITE_KEY],
}

interface Target {
  readonly pid: number
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** `cpuMicros` is for one request. */
export async function relayRound(folder: string, { pid, url, headers = {} }: Target, seconds: number): Promise<Round> {
  const before = cpuMicrosOf(pid)
  const { requests, micros, p50Micros, p99Micros } = await runWrk(
    folder,
    url,
    BODIES,
    { ...JSON_HEADERS, ...headers },
    seconds,
    CONNECTIONS,
  )
  return {
    cpuMicros: (cpuMicrosOf(pid) - before) / requests,
    perSecond: (requests * 1e6) / micros,
    p50Ms: p50Micros / 1_000,
    p99Ms: p99Micros / 1_000,
  }
}

export interface RelayRig {
  readonly gateway: GatewayProcess
  round(seconds: number): Promise<Round>
  /** Requests relayed so far. */
  relayed(): Promise<number>
  peakPrivateMb(): number
  /** Throws where a request was not delivered or the books do not close; else says what was checked. */
  check(): Promise<string>
}

/** @param tree the checkout whose gateway runs; default this one */
export async function startRelayRig(folder: string, bidder: string, stops: Stops, tree?: string): Promise<RelayRig> {
  const limits = { per_second: 100_000, concurrency: 64, timeout_ms: 5_000 }
  const config = await createConfigFolder({ contracts: [bidderContract(PARTNER, bidder, { limits })], apps: [APP] })
  stops.add(config.remove)
  const gateway = await stops.later(startGatewayProcess(config.config, tree))
  const memory = watchPrivateMemory(gateway.pid)
  stops.add(memory.stop)
  const token = (await readFile(join(config.data, 'keys', 'staff.token'), 'utf8')).trim()
  const target = {
    pid: gateway.pid,
    url: `${gateway.dataUrl}/v1/relay/${PARTNER}/bid`,
    headers: { 'X-Sluice-Write-Key': WRITE_KEY },
  }
  const books = async () => {
    const answer = await request(`${gateway.controlUrl}/api/v1/accounting`, {
      headers: { authorization: `Bearer ${token}` },
    })
    // Sound: the gateway's own answer, from the same sources.
    return ((await answer.body.json()) as Accounting).relayed[PARTNER]
  }
  return {
    gateway,
    round: (seconds) => relayRound(folder, target, seconds),
    relayed: async () => (await books())?.relayed ?? 0,
    peakPrivateMb: () => memory.peak() / 2 ** 20,
    check: async () => {
      const found = await books()
      if (found === undefined || !found.closes || found.withheld + found.failed + found.refused > 0)
        throw new Error(`the books do not close: ${JSON.stringify(found)}`)
      return `checked: ${found.relayed.toLocaleString('en')} requests relayed, none withheld, refused or failed; the books close`
    },
  }
}
