/** Asks the probe in a gateway's process. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { CpuProfile } from './attribution.ts'

/** How often the stack of each thread is looked at. */
const INTERVAL_MICROS = 500
const PATIENCE_MS = 20_000

export type ProbeOrder =
  | { readonly kind: 'profile'; readonly intervalMicros: number }
  | { readonly kind: 'stop-profile'; readonly folder: string }
  | { readonly kind: 'count' }
  | { readonly kind: 'stop-count' }
  | { readonly kind: 'collect' }
export interface ThreadAnswer {
  readonly thread: string
  readonly allocatedBytes?: number
  readonly liveBytes?: number
}
export interface ProbeAnswer {
  readonly probe: readonly ThreadAnswer[]
}

export interface Probe {
  /** Takes a profile of every JavaScript thread while `work` runs. */
  profiled<Result>(
    work: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly profiles: ReadonlyMap<string, CpuProfile> }>
  /** Counts the bytes that the heaps of all threads allocate while `work` runs. */
  counted(work: () => Promise<unknown>): Promise<number>
  /** Bytes that the heaps of all threads hold once everything unused has been collected. */
  live(): Promise<number>
}

export function createProbe(child: ChildProcess): Probe {
  const ask = async (order: ProbeOrder): Promise<readonly ThreadAnswer[]> => {
    const answered = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })
    child.send(order)
    const [message] = await answered
    // Sound: the probe says nothing else, and the gateway nothing at all.
    return (message as ProbeAnswer).probe
  }
  return {
    profiled: async (work) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-profile-'))
      try {
        await ask({ kind: 'profile', intervalMicros: INTERVAL_MICROS })
        const result = await work()
        await ask({ kind: 'stop-profile', folder })
        const profiles = new Map<string, CpuProfile>()
        for (const file of await readdir(folder))
          profiles.set(basename(file, '.cpuprofile'), JSON.parse(await readFile(join(folder, file), 'utf8')))
        return { result, profiles }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
    counted: async (work) => {
      await ask({ kind: 'count' })
      await work()
      return (await ask({ kind: 'stop-count' })).reduce((sum, { allocatedBytes = 0 }) => sum + allocatedBytes, 0)
    },
    live: async () => (await ask({ kind: 'collect' })).reduce((sum, { liveBytes = 0 }) => sum + liveBytes, 0),
  }
}
