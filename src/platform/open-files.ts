/** How many files and sockets this process may have open. */
import { readdirSync, readFileSync } from 'node:fs'

export interface OpenFiles {
  /** The limit (`ulimit -n`), or undefined where the system does not say. */
  readonly limit: number | undefined
  readonly open: number
}

/** Reads Linux' `/proc`; elsewhere nothing is known. */
export function openFiles(): OpenFiles {
  try {
    const found = /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    const limit = found === undefined || found === 'unlimited' ? undefined : Number(found)
    return { limit, open: readdirSync('/proc/self/fd').length }
  } catch {
    // Another system: the operator's own limit is all there is.
    return { limit: undefined, open: 0 }
  }
}
