/** Opens the intake over its SQLite files, for the worker. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type IntakeLog, openIntakeLog } from '../intake/log.ts'
import type { IntakeOptions } from '../intake/options.ts'
import type { EpochMs } from '../model/brand.ts'
import { openIntakeEvents } from '../storage/sqlite/intake-events.ts'
import { openIntakeState } from '../storage/sqlite/intake-state.ts'
import { openSubjectKeys, subjectKeysPath } from '../storage/sqlite/subject-keys.ts'
import { highestSubject } from '../storage/sqlite/subject-numbers.ts'

/** Dead letters kept. */
const KEEP_DEAD = 10_000

export interface IntakeStart {
  readonly dataFolder: string
  /** 32 bytes that wrap the subjects' keys. */
  readonly keyEncryptionKey: Uint8Array
  readonly indexKey?: Uint8Array | undefined
  readonly options: IntakeOptions
  /** Opens although accepted events are missing at the end. Default false. */
  readonly acceptLost?: boolean
}

/**
 * Opens `<data>/intake/` (events and state) and `<data>/keys/subjects.db`, which MUST NOT be backed up together. Throws
 * an error that names the file at fault.
 */
export function openIntakeFiles(
  { dataFolder, keyEncryptionKey, indexKey, options, acceptLost = false }: IntakeStart,
  now: () => EpochMs,
): IntakeLog & { lostEvents(): number } {
  const folder = join(dataFolder, 'intake')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const opened: { close(): void }[] = []
  const keep = <Store extends { close(): void }>(store: Store): Store => {
    opened.push(store)
    return store
  }
  try {
    const state = keep(openIntakeState(join(folder, 'state.db'), KEEP_DEAD))
    const events = keep(openIntakeEvents(folder, state.foldedFiles(), now(), acceptLost))
    const subjectKeys = keep(openSubjectKeys(subjectKeysPath(dataFolder), highestSubject(dataFolder)))
    const log = openIntakeLog({
      events,
      state,
      subjectKeys,
      keyEncryptionKey,
      indexKey,
      options,
      now,
      random: randomBytes,
    })
    return { ...log, lostEvents: () => events.lost }
  } catch (error) {
    for (const store of opened) store.close()
    throw error
  }
}
