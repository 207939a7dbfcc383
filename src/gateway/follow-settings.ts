/** What operators decide at any cell comes into force at this one: on its own record first, and from a start on. */
import { namedNamespaces } from '../choices/namespaces.ts'
import type { Choices } from '../choices/ports.ts'
import type { Log } from '../observe/log.ts'
import type { OpenedFolder } from './open-folder.ts'

export interface FollowParts {
  readonly choices: Pick<Choices, 'splitNamespaces'>
  readonly takeInHolds: () => Promise<void>
  /** A CONTROL record; resolves when durable. */
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
  readonly log: Log
  readonly failed: (where: string, error: unknown) => void
}

/** Whoever it was is on record at the cell where it was said. */
export const ELSEWHERE = { author: 'cluster' } as const

/** Resolves once everything that was decided before is in force here. Before anything is sent. */
export async function followSettings({ cell, revisions }: OpenedFolder, parts: FollowParts): Promise<void> {
  if (cell === undefined) return
  const { settings } = cell
  const { choices, takeInHolds, record, log, failed } = parts
  settings.attach({
    announce: async ({ number: revision, digest, apps }) => {
      await choices.splitNamespaces(namedNamespaces(apps), false)
      await record('adopted', { revision, digest })
      log.info({ revision }, 'the cluster’s revision is live here')
    },
    announceTurn: async ({ partner, stopped }) => {
      await record(stopped ? 'stopped' : 'resumed', { partner, ...ELSEWHERE })
      log.warn({ partner }, stopped ? 'stopped at another cell' : 'resumed at another cell')
    },
  })
  revisions.onChange(async () => {
    const names = namedNamespaces(revisions.current().apps)
    // Not awaited: what it waits for waits for this cell.
    void choices.splitNamespaces(names, true).catch((error: unknown) => failed('namespaces', error))
  })
  settings.onChange('revisions', revisions.refresh)
  settings.onChange('stops', revisions.refresh)
  settings.onChange('holds', takeInHolds)
  await takeInHolds()
  await revisions.refresh()
}
