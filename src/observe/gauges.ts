/** What is read from the parts when somebody asks for metrics. Labels are ids and fixed words. */
import { Counter, Gauge, type Registry } from 'prom-client'

export interface PartnerLag {
  readonly partner: string
  readonly pending: number
  /** Since the oldest waiting event was received; 0 where none waits. */
  readonly oldestSeconds: number
}

export interface Books {
  readonly lag: readonly PartnerLag[]
  /** By name of the sum: how far it is from closing. 0 is the promise. */
  readonly gaps: Readonly<Record<string, number>>
}

export interface FilesReading {
  /** Epoch seconds of the last reading, and whether it was right; undefined before the first. */
  readonly read: { readonly atSeconds: number; readonly ok: boolean } | undefined
  /** Reason → files that differ from what is live for it; every reason is there. */
  readonly drift: Readonly<Record<string, number>>
  /** Proposals that wait, and for how long the oldest has. */
  readonly waiting: number
  readonly oldestWaitingSeconds: number
}

export interface EndingTerms {
  readonly partner: string
  /** An `agreement`, after which the partner counts as a third party; a `grant` that was given for a time. */
  readonly what: 'agreement' | 'grant'
  /** Epoch seconds. */
  readonly atSeconds: number
}

/** A process that shares its choices with others, as a cell. */
export interface CellStanding {
  readonly cell: string
  /** How long it may still act on its copy of the choices; 0: it neither sends nor accepts. */
  readonly leaseSeconds: number
  /** Entries of the feed that its copy lacks, as far as it knows. */
  readonly feedLag: number
  /** Other cells that may act and have not confirmed all that is in force here. */
  readonly unconfirmedCells: number
  /** Of choices, since the start: transactions that are durable, and those of which nobody knows. */
  readonly commits: { readonly kept: number; readonly failed: number }
}

export interface Forwarded {
  /** Events that this cell handed to the cells that own their users, since the start. */
  readonly forwarded: readonly { readonly owner: string; readonly kept: number; readonly failed: number }[]
}

/** Each is asked at every scrape. */
export interface MetricSources {
  readonly books: () => Promise<Books>
  readonly ledgerSize: () => number
  /** Since the oldest records that are not durable yet were handed over. */
  readonly ledgerWaitsSeconds: () => number
  /** Since the oldest choice that is not in force yet came. */
  readonly choiceWaitsSeconds: () => number
  readonly revision: () => number
  /** Generations of choices, revisions and stops that a thread has not confirmed yet. */
  readonly threadsBehind: () => readonly { readonly thread: number; readonly generations: number }[]
  /** Partner → relayed requests by how they ended (or `under_way`), since the start. */
  readonly relayed: () => Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly breakers: () => readonly {
    readonly partner: string
    readonly open: boolean
    /** How long no request begins yet; 0 where one may. */
    readonly pausedSeconds: number
  }[]
  readonly stops: () => readonly { readonly partner: string; readonly stopped: boolean }[]
  /** Senders' connections, and how many there may be. */
  readonly connections: () => { readonly open: number; readonly most: number }
  /** Undefined where the file system does not say. */
  readonly disk: () => Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | undefined>
  /** The configuration's files, against what is live. */
  readonly files: () => FilesReading
  /** Names that no contract names: those that wait for a decision, and those that there was no room for. */
  readonly inbox: () => { readonly waiting: number; readonly notKept: number }
  /** Partner, verb and state → notices that are kept; none where nobody is ever told anything. */
  readonly notices: () => Promise<
    readonly { readonly partner: string; readonly verb: string; readonly state: string; readonly count: number }[]
  >
  /** Choices of which it was not looked up yet whom to tell. */
  readonly noticesToPlan: () => Promise<number>
  readonly termsEnd: () => readonly EndingTerms[]
  /** Partner and law, where a live contract sends without a ground that the law asks for. */
  readonly groundless: () => readonly { readonly partner: string; readonly law: string }[]
  /** Epoch seconds; 0 where none is known. */
  readonly lastBackup: () => number
  /** What people asked for: cases that wait, by how much time is left, and of children learned late, by app since the start. */
  readonly cases: () => { readonly open: number; readonly due: number; readonly overdue: number }
  readonly children: () => Readonly<Record<string, number>>
  readonly parts: () => readonly { readonly part: string; readonly writable: boolean }[]
  /** Undefined where choices are in the data folder. */
  readonly cluster: () => (CellStanding & Forwarded) | undefined
}

