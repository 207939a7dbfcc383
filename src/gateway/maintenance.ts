/** What the gateway does now and then for people's data: pruning, and noting how far the choices reflect the ledger. */

import { monthOf } from '../choices/aging.ts'
import type { Aging, ErasureSteps, Reflection } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import type { LedgerRetention } from '../ledger/ports.ts'
import { monthsBefore, prune } from '../ledger/prune.ts'
import type { EpochMs } from '../model/brand.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { Revisions } from '../publish/ports.ts'
import type { StartedLedger } from '../threads/ledger-client.ts'

/** A start reads the requests of this long again. */
const REFLECT_MS = 60_000
const PRUNE_MS = 6 * 3_600_000

export interface ChoreParts {
  readonly config: Pick<GatewayConfig, 'ledger'>
  readonly choices: Reflection & Aging & Pick<ErasureSteps, 'keptForFraud'>
  readonly revisions: Pick<Revisions, 'current'>
  readonly ledger: StartedLedger
  readonly archive: LedgerRetention
  /** Each removes what is too old to be asked for: answers of erasures, links. */
  readonly prune: readonly (() => Promise<void>)[]
  readonly now: () => EpochMs
  readonly log: Log
}

/** What the policy says that time takes away; on record, as counts. */
export async function age({
  choices,
  revisions,
  ledger,
  now,
}: Pick<ChoreParts, 'choices' | 'revisions' | 'ledger' | 'now'>) {
  const { permissionsMonths, linksMonths } = revisions.current().policy
  const record = async (action: string, count: number, months: number): Promise<void> => {
    if (count > 0) await ledger.append([{ kind: 'control', time: now(), action, facts: { count, months } }])
  }
  if (permissionsMonths !== undefined) {
    const expired = await choices.expirePermissions(monthsBefore(now(), permissionsMonths))
    await record('permissions_expired', expired, permissionsMonths)
  }
  if (linksMonths !== undefined)
    await record('links_pruned', await choices.pruneLinks(monthOf(now()) - linksMonths), linksMonths)
}

/** A chore that fails is logged and comes again. `stop` waits for the one under way. */
export function startChores(parts: ChoreParts): { stop(): Promise<void> } {
  const { config, choices, ledger, archive, now, log } = parts
  let reflected = -1
  let underWay: Promise<void> = Promise.resolve()
  const chore = (what: string, work: () => Promise<void>): void => {
    underWay = underWay
      .then(work)
      .catch((error: unknown) => log.error({ what, ...describeError(error) }, 'a chore failed'))
  }
  /** Sound at any moment: a choice is durable before its record is. */
  const reflect = async (): Promise<void> => {
    const size = ledger.size()
    if (size === reflected) return
    await choices.reflect(size)
    reflected = size
  }
  const tidy = async (): Promise<void> => {
    // Looking forgets whatever has had its time.
    await choices.keptForFraud([], now())
    for (const one of parts.prune) await one()
    await age(parts)
    const done = await prune({ ledger, archive, now }, monthsBefore(now(), config.ledger.retentionMonths))
    if (done !== undefined) log.info(done, 'records past their retention were pruned')
  }
  const timers = [
    setInterval(() => chore('reflect', reflect), REFLECT_MS),
    setInterval(() => chore('tidy', tidy), PRUNE_MS),
    setTimeout(() => chore('tidy', tidy), REFLECT_MS),
  ]
  for (const timer of timers) timer.unref()
  return {
    stop: async () => {
      for (const timer of timers) clearTimeout(timer)
      chore('reflect', reflect)
      await underWay
    },
  }
}
