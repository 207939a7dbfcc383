/** Gauges, read from the components at each scrape. Labels are ids and fixed words. */
import { Counter, Gauge, type Registry } from 'prom-client'

export interface PartnerLag {
  readonly partner: string
  readonly pending: number
  /** Age of the oldest waiting event; 0 if none. */
  readonly oldestSeconds: number
}

export interface Books {
  readonly lag: readonly PartnerLag[]
  /** Name of the sum → remainder. MUST be 0. */
  readonly gaps: Readonly<Record<string, number>>
}

export interface FilesReading {
  /** Time of the last reload in epoch seconds, and whether the files were valid; undefined before the first. */
  readonly read: { readonly atSeconds: number; readonly ok: boolean } | undefined
  /** Reason → number of files that differ from the live revision; contains every reason. */
  readonly drift: Readonly<Record<string, number>>
  /** Waiting proposals, and the age of the oldest. */
  readonly waiting: number
  readonly oldestWaitingSeconds: number
}

export interface EndingTerms {
  readonly partner: string
  /** The end of an `agreement` makes the partner a third party; a `grant` is limited in time. */
  readonly what: 'agreement' | 'grant'
  /** Epoch seconds. */
  readonly atSeconds: number
}

/** State of a cell. */
export interface CellStanding {
  readonly cell: string
  /** Remaining lease; at 0 the cell neither sends nor accepts. */
  readonly leaseSeconds: number
  /** Known feed entries that its copy lacks. */
  readonly feedLag: number
  /** Other cells with a lease that have not confirmed everything in force here. */
  readonly unconfirmedCells: number
  /** Transactions of choices since the start: durable, and with unknown outcome. */
  readonly commits: { readonly kept: number; readonly failed: number }
}

export interface Forwarded {
  /** Events that this cell handed to the cells that own their users, since the start. */
  readonly forwarded: readonly { readonly owner: string; readonly kept: number; readonly failed: number }[]
  /** Empty in all cells but the one that keeps the roster. */
  readonly roster: readonly RosterStanding[]
}

/** What cell 0 has on record of a cell's ledger. */
export interface RosterStanding {
  readonly cell: string
  /** Since it was seen last. */
  readonly ageSeconds: number
  /** What it shows now is no continuation of what is on record. */
  readonly contradicts: boolean
}

/** One of several data threads. */
export interface ThreadStanding {
  readonly thread: number
  /** False from its end until it is started again. */
  readonly isUp: boolean
  /** Since the start of the gateway. */
  readonly restarts: number
  readonly delaySeconds: number
  /** Of senders. */
  readonly connections: number
  /** Items that it is sending. */
  readonly inFlight: number
}

/** Each is called at every scrape. */
export interface MetricSources {
  readonly books: () => Promise<Books>
  readonly ledgerSize: () => number
  /** Age of the oldest record that is not durable yet. */
  readonly ledgerWaitsSeconds: () => number
  /** Age of the oldest choice that is not in force yet. */
  readonly choiceWaitsSeconds: () => number
  readonly revision: () => number
  /** Generations of choices, revisions and stops that a thread has not confirmed. */
  readonly threadsBehind: () => readonly { readonly thread: number; readonly generations: number }[]
  /** Empty where the main thread does it all. */
  readonly dataThreads: () => readonly ThreadStanding[]
  /** Partner → relayed requests since the start, by outcome or `under_way`. */
  readonly relayed: () => Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly breakers: () => readonly {
    readonly partner: string
    readonly open: boolean
    /** Remaining pause before the next request; 0 if none. */
    readonly pausedSeconds: number
  }[]
  readonly stops: () => readonly { readonly partner: string; readonly stopped: boolean }[]
  /** Connections of senders, and their limit. */
  readonly connections: () => { readonly open: number; readonly most: number }
  /** Undefined if the file system does not report it. */
  readonly disk: () => Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | undefined>
  /** The configuration files compared with the live revision. */
  readonly files: () => FilesReading
  /** Names in no contract: waiting for a decision, and dropped for lack of space. */
  readonly inbox: () => { readonly waiting: number; readonly notKept: number }
  /** Stored notices by partner, verb and state. */
  readonly notices: () => Promise<
    readonly { readonly partner: string; readonly verb: string; readonly state: string; readonly count: number }[]
  >
  /** Choices in force whose notices are not planned yet. */
  readonly noticesToPlan: () => Promise<number>
  readonly termsEnd: () => readonly EndingTerms[]
  /** Partners whose live contract lacks a ground that the law requires. */
  readonly groundless: () => readonly { readonly partner: string; readonly law: string }[]
  /** Epoch seconds; 0 if unknown. */
  readonly lastBackup: () => number
  /** Open cases by time left; children learned late, by app since the start. */
  readonly cases: () => { readonly open: number; readonly due: number; readonly overdue: number }
  readonly children: () => Readonly<Record<string, number>>
  readonly parts: () => readonly { readonly part: string; readonly writable: boolean }[]
  /** Undefined if choices are in the data folder. */
  readonly cluster: () => (CellStanding & Forwarded) | undefined
}

