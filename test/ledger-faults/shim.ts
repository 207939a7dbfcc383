/** Builds the failing disk of `shim.c` where there is a compiler, and tells a process that runs on it what to do. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The numbers of `enum fault`. */
export const FAULTS = {
  none: 0,
  sync_fails: 1,
  no_space: 2,
  short_writes: 3,
  short_then_full: 4,
  write_fails: 5,
  slow: 6,
  kill_in_write: 7,
  kill_in_sync: 8,
} as const
export type Fault = keyof typeof FAULTS

/** Where the words of `struct control` lie: eight bytes each, little-endian. */
const FAULT_AT = 0
const AFTER_AT = 8
const PARAM_AT = 16
const CLOCK_AT = 24
const HITS_AT = 32
const CONTROL_BYTES = 4_096

export interface Shim {
  /** The library to preload. */
  readonly library: string
  /** A disk and clock for one process. */
  control(name: string): ShimControl
  remove(): Promise<void>
}

export interface ShimControl {
  /** What the process must be started with, so that the fault reaches files below `folder`. */
  environment(folder: string): Readonly<Record<string, string>>
  /** From now on. `after`: so many writes, or syncs, go well first. `param`: microseconds a sync takes more. */
  set(fault: Fault, after?: number, param?: number): void
  /** Moves the wall clock by whole seconds. */
  setClock(ms: number): void
  /** How often the fault was done. */
  hits(): number
  close(): void
}

/** Undefined, with the reason, where this machine has no C compiler or does not run Linux. */
export async function buildShim(): Promise<Shim | { readonly missing: string }> {
  if (process.platform !== 'linux') return { missing: `preloading needs Linux, and this is ${process.platform}` }
  const folder = await mkdtemp(join(tmpdir(), 'sluice-shim-'))
  const library = join(folder, 'shim.so')
  const source = join(import.meta.dirname, 'shim.c')
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, source, '-ldl'], {
    encoding: 'utf8',
  })
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  if (built.error !== undefined) {
    await remove()
    return { missing: 'there is no C compiler (`cc`)' }
  }
  if (built.status !== 0) {
    await remove()
    throw new Error(`the shim does not compile:\n${built.stderr}`)
  }
  return { library, remove, control: (name) => createControl(join(folder, name), library) }
}

function createControl(path: string, library: string): ShimControl {
  const file = openSync(path, 'w+', 0o600)
  writeSync(file, Buffer.alloc(CONTROL_BYTES))
  const put = (at: number, value: number): void => {
    const word = Buffer.alloc(8)
    word.writeBigInt64LE(BigInt(Math.trunc(value)))
    writeSync(file, word, 0, 8, at)
  }
  return {
    environment: (folder) => ({ LD_PRELOAD: library, FAULT_SHIM_CONTROL: path, FAULT_SHIM_FOLDER: folder }),
    set: (fault, after = 0, param = 0) => {
      put(FAULT_AT, FAULTS.none)
      put(AFTER_AT, after)
      put(PARAM_AT, param)
      put(HITS_AT, 0)
      put(FAULT_AT, FAULTS[fault])
    },
    setClock: (ms) => put(CLOCK_AT, ms),
    hits: () => {
      const word = Buffer.alloc(8)
      readSync(file, word, 0, 8, HITS_AT)
      return Number(word.readBigInt64LE())
    },
    close: () => closeSync(file),
  }
}
