/**
 * Logs to standard error: JSON lines, or readable lines on a terminal; words and numbers only. Data from senders is never
 * logged.
 */
import { type Logger, pino } from 'pino'
import { readableLine } from './readable-line.ts'

export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>

/** `stuck`: a write is blocked, and an orderly exit would wait for it. */
export type LogEnd = 'out' | 'lost' | 'stuck'

export interface ClosableLog extends Log {
  /** Waits at most `graceMs` for pending lines; the rest is lost. Later lines are discarded. */
  close(graceMs: number): Promise<LogEnd>
}

/** Beyond this, lines of an unread log are dropped, so that it costs no memory and blocks no stop. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

export function createLog(level: string): ClosableLog {
  let isClosed = false
  let isFull = false
  const destination = pino.destination({
    dest: 2,
    sync: false,
    maxLength: MAX_WAITING_BYTES,
    retryEAGAIN: () => {
      isFull = true
      return !isClosed
    },
  })
  destination.on('error', () => undefined)
  const forPeople = process.stderr.isTTY && process.env.SLUICE_LOG !== 'json'
  const lines = forPeople ? { write: (line: string) => void destination.write(readableLine(line)) } : destination
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines)
  return Object.assign(log, {
    close: async (graceMs: number): Promise<LogEnd> => {
      isFull = false
      const isOut = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), graceMs)
        destination.once('close', () => {
          clearTimeout(timer)
          resolve(true)
        })
        destination.end()
      })
      isClosed = true
      log.level = 'silent'
      if (isOut) return 'out'
      destination.destroy()
      return isFull ? 'lost' : 'stuck'
    },
  })
}

/** The loggable parts of an unexpected error: class, code and stack frames, never its message. */
export function describeError(error: unknown): {
  readonly error: string
  readonly code?: string
  readonly at?: readonly string[]
} {
  if (!(error instanceof Error)) return { error: 'unknown' }
  const { code } = error as { readonly code?: unknown }
  const cause = error.cause instanceof Error ? { cause: nameOf(error.cause) } : {}
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4)
    .map((line) => line.trim())
  return { error: error.name, ...(typeof code === 'string' ? { code } : {}), ...cause, at: frames }
}

function nameOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? `${error.name} ${code}` : error.name
}