/** Returns a function that reads every source and resolves to the live partners. */
export function registerGauges(registry: Registry, sources: MetricSources): () => Promise<readonly string[]> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const pending = gauge('pairs_pending', 'Event and partner pairs waiting.', ['partner'])
  const oldest = gauge('oldest_pending_seconds', 'Age of the oldest waiting event.', ['partner'])
  const gap = gauge('accounting_gap', 'Remainder of an accounting sum. Not 0: something was lost.', ['sum'])
  const ledgerSize = gauge('ledger_records', 'Durable ledger records.', [])
  const ledgerWaits = gauge('ledger_oldest_uncommitted_seconds', 'Age of the oldest records that are not durable.', [])
  const choiceWaits = gauge('choice_oldest_pending_seconds', 'Age of the oldest choice that is not in force yet.', [])
  const revision = gauge('revision', 'Number of the live revision.', [])
  const breakerOpen = gauge('breaker_open', '1 while a partner is paused after failures.', ['partner'])
  const paused = gauge(
    'partner_paused_seconds',
    'Remaining pause before the next request to the partner: after failures, or at its request.',
    ['partner'],
  )
  const stopped = gauge('partner_stopped', '1 while an operator has stopped a partner, individually or globally.', [
    'partner',
  ])
  const relayed = new Counter({
    name: 'sluice_relay_requests_total',
    help: 'Relayed requests, by outcome.',
    labelNames: ['partner', 'state'],
    registers: [registry],
  })
  const relaying = gauge('relay_requests_under_way', 'Relayed requests that have not ended yet.', ['partner'])
  const connections = gauge('connections', 'Connections of senders.', [])
  const connectionsMost = gauge('connections_limit', 'Limit of connections of senders.', [])
  const diskFree = gauge('disk_free_bytes', 'Free for this account on the file system of the data folder.', [])
  const diskSize = gauge('disk_size_bytes', 'Size of the file system of the data folder.', [])
  const reloadOk = gauge('config_reload_ok', '1 if the configuration was valid at the last reload.', [])
  const reloadAt = gauge('config_reload_timestamp_seconds', 'Time of the last reload of the configuration.', [])
  const drift = gauge('config_drift_files', 'Configuration files that differ from the live revision, by reason.', [
    'why',
  ])
  const proposals = gauge('proposals_waiting', 'Proposals that wait for a second person.', [])
  const oldestProposal = gauge('proposal_oldest_seconds', 'Age of the oldest waiting proposal.', [])
  const inboxWaiting = gauge('inbox_names_waiting', 'Event and property names that wait for a decision.', [])
  const inboxNotKept = gauge(
    'inbox_names_not_kept',
    'Names dropped by the inbox for lack of space, since the start.',
    [],
  )
  const termsEnd = gauge('terms_end_timestamp_seconds', 'When a partner’s agreement or grant ends or ended.', [
    'partner',
    'what',
  ])
  const notices = gauge('notices', 'Stored notices to partners by state: waiting, trying, polling or a final state.', [
    'partner',
    'verb',
    'state',
  ])
  const noticesToPlan = gauge('notices_to_plan', 'Choices in force whose notices are not planned yet.', [])
  const groundless = gauge(
    'transfers_without_ground',
    '1 if a live contract sends to a country without the ground that a law requires.',
    ['partner', 'law'],
  )
  const cases = gauge('cases', 'Cases that wait for staff: open, of these due within a week, overdue.', ['state'])
  const children = new Counter({
    name: 'sluice_children_learnt_total',
    help: 'Subjects newly marked as children by an app, without proof.',
    labelNames: ['app'],
    registers: [registry],
  })
  const lastBackup = gauge('last_backup_timestamp_seconds', 'When the data folder was last backed up; 0: never.', [])
  const writable = gauge('part_writable', '1 while a part can write to its files.', ['part'])

  const tellCluster = clusterGauges(registry)
  const tellThreads = threadGauges(registry, sources)

  return async () => {
    const standing = sources.cluster()
    if (standing !== undefined) tellCluster(standing)
    tellThreads()
    ledgerSize.set(sources.ledgerSize())
    ledgerWaits.set(sources.ledgerWaitsSeconds())
    choiceWaits.set(sources.choiceWaitsSeconds())
    revision.set(sources.revision())
    const { open, most } = sources.connections()
    connections.set(open)
    connectionsMost.set(most)
    // Removed partners and threads must not keep their last value.
    for (const one of [pending, oldest, gap, breakerOpen, paused, stopped, relayed, relaying, termsEnd]) one.reset()
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

/** Those of data threads have a value with several of them. */
function threadGauges(registry: Registry, sources: Pick<MetricSources, 'dataThreads' | 'threadsBehind'>): () => void {
  const named = (name: string, help: string): Gauge<'thread'> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: ['thread'], registers: [registry] })
  const gauge = (name: string, help: string): Gauge<'thread'> => named(`data_thread_${name}`, help)
  const behind = named('thread_generations_behind', 'Changes that a thread has not confirmed yet.')
  const up = gauge('up', '1 while a data thread runs, 0 from its end until it is started again.')
  const delay = gauge('delay_seconds', 'Longest that the event loop of a data thread was late in the last 10 to 20 s.')
  const connections = gauge('connections', 'Connections of senders to a data thread.')
  const inFlight = gauge('items_in_flight', 'Items that a data thread is sending.')
  const restarts = new Counter({
    name: 'sluice_data_thread_restarts_total',
    help: 'Times that a data thread ended and was started again.',
    labelNames: ['thread'],
    registers: [registry],
  })
  return () => {
    // A thread that is gone must not keep its last value.
    behind.reset()
    for (const { thread, generations } of sources.threadsBehind()) behind.set({ thread }, generations)
    restarts.reset()
    for (const { thread, ...one } of sources.dataThreads()) {
      up.set({ thread }, one.isUp ? 1 : 0)
      delay.set({ thread }, one.delaySeconds)
      connections.set({ thread }, one.connections)
      inFlight.set({ thread }, one.inFlight)
      restarts.inc({ thread }, one.restarts)
    }
  }
}

