/** Formats numbers, times and codes for display. */
import { REASONS, type Reason, sentenceOfEvent } from '../../model/reason.ts'

const COUNT = new Intl.NumberFormat('en')
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const CLOCK_SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export function countText(count: number): string {
  return COUNT.format(count)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** `14:02` today, `3 Mar 14:02` otherwise. */
export function timeText(at: number | string, now = Date.now()): string {
  const time = new Date(at)
  const isToday = DATE.format(time) === DATE.format(now)
  return isToday ? CLOCK.format(time) : `${DAY.format(time)} ${CLOCK.format(time)}`
}

export function exactTime(at: number | string): string {
  const time = new Date(at)
  return `${DATE.format(time)}, ${CLOCK_SECONDS.format(time)}`
}

export function dateText(at: number | string): string {
  return DATE.format(new Date(at))
}

export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < MINUTE_MS) return `${Math.round(ms / 1_000)} s`
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`
  return `${Math.round(ms / DAY_MS)} days`
}

export function agoText(at: number | string, now = Date.now()): string {
  const ms = now - new Date(at).getTime()
  return ms < 5_000 ? 'just now' : `${spanText(ms)} ago`
}

/** The sentence of a reason for withholding an event; the code itself if unknown. */
export function reasonSentence(code: string): string {
  return Object.hasOwn(REASONS, code) ? sentenceOfEvent(code as Reason) : code
}

/** `advertising_id` → `advertising id`. */
export function fieldWord(field: string): string {
  return field.replace(/^property\./, 'property ').replaceAll('_', ' ')
}
