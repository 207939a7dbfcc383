/** Every live partner's health, from contracts, lanes, accounting and dead letters. */
import { termsInWords } from '../diff/terms-in-words.ts'
import type { PartnerHealth } from '../model/partner-health.ts'
import type { ControlDeps } from './deps.ts'
import { healthOf, RECENT_MS } from './partner-health.ts'

export interface HealthOfPartner extends PartnerHealth {
  readonly partner: string
  readonly name: string
  readonly deadLetters: number
}

export type HealthDeps = Pick<ControlDeps, 'deliveries' | 'history' | 'intake' | 'now' | 'revisions' | 'stopTimes'>

export async function partnerHealths({
  deliveries,
  history,
  intake,
  now,
  revisions,
  stopTimes,
}: HealthDeps): Promise<readonly HealthOfPartner[]> {
  const at = now()
  const [samples, counts] = await Promise.all([history.since(at - RECENT_MS), intake.deadCounts()])
  const lanes = deliveries.lanes()
  const deliveredAt = (index: number, partner: string): number =>
    samples.at(index)?.totals.pairs[partner]?.settled.delivered ?? 0
  return revisions.current().contracts.map((contract) => {
    const { id, name } = contract
    const { percent, until } = termsInWords(contract)
    const deadLetters = counts.find(({ partner }) => partner === id)
    const facts = {
      stopped: stopTimes.of(id),
      stoppedAll: stopTimes.ofAll(),
      agreementUntil: contract.agreementUntil,
      percent,
      until: until === undefined ? undefined : Date.parse(until),
      lane: lanes.find(({ partner }) => partner === id),
      oldestWaitingAt: samples.at(-1)?.totals.pairs[id]?.oldestPendingAt,
      deadLetters,
      delivered: deliveredAt(-1, id) - deliveredAt(0, id),
    }
    return { partner: id, name, ...healthOf(facts, at), deadLetters: deadLetters?.count ?? 0 }
  })
}
