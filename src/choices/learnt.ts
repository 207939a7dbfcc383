/**
 * Keeps the number of restricting signals ever learnt in a file beside `choices.db`. Choices can be restored from the
 * ledger, but signals of devices and requests (a child, GPC, a device limit) are stored only in `choices.db`. If that file
 * is lost or replaced by an older copy, this number shows it, and nothing is sent as if there had been no signals.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tryJson } from '../model/json-text.ts'
import { ifThereSync } from '../platform/durable-file-sync.ts'

/** Minimum time between two writes. */
const EVERY_MS = 1_000

export interface LearntMark {
  /** The count at the start; undefined without a file. */
  readonly found: number | undefined
  /** The file exists but cannot be parsed. */
  readonly damaged: boolean
  /** Saves the count soon. A lower one than before is ignored. */
  note(learnt: number): void
  /** Writes the last count. */
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
    // Later counts wait for the timer.
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
