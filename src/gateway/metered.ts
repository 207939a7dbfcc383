/** What metrics read from the parts of a gateway. */
import { statfs } from 'node:fs/promises'
import type { Choices } from '../choices/ports.ts'
import { gapsOf } from '../control/accounting.ts'
import type { LaneState } from '../delivery/ports.ts'
import { stageOf } from '../diff/terms-in-words.ts'
import type { RelayTotals } from '../flow/relay-books.ts'
import type { Inbox } from '../inbox/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { Ledger } from '../ledger/ports.ts'
import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { EndingTerms, FilesReading, MetricSources, ThreadStanding } from '../observe/gauges.ts'
import type { UnderWay } from '../observe/under-way.ts'
import { DRIFTS } from '../publish/drift.ts'
import type { Revisions } from '../publish/ports.ts'
import type { Publishing } from '../publish/publishing.ts'
import { type Case, isOverdue } from '../subjects/desk/case.ts'
import type { ChildrenLearnt } from '../subjects/desk/children.ts'
import { dayOf } from '../subjects/desk/clocks.ts'
import type { Desk } from '../subjects/desk/desk.ts'
import type { ThreadReading } from './data-threads.ts'
import { readLastBackup } from './last-backup.ts'

export interface MetricParts {
  readonly intake: Pick<Intake, 'totals' | 'health'>
  readonly ledger: Pick<Ledger, 'size' | 'health'>
  readonly choices: Pick<Choices, 'health'>
  readonly cluster: MetricSources['cluster']
  readonly revisions: Pick<Revisions, 'current' | 'stopped'>
  readonly relayed: () => Readonly<Record<string, RelayTotals>>
  readonly threadsBehind: MetricSources['threadsBehind']
  readonly dataThreads: () => readonly ThreadReading[]
  readonly lanes: () => readonly LaneState[]
  readonly connections: MetricSources['connections']
  readonly recordsWaiting: UnderWay
  readonly choicesWaiting: UnderWay
  readonly dataFolder: string
  readonly notices: MetricSources['notices']
  readonly noticesToPlan: MetricSources['noticesToPlan']
  readonly inbox: Pick<Inbox, 'waiting' | 'notKept'>
  /** There from the moment at which anybody can ask. */
  readonly publishing: () => Pick<Publishing, 'filesStatus' | 'publisher' | 'groundless'>
  /** Undefined until the data folder is open. */
  readonly desk: () => Pick<Desk, 'all'> | undefined
  readonly children: () => Pick<ChildrenLearnt, 'totals'> | undefined
  readonly now: () => EpochMs
}

/** Within so many days staff should look at a case. */
const DUE_DAYS = 7

/** What is read from the parts whenever somebody asks for metrics. */
export function metricSourcesOf(parts: MetricParts): MetricSources {
  const { intake, ledger, choices, revisions, relayed, lanes, now } = parts
  return {
    books: async () => {
      const totals = await intake.totals()
      const lag = Object.entries(totals.pairs).map(([partner, { pending, oldestPendingAt }]) => ({
        partner,
        pending,
        oldestSeconds: oldestPendingAt === undefined ? 0 : Math.max(0, (now() - oldestPendingAt) / 1_000),
      }))
      return { lag, gaps: gapsOf(totals, relayed()) }
    },
    ledgerSize: () => ledger.size(),
    ledgerWaitsSeconds: () => {
      const waits = parts.dataThreads().map(({ state }) => state?.ledgerWaitsSeconds ?? 0)
      return Math.max(parts.recordsWaiting.oldestSeconds(), ...waits)
    },
    dataThreads: () => parts.dataThreads().map(threadStanding),
    choiceWaitsSeconds: parts.choicesWaiting.oldestSeconds,
    revision: () => revisions.current().number,
    relayed,
    threadsBehind: parts.threadsBehind,
    breakers: () =>
      lanes().map(({ partner, breaker, pausedUntil = 0 }) => ({
        partner,
        open: breaker !== 'closed',
        pausedSeconds: Math.max(0, (pausedUntil - now()) / 1_000),
      })),
    connections: parts.connections,
    stops: () => revisions.current().contracts.map(({ id }) => ({ partner: id, stopped: revisions.stopped(id) })),
    disk: diskOf(parts.dataFolder),
    files: () => filesReading(parts.publishing(), now()),
    inbox: () => ({ waiting: parts.inbox.waiting(), notKept: parts.inbox.notKept() }),
    notices: parts.notices,
    noticesToPlan: parts.noticesToPlan,
    groundless: () => parts.publishing().groundless(),
    termsEnd: () => revisions.current().contracts.flatMap(endsOf),
    cases: () => casesReading(parts.desk()?.all() ?? [], now()),
    // From 0 on, so that the first is an increase.
    children: () => ({
      ...Object.fromEntries(revisions.current().apps.map(({ id }) => [id, 0])),
      ...parts.children()?.totals(),
    }),
    lastBackup: () => (readLastBackup(parts.dataFolder) ?? 0) / 1_000,
    cluster: parts.cluster,
    parts: () =>
      Object.entries({ intake, ledger, choices }).map(([part, one]) => ({ part, writable: one.health().writable })),
  }
}

function threadStanding({ place, restarts, state }: ThreadReading): ThreadStanding {
  return {
    thread: place,
    isUp: state !== undefined,
    restarts,
    delaySeconds: state?.delaySeconds ?? 0,
    connections: state?.connections.open ?? 0,
    inFlight: state?.lanes.reduce((sum, { inFlight }) => sum + inFlight, 0) ?? 0,
  }
}

function casesReading(all: readonly Case[], at: EpochMs): ReturnType<MetricSources['cases']> {
  const waiting = all.filter(({ ended }) => ended === undefined)
  const soon = at + DUE_DAYS * 86_400_000
  return {
    open: waiting.length,
    due: waiting.filter(({ due }) => due <= soon).length,
    overdue: waiting.filter((one) => isOverdue(one, dayOf(at))).length,
  }
}

function filesReading({ filesStatus, publisher }: ReturnType<MetricParts['publishing']>, at: EpochMs): FilesReading {
  const { read, drift } = filesStatus()
  const counts = DRIFTS.map((why) => [why, drift.filter((one) => one.why === why).length] as const)
  const waiting = publisher.proposals().filter(({ state }) => state === 'waiting')
  const oldest = Math.min(at, ...waiting.map((proposal) => proposal.at))
  return {
    read: read === undefined ? undefined : { atSeconds: read.at / 1_000, ok: read.ok },
    drift: Object.fromEntries(counts),
    waiting: waiting.length,
    oldestWaitingSeconds: (at - oldest) / 1_000,
  }
}

function endsOf(contract: ContractPlan): readonly EndingTerms[] {
  const { id: partner, agreementUntil } = contract
  const ends = [
    ['agreement', agreementUntil],
    ['grant', stageOf(contract).until],
  ] as const
  return ends.flatMap(([what, at]) => (at === undefined ? [] : [{ partner, what, atSeconds: at / 1_000 }]))
}

function diskOf(folder: string): MetricSources['disk'] {
  return async () => {
    try {
      const { bavail, blocks, bsize } = await statfs(folder)
      return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize }
    } catch {
      // Some file systems do not say; the alert on their absence is the operator's.
      return undefined
    }
  }
}