/** Set in cells only; elsewhere they have no value. */
function clusterGauges(registry: Registry): (standing: CellStanding & Forwarded) => void {
  const gauge = (name: string, help: string): Gauge<'cell'> =>
    new Gauge({ name: `sluice_cluster_${name}`, help, labelNames: ['cell'], registers: [registry] })
  const lease = gauge('lease_seconds', 'Remaining lease of this cell; at 0 it neither sends nor accepts.')
  const lag = gauge('feed_lag_entries', 'Entries of the feed of choices that this cell lacks.')
  const unconfirmed = gauge('unconfirmed_cells', 'Other cells that have not confirmed what is in force here.')
  const commits = new Counter({
    name: 'sluice_cluster_commits_total',
    help: 'Transactions of choices: kept, or failed with unknown outcome.',
    labelNames: ['cell', 'outcome'],
    registers: [registry],
  })
  const handedOn = new Counter({
    name: 'sluice_cluster_forwarded_events_total',
    help: 'Events that this cell handed to the one that owns their users: kept there, or failed, and their senders asked to come back.',
    labelNames: ['cell', 'owner', 'outcome'],
    registers: [registry],
  })
  const tellRoster = rosterGauges(registry)
  return ({ cell, leaseSeconds, feedLag, unconfirmedCells, commits: counts, forwarded, roster }) => {
    tellRoster(roster)
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

/** Set at the cell that keeps the roster. */
function rosterGauges(registry: Registry): (standings: readonly RosterStanding[]) => void {
  const gauge = (name: string, help: string): Gauge<'cell'> =>
    new Gauge({ name: `sluice_roster_${name}`, help, labelNames: ['cell'], registers: [registry] })
  const age = gauge('age_seconds', 'Age of what the roster last recorded of a cell’s ledger.')
  const contradicts = gauge('contradicted', '1 while a cell shows a ledger that does not continue what the roster has.')
  return (standings) => {
    age.reset()
    contradicts.reset()
    for (const { cell, ageSeconds, contradicts: does } of standings) {
      age.set({ cell }, ageSeconds)
      contradicts.set({ cell }, does ? 1 : 0)
    }
  }
}
