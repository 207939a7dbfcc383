/** Logs: JSON lines on standard error, words and numbers only. Nothing a sender sent is ever logged. */
import { type Logger, pino } from 'pino'

export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>

export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  )
}

/** What may be said of an unexpected error: its class, code and stack frames, never its message. */
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
