/** Holds what was opened against what the ledger and the places outside have on record of it: promise P11. Before anything is sent. */
import { join } from 'node:path'
import { ROSTER_CELL } from '../cluster/roster.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import type { Intake } from '../intake/ports.ts'
import type { Anchoring } from '../ledger/anchors/anchoring.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { damagedRevisions } from '../publish/revision-files.ts'
import { type Acceptable, type Contradiction, refusal } from './accepted-losses.ts'
import { createLedgerAnchoring } from './anchoring.ts'
import { untiedSubjects } from './before-opening.ts'
import { ELSEWHERE } from './follow-settings.ts'
import type { Forwarding } from './forwarding.ts'
import { contradictions, KEY_FACT, LOSS_ACCEPTED, type OnRecord, readOnRecord } from './on-record.ts'
import type { OpenedFolder } from './open-folder.ts'
import { StartRefused } from './start-refused.ts'
import type { Stores } from './stores.ts'

export interface BelieveParts {
  readonly folder: OpenedFolder
  readonly accepted: ReadonlySet<Acceptable>
  readonly archive: LedgerArchive
  readonly intake: Pick<Intake, 'totals'>
  readonly stores: Pick<Stores, 'lostEvents'>
  readonly readSecret: ReadSecret
  /** There once anything is put outside. */
  readonly later: { readonly forwarding?: Pick<Forwarding, 'toRoster'> | undefined }
  readonly metrics: Metrics
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
  readonly log: Log
}

export interface Believed {
  /** Not begun. */
  readonly anchoring: Anchoring
  /** For the record of this start: what the next one is held against. */
  facts(): Promise<Readonly<Record<string, string | number>>>
}

/** Rejects with `StartRefused`, listing every contradiction that nobody accepted. What was accepted is put on record. */
export async function believe(parts: BelieveParts): Promise<Believed> {
  const { folder, accepted, archive, intake, record, log } = parts
  const { config, revisions, keys } = folder
  const onRecord = await readOnRecord(archive).catch((error: unknown) => {
    throw damaged(config.dataFolder, error)
  })
  const { number, digest } = revisions.current()
  const eventsTaken = async (): Promise<number> => (await intake.totals()).events.accepted
  const anchoring = createLedgerAnchoring({
    anchors: config.ledger.anchors,
    dataFolder: config.dataFolder,
    archive,
    readSecret: parts.readSecret,
    toRoster: isElsewhere(folder) ? async () => parts.later.forwarding?.toRoster() : undefined,
    accepted: onRecord.acceptedNotes,
    observe: anchorObserver(parts),
  })
  const found = [
    ...contradictions(onRecord, {
      keys: keys.fingerprints,
      revision: { number, digest },
      eventsTaken: (await eventsTaken()) + (await parts.stores.lostEvents()),
    }),
    ...(await anchoring.contradictions()).map(anchored),
  ]
  const refused = refusal(found, accepted)
  if (refused !== undefined) {
    anchoring.close()
    throw new StartRefused(refused)
  }
  for (const { accept, says } of found) log.error({ accept }, `accepted by the start’s option: ${says}`)
  for (const { accept, facts } of [...folder.acceptedLosses, ...found])
    await record(LOSS_ACCEPTED, { accept, ...facts })
  const { all, partners } = revisions.stops()
  const forgotten = onRecord.stopped.filter((partner) => (partner === 'all' ? !all : !all && !partners.has(partner)))
  if (folder.cell !== undefined) await noteElsewhere(parts, onRecord, forgotten)
  for (const partner of folder.cell === undefined ? forgotten : []) {
    log.error(
      { partner },
      'a stop that is on record was not in stops.json: it is in force again. Resume it if it was lifted',
    )
    // Sound: the ledger names partners as the switches do.
    await (partner === 'all' ? revisions.stopAll() : revisions.stop(partner as PartnerId))
  }
  revisions.continueAbove(onRecord.revision?.number ?? 0)
  for (const says of damagedRevisions(join(config.dataFolder, 'revisions'))) log.error({}, says)
  const untied = untiedSubjects(config.dataFolder)
  if (untied > 0)
    log.warn(
      { keys: untied, file: 'keys/subjects.db' },
      'records are about people whose keys are not in the file: their statements will not hold them',
    )
  return {
    anchoring,
    facts: async () => ({
      ...Object.fromEntries(Object.entries(keys.fingerprints).map(([name, print]) => [`${KEY_FACT}${name}`, print])),
      events: await eventsTaken(),
    }),
  }
}

/** What the cluster decided while this cell was down, onto its own record. */
async function noteElsewhere({ folder, record }: BelieveParts, onRecord: OnRecord, resumed: readonly string[]) {
  const { number, digest } = folder.revisions.current()
  const { all, partners } = folder.revisions.stops()
  const stopped = [...partners, ...(all ? ['all'] : [])].filter((partner) => !onRecord.stopped.includes(partner))
  if (onRecord.revision?.number !== number) await record('adopted', { revision: number, digest })
  for (const partner of stopped) await record('stopped', { partner, ...ELSEWHERE })
  for (const partner of resumed) await record('resumed', { partner, ...ELSEWHERE })
}

/** What the ledger has on record cannot be read: `fsck` says which record it is. */
function damaged(dataFolder: string, cause: unknown): StartRefused {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new StartRefused(
    `nothing was started: the ledger is damaged (${why}) \`sluice ledger fsck ${dataFolder}\` names the record. Put the folder back from a backup: docs/bad-days.md.`,
  )
}

function anchored({
  anchor,
  standing,
  size,
  note,
}: Awaited<ReturnType<Anchoring['contradictions']>>[number]): Contradiction {
  const says =
    standing === 'ahead'
      ? `anchor ${anchor}: has a checkpoint of this ledger with ${size} records, which is more than there are here, so the data folder was set back.`
      : `anchor ${anchor}: has a checkpoint of this ledger with ${size} records that are not the ones here, so there are two histories.`
  return { accept: 'anchored-history', says, remedy: 'Put the newest data folder back.', facts: { anchor, size, note } }
}

/** Only where records have to be outside before more are made: otherwise the cell that keeps the roster comes by. */
function isElsewhere({ cell, config }: OpenedFolder): boolean {
  const { requiredWithinMinutes } = config.ledger.anchors
  return cell?.internal !== undefined && cell.cell !== ROSTER_CELL && requiredWithinMinutes > 0
}

function anchorObserver({ metrics, log }: BelieveParts) {
  return {
    anchored: metrics.anchored,
    failed: (anchor: string, error: unknown) => {
      metrics.anchorFailed(anchor)
      log.error({ anchor, ...describeError(error) }, 'a checkpoint could not be put outside: tried again')
    },
    contradicted: ({ anchor, standing, size }: { anchor: string; standing: string; size: number }) => {
      metrics.anchorFailed(anchor)
      log.error(
        { anchor, standing, records: size },
        'an anchor holds another history of this ledger: nothing more is put there. Keep both and look who else writes',
      )
    },
  }
}
