/** The stop switches: a stop takes effect even if recording fails; a resume waits until it is durable and on record. */

import type { Ledger } from '../ledger/ports.ts'
import type { EpochMs } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { succeedsWithin } from './at-most.ts'
import type { ControlDeps, StopResult } from './deps.ts'

/** Longest wait for the disk before a stop is answered. */
const DISK_MS = 2_000

export interface StopDeps {
  readonly revisions: Pick<RevisionBook, 'stop' | 'stopAll' | 'resume' | 'resumeAll' | 'isShared' | 'everywhere'>
  readonly ledger: Pick<Ledger, 'append'>
  /** Resolves when every data thread has confirmed what changed before the call. */
  readonly inForce: () => Promise<void>
  /** Each data thread, and whether it has confirmed the latest change. */
  readonly workers: () => StopResult['workers']
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}

export function createStop({ revisions, ledger, inForce, workers, now, failed }: StopDeps): ControlDeps['stop'] {
  return async (partner, stopped, by) => {
    const record = async (action: 'stopped' | 'resumed'): Promise<void> => {
      await ledger.append([{ kind: 'control', time: now(), action, facts: { partner, ...by } }])
    }
    if (!stopped) {
      await record('resumed')
      await (partner === 'all' ? revisions.resumeAll() : revisions.resume(partner))
      return { durable: true, recorded: true, everywhere: true, workers: workers() }
    }
    // The switch takes effect in this turn; the promise covers the disk write.
    const written = partner === 'all' ? revisions.stopAll() : revisions.stop(partner)
    const onDisk = succeedsWithin(written, DISK_MS, (error) => failed('stop', error))
    try {
      await inForce()
    } catch (error) {
      // Older decisions are stale already; only the confirmation that no thread still uses one is missing.
      throw new GatewayError('ERR_STOP_UNCONFIRMED', { workers: workers() }, error)
    }
    const onRecord = succeedsWithin(record('stopped'), DISK_MS, (error) => failed('stop', error))
    const [durable, recorded] = await Promise.all([onDisk, onRecord])
    // Whoever could not be told goes on until somebody tells it.
    if (durable) await revisions.everywhere()
    return { durable, recorded, everywhere: durable || !revisions.isShared, workers: workers() }
  }
}
