/** What a process and its children have cost so far, as the kernel counts it. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** Ticks a second in `/proc/<pid>/stat`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** User and system CPU of the process, all its threads and all its living descendants, in microseconds. */
export function cpuMicrosOf(pid: number): number {
  const parents = new Map<number, number>()
  const ticks = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(Number(name))
    if (stat === undefined) continue
    parents.set(Number(name), stat.parent)
    ticks.set(Number(name), stat.ticks)
  }
  const isInTree = (process: number | undefined): boolean =>
    process !== undefined && (process === pid || isInTree(parents.get(process)))
  let sum = 0
  for (const [process, spent] of ticks) if (isInTree(process)) sum += spent
  return (sum * 1_000_000) / TICKS_PER_SECOND
}

/** Most memory the process had in use at once, in bytes (`VmHWM`). */
export function peakBytesOf(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1] ?? 0) * 1_024
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended between the listing and now.
    return undefined
  }
  // The name in parentheses may hold spaces: fields are counted from behind it. 0 is the state.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
}
