/**
 * `GET /transparency`: counts of opt-outs, how fast they took effect, erasures and notices. Nothing in it is about a
 * user.
 */
import type { ReleasedTables } from '../../subjects/released-tables.ts'
import type { Page } from '../person/frame.ts'
import { fill, type Language, monthIn } from '../person/language.ts'
import { type Html, html } from './html.ts'

/** Choices needed before their times are shown. */
const LEAST_CHOICES = 100

export interface Transparency {
  readonly minimum: number
  /** Milliseconds from receiving a choice until it was in force, for the newest ones; absent if there are too few. */
  readonly time_to_effect_ms?: { readonly p50: number; readonly p99: number }
  readonly months: readonly { readonly month: string; readonly counts: Readonly<Record<string, number | string>> }[]
}

export async function transparencyOf(
  tables: Pick<ReleasedTables, 'months' | 'table'>,
  seconds: readonly number[],
  minimum: number,
): Promise<Transparency> {
  const months: { month: string; counts: Readonly<Record<string, number | string>> }[] = []
  for (const month of await tables.months()) {
    const table = await tables.table(month)
    if (table !== undefined) months.push({ month, counts: table.report })
  }
  const sorted = seconds.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.ceil((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 1_000)
  const times = sorted.length < LEAST_CHOICES ? {} : { time_to_effect_ms: { p50: at(0.5), p99: at(0.99) } }
  return { minimum, ...times, months }
}

export function transparencyPage(
  language: Language,
  { minimum, time_to_effect_ms: times, months }: Transparency,
): Page {
  const words = language.texts.transparency
  const number = new Intl.NumberFormat(language.code)
  const least = { minimum: number.format(minimum) }
  const effect =
    times === undefined
      ? words.tooFew
      : fill(words.effect, { p50: number.format(times.p50), p99: number.format(times.p99) })
  const cell = (count: number | string | undefined): string => {
    if (typeof count === 'number') return number.format(count)
    return count === 'fewer than the minimum' ? fill(words.fewer, least) : words.none
  }
  const section = ({ month, counts }: Transparency['months'][number]): Html =>
    html`<section aria-labelledby="m${month}"><h2 id="m${month}">${monthIn(language, month)}</h2><dl>${Object.entries(
      words.counts,
    ).flatMap(([name, what]) =>
      name in counts ? [html`<dt>${what}</dt><dd>${cell(counts[name])}</dd>`] : [],
    )}</dl></section>`
  return {
    title: words.title,
    path: '/transparency',
    json: '/transparency.json',
    body: html`<p>${effect}</p><p>${fill(words.how, least)}</p>${
      months.length === 0 ? html`<p>${words.noMonth}</p>` : months.map(section)
    }`,
  }
}
