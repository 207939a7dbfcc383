/** All lanes: one for every partner of the live revision and for every partner that still has pairs waiting. */
import type { PartnerId } from '../model/brand.ts'
import { createLane, type Lane, type LaneDeps } from './lane.ts'
import type { Deliveries } from './ports.ts'

/** @param waiting partners with pairs in the intake: a contract may be gone, its pairs still must be settled */
export function startDeliveries(deps: LaneDeps, waiting: readonly PartnerId[]): Deliveries {
  const lanes = new Map<PartnerId, Lane>()
  const start = (partner: PartnerId): void => {
    if (!lanes.has(partner)) lanes.set(partner, createLane(partner, deps))
    lanes.get(partner)!.wake()
  }
  const refresh = (): void => {
    for (const { id } of deps.current().contracts) start(id)
    for (const lane of lanes.values()) lane.wake()
  }
  for (const partner of waiting) start(partner)
  refresh()
  return {
    lanes: () => [...lanes.values()].map((lane) => lane.state()),
    refresh,
    wake: start,
    stop: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.stop()))
    },
  }
}
