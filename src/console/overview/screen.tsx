/** Overview: accounting of a window, waiting tasks, state of deliveries. */

import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type AccountingWindow, windowQuery } from '../api/queries.ts'
import { usePartnerRows } from '../partners/use-partners.ts'
import { Chart } from '../ui/chart.tsx'
import { Failed, Loading } from '../ui/problem.tsx'
import { plural, spanText } from '../ui/words.ts'
import { FunnelView } from './funnel-view.tsx'
import { PartnerTable } from './partner-table.tsx'
import { WaitingView } from './waiting.tsx'
import './overview.css'

const WINDOWS = [
  { minutes: 15, word: '15 min' },
  { minutes: 60, word: '1 hour' },
  { minutes: 360, word: '6 hours' },
  { minutes: 1_440, word: '1 day' },
] as const
const DEFAULT_MINUTES = 15

export function OverviewScreen() {
  const { minutes = DEFAULT_MINUTES } = useSearch({ from: '/' })
  const window = useQuery(windowQuery(minutes))
  const { rows, error, retry } = usePartnerRows(minutes)
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>Overview</h1>
        <WindowChoice minutes={minutes} />
      </div>
      {window.data === undefined || rows === undefined ? (
        error != null ? (
          <Failed error={error} retry={retry} />
        ) : (
          <Loading what="the books" />
        )
      ) : (
        <div className="overview">
          <FunnelView window={window.data} />
          <div className="overview-side">
            <WaitingView />
            <PartnerTable rows={rows} />
            <OptOuts choices={window.data.choices} />
          </div>
          <Charts series={window.data.series} nameOf={(id) => rows.find((row) => row.id === id)?.name ?? id} />
        </div>
      )}
    </div>
  )
}

function WindowChoice({ minutes }: { readonly minutes: number }) {
  const navigate = useNavigate({ from: '/' })
  return (
    <ToggleGroup
      className="toggles"
      aria-label="Window"
      value={[String(minutes)]}
      onValueChange={([value]) => {
        if (value !== undefined) void navigate({ search: { minutes: Number(value) } })
      }}
    >
      {WINDOWS.map((one) => (
        <Toggle key={one.minutes} value={String(one.minutes)} className="toggle">
          {one.word}
        </Toggle>
      ))}
    </ToggleGroup>
  )
}

function OptOuts({ choices: { count, medianMs, slowestMs } }: { readonly choices: AccountingWindow['choices'] }) {
  return (
    <section className="card" aria-labelledby="choices-title">
      <h2 id="choices-title">Opt-outs take effect</h2>
      {count === 0 ? (
        <p className="calm-line">None has come in since the gateway started.</p>
      ) : (
        <p>
          <strong>{spanText(medianMs)}</strong> after they come in, {spanText(slowestMs)} at the slowest.{' '}
          <span className="quiet">Of the last {plural(count, 'choice')}; on every thread.</span>
        </p>
      )}
    </section>
  )
}

type Series = Parameters<typeof FunnelView>[0]['window']['series']

function Charts({ series, nameOf }: { readonly series: Series; readonly nameOf: (partner: string) => string }) {
  const { times, received, partners } = series
  const linesOf = (of: 'lag' | 'failures' | 'delivered') =>
    Object.entries(partners).map(([id, values]) => ({ name: nameOf(id), values: values[of] }))
  return (
    <section className="card charts" aria-label="Over time">
      <Chart
        title="Rate"
        unit="events received, pairs acknowledged, a second"
        times={times}
        lines={[{ name: 'Received', values: received }, ...linesOf('delivered')]}
      />
      <Chart title="Lag" unit="age of the oldest waiting event, seconds" times={times} lines={linesOf('lag')} />
      <Chart title="Errors" unit="failed requests a minute" times={times} lines={linesOf('failures')} />
    </section>
  )
}
