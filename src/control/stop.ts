/** The kill switches: a stop is in force whatever else fails; a resume waits until it is on record and durable. */
import type { RevisionBook } from '../contracts/revisions.ts'
import type { Ledger } from '../ledger/ports.ts'
import type { EpochMs } from '../model/brand.ts'
import { succeedsWithin } from './at-most.ts'
import type { ControlDeps } from './deps.ts'

/** A stop that is in force waits no longer than this for the disk before it says so. */
const DISK_MS = 2_000

export interface StopDeps {
  readonly revisions: Pick<RevisionBook, 'stop' | 'stopAll' | 'resume' | 'resumeAll'>
  readonly ledger: Pick<Ledger, 'append'>
  /** Resolves when every data thread has confirmed what changed before the call. */
  readonly inForce: () => Promise<void>
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}

export function createStop({ revisions, ledger, inForce, now, failed }: StopDeps): ControlDeps['stop'] {
  const record = async (action: 'stopped' | 'resumed', partner: string): Promise<void> => {
    await ledger.append([{ kind: 'control', time: now(), action, facts: { partner } }])
  }
  return async (partner, stopped) => {
    if (!stopped) {
      await record('resumed', partner)
      await (partner === 'all' ? revisions.resumeAll() : revisions.resume(partner))
      return { durable: true, recorded: true }
    }
    // The switch itself is thrown in this very turn; the promise is about the disk.
    const written = partner === 'all' ? revisions.stopAll() : revisions.stop(partner)
    const onDisk = succeedsWithin(written, DISK_MS, (error) => failed('stop', error))
    await inForce()
    const onRecord = succeedsWithin(record('stopped', partner), DISK_MS, (error) => failed('stop', error))
    const [durable, recorded] = await Promise.all([onDisk, onRecord])
    return { durable, recorded }
  }
}
