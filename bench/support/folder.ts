/** A folder for one benchmark's files, on the disk that is measured. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What this process, all its threads, and the clock have spent since the last call. */
export function stopwatch(): () => { readonly cpuMicros: number; readonly wallMs: number } {
  let cpu = process.cpuUsage()
  let wall = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const wallMs = performance.now() - wall
    cpu = process.cpuUsage()
    wall = performance.now()
    return { cpuMicros: user + system, wallMs }
  }
}
