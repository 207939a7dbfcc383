/** `GET /transparency`: how many opted out, how fast that took effect, what was erased and told. Nothing in it is about a person. */
import type { ReleasedTables } from '../../subjects/released-tables.ts'
import { html } from './html.ts'
import { page } from './pages.ts'

/** Choices needed before their times are shown. */
const LEAST_CHOICES = 100

export interface Transparency {
  readonly minimum: number
  /** Milliseconds from receiving a choice to its being in force, of the newest ones; absent while there are too few. */
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

const NAMES: Readonly<Record<string, string>> = {
  opt_outs: 'Opt-outs',
  opt_ins: 'Opt-ins',
  erasures: 'Erasures',
  notices: 'Notices to partners',
  notices_confirmed: 'Notices that were confirmed',
  notices_accepted: 'Notices that were accepted',
  notices_refused: 'Notices that were refused',
  notices_without_answer: 'Notices that found nobody or had no answer',
  cases: 'Requests that staff dealt with',
  disclosures_by_hand: 'Disclosures to authorities and in other legal processes',
}

export function transparencyPage({ minimum, time_to_effect_ms: times, months }: Transparency): string {
  const effect =
    times === undefined
      ? html`<p>There are not enough recent opt-outs yet to say how fast one takes effect.</p>`
      : html`<p>Of the newest opt-outs half were in force within ${times.p50} ms, 99 of 100 within ${times.p99} ms.</p>`
  const shown = months.map(
    ({ month, counts }) =>
      html`<h2>${month}</h2><table><tbody>${Object.entries(counts).map(
        ([name, count]) =>
          html`<tr><th scope="row">${NAMES[name] ?? name}</th><td>${count === 'fewer than the minimum' ? `fewer than ${minimum}` : count}</td></tr>`,
      )}</tbody></table>`,
  )
  return page(
    'Transparency report',
    html`${effect}
<p>Counts are made once, when a month is over, and rounded down to tens. A count below ${minimum} is not shown.</p>`,
    html`${months.length === 0 ? [html`<p>No month is complete yet.</p>`] : shown}`,
    '/transparency.json',
  )
}
