/** What holds for all data threads together, as parts and as sums. */
import type { GatewayConfig } from '../contracts/config.ts'
import type { LaneState } from '../delivery/ports.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'

/** Limits of the whole gateway, divided: together they are never more. */
export function partOf(config: GatewayConfig, count: number): GatewayConfig {
  const { requestsUnderWay, bytesUnderWay, connections, connectionsByAddress } = config.pressure
  const part = (whole: number): number => Math.max(1, Math.floor(whole / count))
  return {
    ...config,
    pressure: {
      ...config.pressure,
      requestsUnderWay: part(requestsUnderWay),
      // What is allowed in one body must have room.
      bytesUnderWay: Math.max(config.limits.batchBytes, part(bytesUnderWay)),
      connections: part(connections),
      connectionsByAddress: part(connectionsByAddress),
    },
  }
}

/** One state for each partner: the breaker is one for all threads. */
export function mergeLanes(lanes: readonly LaneState[]): readonly LaneState[] {
  const merged = new Map<PartnerId, LaneState>()
  for (const lane of lanes) {
    const known = merged.get(lane.partner)
    if (known === undefined) {
      merged.set(lane.partner, lane)
      continue
    }
    const newer = at(lane.lastErrorAt) > at(known.lastErrorAt) ? lane : known
    const open = [known, lane].find(({ breaker }) => breaker !== 'closed') ?? known
    merged.set(lane.partner, {
      partner: lane.partner,
      breaker: open.breaker,
      pausedUntil: latest(known.pausedUntil, lane.pausedUntil),
      inFlight: known.inFlight + lane.inFlight,
      failures: Math.max(known.failures, lane.failures),
      lastError: newer.lastError,
      lastErrorAt: newer.lastErrorAt,
      failingSince: latest(known.failingSince, lane.failingSince),
    })
  }
  return [...merged.values()]
}

function at(time: EpochMs | undefined): number {
  return time ?? Number.NEGATIVE_INFINITY
}
function latest(a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}
