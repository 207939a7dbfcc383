/**
 * How many restricting signals were ever learnt, kept beside `choices.db`. The ledger has every choice and can tell it
 * again; what devices and requests signalled (a child, GPC, a device's limit) is in `choices.db` alone. Where that file is
 * lost, or an older copy was put in its place, this says so: nothing may be sent to partners in the belief that nobody
 * had signalled anything.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tryJson } from '../model/json-text.ts'
import { ifThereSync } from '../platform/durable-file-sync.ts'

/** Written at most so often while signals come in, in milliseconds. */
const EVERY_MS = 1_000

export interface LearntMark {
  /** As it was found at the start; undefined where there was none. */
  readonly found: number | undefined
  /** It was there, and nobody can read what it says. */
  readonly damaged: boolean
  /** Notes the count now, or soon. A lower one than was noted before is not believed. */
  note(learnt: number): void
  /** Writes what was noted last. */
  close(): void
}

export function openLearntMark(path: string): LearntMark {
  const text = ifThereSync(() => readFileSync(path, 'utf8'))
  const found = text === undefined ? undefined : countIn(text)
  let written = found ?? -1
  let noted = written
  let timer: NodeJS.Timeout | undefined
  const write = (): void => {
    timer = undefined
    if (noted <= written) return
    writeFileSync(`${path}.tmp`, `${JSON.stringify({ learnt: noted })}\n`, { mode: 0o600 })
    renameSync(`${path}.tmp`, path)
    written = noted
    // What comes within the next moment waits for its end.
    timer = setTimeout(write, EVERY_MS)
    timer.unref()
  }
  return {
    found,
    damaged: text !== undefined && found === undefined,
    note: (learnt) => {
      if (learnt > noted) noted = learnt
      if (timer === undefined) write()
    },
    close: () => {
      clearTimeout(timer)
      write()
      clearTimeout(timer)
    },
  }
}

function countIn(text: string): number | undefined {
  const { learnt } = (tryJson(text) ?? {}) as { readonly learnt?: unknown }
  return Number.isSafeInteger(learnt) && (learnt as number) >= 0 ? (learnt as number) : undefined
}
