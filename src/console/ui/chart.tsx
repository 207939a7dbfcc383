/** A time series chart with a legend of the newest values; lines differ by dash as well as by colour. */
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Line {
  readonly name: string
  readonly values: readonly number[]
}

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [4, 4], [1, 4]]
const HEIGHT = 132
/** Maximum lines; the legend says how many are left out. */
const MAX_LINES = 6

export function Chart({
  title,
  unit,
  times,
  lines,
}: {
  readonly title: string
  readonly unit: string
  readonly times: readonly number[]
  readonly lines: readonly Line[]
}) {
  const shown = lines.slice(0, MAX_LINES)
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const names = shown.map(({ name }) => name).join('\n')

  useEffect(() => {
    const element = place.current
    if (element === null) return
    const create = (): void => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsOf(element.clientWidth, names === '' ? [] : names.split('\n')), [[]], element)
    }
    create()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const themed = new MutationObserver(create)
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    dark.addEventListener('change', create)
    return () => {
      resized.disconnect()
      themed.disconnect()
      dark.removeEventListener('change', create)
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [names])

  useEffect(() => {
    plot.current?.setData([times.map((time) => time / 1_000), ...shown.map(({ values }) => [...values])])
  })

  return (
    <figure className="chart">
      <figcaption>
        {title} <span className="quiet">{unit}</span>
      </figcaption>
      <div ref={place} aria-hidden="true" />
      <ul className="legend">
        {shown.map(({ name, values }, index) => (
          <li key={name}>
            <svg width="22" height="8" aria-hidden="true">
              <line
                x1="0"
                y1="4"
                x2="22"
                y2="4"
                className={`line-${index}`}
                strokeDasharray={DASHES[index]?.join(' ')}
              />
            </svg>
            {name} <strong>{numberText(values.at(-1) ?? 0)}</strong>
          </li>
        ))}
        {lines.length > MAX_LINES && <li className="quiet">and {lines.length - MAX_LINES} more</li>}
      </ul>
    </figure>
  )
}

function numberText(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10)
}

function optionsOf(width: number, names: readonly string[]): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string): string => style.getPropertyValue(name).trim()
  const axis = { stroke: color('--ink-quiet'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      { ...axis, size: 24, font: '11px system-ui', values: '{HH}:{mm}', space: 60 },
      { ...axis, size: 38, font: '11px system-ui', space: 28 },
    ],
    series: [
      {},
      ...names.map((label, index) => ({
        label,
        stroke: color(`--chart-${index}`),
        width: 1.6,
        dash: [...(DASHES[index] ?? [])],
        points: { show: false },
      })),
    ],
  }
}