/** The function it returns reads every source anew, and resolves to the live partners. */
export function registerGauges(registry: Registry, sources: MetricSources): () => Promise<readonly string[]> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const pending = gauge('pairs_pending', 'Event and partner pairs waiting.', ['partner'])
  const oldest = gauge('oldest_pending_seconds', 'Age of the oldest waiting event.', ['partner'])
  const gap = gauge('accounting_gap', 'How far a sum of the books is from closing. Not 0: something went missing.', [
    'sum',
  ])
  const ledgerSize = gauge('ledger_records', 'Durable ledger records.', [])
  const ledgerWaits = gauge('ledger_oldest_uncommitted_seconds', 'Age of the oldest records that are not durable.', [])
  const choiceWaits = gauge('choice_oldest_pending_seconds', 'Age of the oldest choice that is not in force yet.', [])
  const revision = gauge('revision', 'Number of the live revision.', [])
  const behind = gauge('thread_generations_behind', 'Changes that a thread has not confirmed yet.', ['thread'])
  const breakerOpen = gauge('breaker_open', '1 while a partner is left alone after failures.', ['partner'])
  const paused = gauge(
    'partner_paused_seconds',
    'How long no request to the partner begins yet: after failures, or because it asked for it.',
    ['partner'],
  )
  const stopped = gauge('partner_stopped', '1 while an operator has stopped a partner, alone or with all.', ['partner'])
  const relayed = new Counter({
    name: 'sluice_relay_requests_total',
    help: 'Relayed requests, by how they ended.',
    labelNames: ['partner', 'state'],
    registers: [registry],
  })
  const relaying = gauge('relay_requests_under_way', 'Relayed requests that have not ended yet.', ['partner'])
  const connections = gauge('connections', 'Connections of senders.', [])
  const connectionsMost = gauge('connections_limit', 'Connections of senders that there may be.', [])
  const diskFree = gauge('disk_free_bytes', 'Free for this account where the data folder is.', [])
  const diskSize = gauge('disk_size_bytes', 'Size of the file system where the data folder is.', [])
  const reloadOk = gauge('config_reload_ok', '1 where the configuration was right when it was last read.', [])
  const reloadAt = gauge('config_reload_timestamp_seconds', 'When the configuration was last read.', [])
  const drift = gauge('config_drift_files', 'Configuration files that differ from what is live, by reason.', ['why'])
  const proposals = gauge('proposals_waiting', 'Changes that wait for a second person.', [])
  const oldestProposal = gauge(
    'proposal_oldest_seconds',
    'Age of the oldest change that waits for a second person.',
    [],
  )
  const inboxWaiting = gauge('inbox_names_waiting', 'Names of events and properties that wait for a decision.', [])
  const inboxNotKept = gauge('inbox_names_not_kept', 'Names that the inbox had no room for, since the start.', [])
  const termsEnd = gauge('terms_end_timestamp_seconds', 'When an agreement or a grant of a partner ends, or ended.', [
    'partner',
    'what',
  ])
  const notices = gauge(
    'notices',
    'Notices to partners that are kept, by state: waiting, trying, polling or how they ended.',
    ['partner', 'verb', 'state'],
  )
  const noticesToPlan = gauge('notices_to_plan', 'Choices in force of which it was not looked up yet whom to tell.', [])
  const groundless = gauge(
    'transfers_without_ground',
    '1 where a live contract sends to a country for which a law asks for a ground, and names none.',
    ['partner', 'law'],
  )
  const cases = gauge('cases', 'Requests that wait for staff: open, of these due within a week, overdue.', ['state'])
  const children = new Counter({
    name: 'sluice_children_learnt_total',
    help: 'People whom an app said to be children after it had not, by words that prove nothing.',
    labelNames: ['app'],
    registers: [registry],
  })
  const lastBackup = gauge('last_backup_timestamp_seconds', 'When the data folder was last backed up; 0: never.', [])
  const writable = gauge('part_writable', '1 while a part can write to its files.', ['part'])

  const tellCluster = clusterGauges(registry)

  return async () => {
    const standing = sources.cluster()
    if (standing !== undefined) tellCluster(standing)
    ledgerSize.set(sources.ledgerSize())
    ledgerWaits.set(sources.ledgerWaitsSeconds())
    choiceWaits.set(sources.choiceWaitsSeconds())
    revision.set(sources.revision())
    const { open, most } = sources.connections()
    connections.set(open)
    connectionsMost.set(most)
    // Partners and threads that are gone are not shown with their last value.
    for (const one of [pending, oldest, gap, behind, breakerOpen, paused, stopped, relayed, relaying, termsEnd])
      one.reset()
    groundless.reset()
    notices.reset()
    for (const { partner, verb, state, count } of await sources.notices()) notices.set({ partner, verb, state }, count)
    noticesToPlan.set(await sources.noticesToPlan())
    for (const { partner, law } of sources.groundless()) groundless.set({ partner, law }, 1)
    const [{ lag, gaps }, disk] = await Promise.all([sources.books(), sources.disk()])
    for (const { partner, pending: count, oldestSeconds } of lag) {
      pending.set({ partner }, count)
      oldest.set({ partner }, oldestSeconds)
    }
    for (const [sum, distance] of Object.entries(gaps)) gap.set({ sum }, distance)
    for (const { thread, generations } of sources.threadsBehind()) behind.set({ thread }, generations)
    for (const { partner, open, pausedSeconds } of sources.breakers()) {
      breakerOpen.set({ partner }, open ? 1 : 0)
      paused.set({ partner }, pausedSeconds)
    }
    for (const [partner, { relayed: _, under_way, ...ended }] of Object.entries(sources.relayed())) {
      relaying.set({ partner }, under_way ?? 0)
      for (const [state, count] of Object.entries(ended)) relayed.inc({ partner, state }, count)
    }
    const stops = sources.stops()
    for (const { partner, stopped: is } of stops) stopped.set({ partner }, is ? 1 : 0)
    const { read, drift: differs, waiting, oldestWaitingSeconds } = sources.files()
    if (read !== undefined) {
      reloadOk.set(read.ok ? 1 : 0)
      reloadAt.set(read.atSeconds)
    }
    for (const [why, count] of Object.entries(differs)) drift.set({ why }, count)
    proposals.set(waiting)
    oldestProposal.set(oldestWaitingSeconds)
    const inbox = sources.inbox()
    inboxWaiting.set(inbox.waiting)
    inboxNotKept.set(inbox.notKept)
    for (const { partner, what, atSeconds } of sources.termsEnd()) termsEnd.set({ partner, what }, atSeconds)
    lastBackup.set(sources.lastBackup())
    for (const [state, count] of Object.entries(sources.cases())) cases.set({ state }, count)
    children.reset()
    for (const [app, count] of Object.entries(sources.children())) children.inc({ app }, count)
    for (const { part, writable: can } of sources.parts()) writable.set({ part }, can ? 1 : 0)
    if (disk !== undefined) {
      diskFree.set(disk.freeBytes)
      diskSize.set(disk.sizeBytes)
    }
    return stops.map(({ partner }) => partner)
  }
}

