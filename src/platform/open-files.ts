/** How many files and sockets this process may have open. */
import { readdirSync, readFileSync } from 'node:fs'

export interface OpenFiles {
  /** `ulimit -n`; undefined if unknown. */
  readonly limit: number | undefined
  readonly open: number
}

/** Reads Linux's `/proc`; unknown elsewhere. */
export function openFiles(): OpenFiles {
  try {
    const found = /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    const limit = found === undefined || found === 'unlimited' ? undefined : Number(found)
    return { limit, open: readdirSync('/proc/self/fd').length }
  } catch {
    return { limit: undefined, open: 0 }
  }
}
