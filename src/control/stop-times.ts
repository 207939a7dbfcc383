/** Times of stops since the gateway's start. */
import type { EpochMs } from '../model/brand.ts'
import type { StopState } from '../publish/stops.ts'

export interface StopTimes {
  /** `unknown`: stopped before the gateway started. Undefined: not stopped. */
  of(partner: string): EpochMs | 'unknown' | undefined
  ofAll(): EpochMs | 'unknown' | undefined
}

export interface StopsToWatch {
  readonly stops: () => StopState
  readonly onStops: (listener: () => void) => void
}

export function watchStopTimes({ stops, onStops }: StopsToWatch, now: () => EpochMs): StopTimes {
  const seen = ({ partners, all }: StopState): readonly string[] => [...partners, ...(all ? [ALL] : [])]
  let times = new Map<string, EpochMs | 'unknown'>(seen(stops()).map((one) => [one, 'unknown']))
  onStops(() => {
    times = new Map(seen(stops()).map((one) => [one, times.get(one) ?? now()]))
  })
  return { of: (partner) => times.get(partner), ofAll: () => times.get(ALL) }
}

/** No partner's id has this form. */
const ALL = '*'
