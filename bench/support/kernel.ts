/** What a process has cost so far and holds now, as the kernel counts it. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** Ticks a second in `/proc/<pid>/stat`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const PEAK_POLL_MS = 50

/**
 * CPU of the process, all its living threads and all its living descendants so far, in microseconds, as the scheduler
 * counts it: to the nanosecond. What a thread that has ended spent is not in it.
 */
export function cpuMicrosOf(pid: number): number {
  let sum = 0
  for (const process of treeOf(pid)) for (const micros of threadMicrosOf(process).values()) sum += micros
  return sum
}

/** The same in ticks of some milliseconds, threads that have ended included: counted apart from `threadMicrosOf`. */
export function tickMicrosOf(pid: number): number {
  const ticks = treeOf(pid).reduce((sum, process) => sum + (statOf(process)?.ticks ?? 0), 0)
  return (ticks * 1_000_000) / TICKS_PER_SECOND
}

/** CPU of each living thread of the process, by the thread's name; threads of one name are added up. */
export function threadMicrosOf(pid: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const task of namesIn(`/proc/${pid}/task`)) {
    const name = textOf(`/proc/${pid}/task/${task}/comm`)?.trim()
    const spent = textOf(`/proc/${pid}/task/${task}/schedstat`)?.split(' ')[0]
    if (name === undefined || spent === undefined) continue
    sums.set(name, (sums.get(name) ?? 0) + Number(spent) / 1_000)
  }
  return sums
}

export interface Watch {
  /** Most private memory seen so far, in bytes. */
  peak(): number
  stop(): void
}

/** Looks at the process's `RssAnon`: heaps, buffers and stacks, without files that are mapped. */
export function watchPrivateMemory(pid: number): Watch {
  let peak = 0
  const look = (): void => {
    const found = /^RssAnon:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? '')
    peak = Math.max(peak, Number(found?.[1] ?? 0) * 1_024)
  }
  look()
  const timer = setInterval(look, PEAK_POLL_MS)
  timer.unref()
  return {
    peak: () => {
      look()
      return peak
    },
    stop: () => clearInterval(timer),
  }
}

/** The process and its living descendants. */
function treeOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of namesIn('/proc')) {
    const parent = /^\d+$/.test(name) ? statOf(Number(name))?.parent : undefined
    if (parent === undefined) continue
    const of = children.get(parent)
    if (of === undefined) children.set(parent, [Number(name)])
    else of.push(Number(name))
  }
  const tree = [pid]
  for (const process of tree) tree.push(...(children.get(process) ?? []))
  return tree
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Undefined where the process or thread has ended between the listing and now. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  const text = textOf(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name in parentheses may hold spaces: fields are counted from behind it. 0 is the state.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
}
