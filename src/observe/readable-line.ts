/** Formats a log line for a terminal: time, level, message, facts. */
import { styleText } from 'node:util'

const LEVELS: Readonly<Record<number, readonly [word: string, style: Parameters<typeof styleText>[0]]>> = {
  20: ['debug', 'dim'],
  30: ['info ', 'green'],
  40: ['warn ', 'yellow'],
  50: ['error', 'red'],
}

/** @param line one JSON line of the log; anything else is returned unchanged */
export function readableLine(line: string, stream: NodeJS.WriteStream = process.stderr): string {
  let entry: Readonly<Record<string, unknown>>
  try {
    entry = JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch {
    return line
  }
  const { level, time, msg, at: _frames, ...facts } = entry
  const [word, style] = LEVELS[Number(level)] ?? [String(level), 'dim']
  const shown = Object.entries(facts).map(([name, value]) => `${name}=${textOf(value)}`)
  const clock = styleText('dim', String(time).slice(11, 19), { stream })
  const rest = shown.length === 0 ? '' : `  ${styleText('dim', shown.join(' '), { stream })}`
  return `${clock} ${styleText(style, word, { stream })} ${String(msg ?? '')}${rest}\n`
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(value)
}
