/** All lanes: one for each partner of the live revision, and for each partner with pending pairs. */
import type { PartnerId } from '../model/brand.ts'
import { createLane, type Lane, type LaneDeps } from './lane.ts'
import type { Deliveries } from './ports.ts'

/** @param waiting partners with pairs in the intake, which must be settled even if the contract was removed */
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