/** Of a cell alone: elsewhere they are known and have no value. */
function clusterGauges(registry: Registry): (standing: CellStanding & Forwarded) => void {
  const gauge = (name: string, help: string): Gauge<'cell'> =>
    new Gauge({ name: `sluice_cluster_${name}`, help, labelNames: ['cell'], registers: [registry] })
  const lease = gauge('lease_seconds', 'How long this cell may still send and accept; 0: it does neither.')
  const lag = gauge('feed_lag_entries', 'Entries of the feed of choices that this cell lacks.')
  const unconfirmed = gauge('unconfirmed_cells', 'Other cells that have not confirmed what is in force here.')
  const commits = new Counter({
    name: 'sluice_cluster_commits_total',
    help: 'Transactions of choices: kept, or failed, of which nobody knows whether they were.',
    labelNames: ['cell', 'outcome'],
    registers: [registry],
  })
  const handedOn = new Counter({
    name: 'sluice_cluster_forwarded_events_total',
    help: 'Events that this cell handed to the one that owns their users: kept there, or failed, and their senders asked to come back.',
    labelNames: ['cell', 'owner', 'outcome'],
    registers: [registry],
  })
  return ({ cell, leaseSeconds, feedLag, unconfirmedCells, commits: counts, forwarded }) => {
    handedOn.reset()
    for (const { owner, kept, failed } of forwarded) {
      handedOn.inc({ cell, owner, outcome: 'kept' }, kept)
      handedOn.inc({ cell, owner, outcome: 'failed' }, failed)
    }
    lease.set({ cell }, leaseSeconds)
    lag.set({ cell }, feedLag)
    unconfirmed.set({ cell }, unconfirmedCells)
    commits.reset()
    for (const [outcome, count] of Object.entries(counts)) commits.inc({ cell, outcome }, count)
  }
}
