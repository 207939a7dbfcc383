/** A ledger's home in the campaign: its folder and key, its partner, and everything that was acknowledged and received. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createArrivals } from '../faults/arrivals.ts'
import type { Dice } from '../faults/random.ts'
import { startRecordingPartner } from '../faults/recording-partner.ts'
import { type Acknowledged, type DisclosingProcess, startDisclosing } from './disclosing-process.ts'
import type { ShimControl } from './shim.ts'

const LANES = 6
/** First event numbers are so far apart that no two processes share one. */
const EVENTS_EACH = 1_000_000

export interface House {
  readonly dataFolder: string
  readonly partnerOrigin: string
  readonly key: KeyObject
  readonly control: ShimControl | undefined
  readonly acknowledged: Acknowledged[]
  start(cycle: number): DisclosingProcess
  /** After the end of `process`: takes down what it was told, and waits for what is still on its way to the partner. */
  finish(process: DisclosingProcess): Promise<number | null>
  arrived(): ReturnType<typeof createArrivals>['list']
  /** A new ledger of its own, on a disk that does not fail. */
  another(name: string): Promise<House>
  close(): Promise<void>
}

export async function createHouse(
  folder: string,
  dice: Dice,
  control: ShimControl | undefined,
  signal: AbortSignal | undefined,
): Promise<House> {
  const dataFolder = join(folder, 'data')
  await mkdir(dataFolder, { recursive: true })
  const key = generateKeyPairSync('ed25519').privateKey
  const keyFile = join(folder, 'key.pem')
  await writeFile(keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const arrivals = createArrivals()
  const partner = await startRecordingPartner('northwind', arrivals, dice)
  const acknowledged: Acknowledged[] = []
  const others: House[] = []
  let running: DisclosingProcess | undefined
  const killRunning = (): void => running?.kill()
  signal?.addEventListener('abort', killRunning)
  return {
    dataFolder,
    partnerOrigin: partner.origin,
    key,
    control,
    acknowledged,
    start: (cycle) => {
      running = startDisclosing({
        dataFolder,
        keyFile,
        partnerUrl: partner.origin,
        firstEvent: cycle * EVENTS_EACH,
        lanes: LANES,
        environment: control?.environment(join(dataFolder, 'ledger')) ?? {},
      })
      return running
    },
    finish: async (process) => {
      const code = await process.ended
      acknowledged.push(...process.acknowledged)
      await partner.quiet()
      return code
    },
    arrived: () => arrivals.list,
    another: async (name) => {
      const other = await createHouse(join(folder, name), dice.of(name), undefined, signal)
      others.push(other)
      return other
    },
    close: async () => {
      signal?.removeEventListener('abort', killRunning)
      killRunning()
      await partner.close()
      for (const other of others) await other.close()
    },
  }
}
