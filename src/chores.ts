/** What the gateway does now and then for people's data: pruning, and noting how far the choices reflect the ledger. */

import type { ErasureSteps, Reflection } from './choices/ports.ts'
import type { GatewayConfig } from './contracts/config.ts'
import type { LedgerKeeping } from './ledger/ports.ts'
import { monthsBefore, prune } from './ledger/prune.ts'
import type { EpochMs } from './model/brand.ts'
import { describeError, type Log } from './observe/log.ts'
import type { StartedLedger } from './threads/ledger-client.ts'

/** A start reads the requests of this long again. */
const REFLECT_MS = 60_000
const PRUNE_MS = 6 * 3_600_000

export interface ChoreParts {
  readonly config: Pick<GatewayConfig, 'ledger'>
  readonly choices: Reflection & Pick<ErasureSteps, 'keptForFraud'>
  readonly ledger: StartedLedger
  readonly archive: LedgerKeeping
  readonly now: () => EpochMs
  readonly log: Log
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
