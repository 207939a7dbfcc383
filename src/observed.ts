/** Parts as the gateway runs them, with what happens to them counted. They behave as the parts they wrap. */
import { statfs } from 'node:fs/promises'
import type { Choices } from './choices/ports.ts'
import type { Revisions } from './contracts/ports.ts'
import { gapsOf } from './control/accounting.ts'
import type { HttpWire } from './delivery/http-wire.ts'
import type { LaneState } from './delivery/ports.ts'
import type { WireResult } from './flow/ports.ts'
import type { RelayTotals } from './flow/relay-books.ts'
import type { Intake } from './intake/ports.ts'
import type { Ledger } from './ledger/ports.ts'
import type { EpochMs, IdentityKey, PartnerId } from './model/brand.ts'
import type { MetricSources } from './observe/gauges.ts'
import type { Metrics } from './observe/metrics.ts'
import type { UnderWay } from './observe/under-way.ts'

/** Appends that are not durable yet are `waiting`. */
export function observedLedger(ledger: Ledger, waiting: UnderWay): Ledger {
  return {
    size: () => ledger.size(),
    histories: (from) => ledger.histories(from),
    health: () => ledger.health(),
    close: () => ledger.close(),
    append: async (records) => {
      const end = waiting.begin()
      try {
        return await ledger.append(records)
      } finally {
        end()
      }
    },
  }
}

/** Requests from their first byte to their end are `begun`. */
export function observedWire(wire: HttpWire, begun: UnderWay, refused: (partner: PartnerId) => void): HttpWire {
  const watch = (partner: PartnerId, begin: () => boolean) => {
    let end = (): void => {}
    return {
      begin: () => {
        const goesOn = begin()
        if (goesOn) end = begun.begin()
        return goesOn
      },
      ended: async (result: Promise<WireResult>): Promise<WireResult> => {
        try {
          const known = await result
          if (known.kind === 'failed_before_write' && known.code === 'EGRESS_REFUSED') refused(partner)
          return known
        } finally {
          end()
        }
      },
    }
  }
  return {
    ...wire,
    send: (partner, request, begin) => {
      const watched = watch(partner, begin)
      return watched.ended(wire.send(partner, request, watched.begin))
    },
    forward: (partner, request, begin, sink) => {
      const watched = watch(partner, begin)
      const { ended, abandon } = wire.forward(partner, request, watched.begin, sink)
      return { ended: watched.ended(ended), abandon }
    },
  }
}

export interface ChoiceWatch {
  /** Choices that are not in force yet. */
  readonly waiting: UnderWay
  /** Requests to partners under way. */
  readonly begun: UnderWay
  readonly metrics: Pick<Metrics, 'choiceInForce' | 'choiceSettled'>
  readonly nowMs: () => number
}

/** How long an opt-out takes to be in force, and how long what had begun before it goes on. */
export function observedChoices<Kept extends Choices>(
  choices: Kept,
  { waiting, begun, metrics, nowMs }: ChoiceWatch,
): Kept {
  return {
    ...choices,
    put: async (keys, statement) => {
      const receivedMs = nowMs()
      const end = waiting.begin()
      let reached: readonly IdentityKey[]
      try {
        reached = await choices.put(keys, statement)
      } finally {
        end()
      }
      const inForceMs = nowMs()
      metrics.choiceInForce((inForceMs - receivedMs) / 1_000)
      // Never rejects.
      void begun.drained().then(() => metrics.choiceSettled((nowMs() - inForceMs) / 1_000))
      return reached
    },
  }
}

export interface MetricParts {
  readonly intake: Pick<Intake, 'totals' | 'health'>
  readonly ledger: Pick<Ledger, 'size' | 'health'>
  readonly choices: Pick<Choices, 'health'>
  readonly revisions: Pick<Revisions, 'current' | 'stopped'>
  readonly relayed: () => Readonly<Record<string, RelayTotals>>
  readonly threadsBehind: MetricSources['threadsBehind']
  readonly lanes: () => readonly LaneState[]
  readonly recordsWaiting: UnderWay
  readonly choicesWaiting: UnderWay
  readonly dataFolder: string
  readonly now: () => EpochMs
}

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
    ledgerWaitsSeconds: parts.recordsWaiting.oldestSeconds,
    choiceWaitsSeconds: parts.choicesWaiting.oldestSeconds,
    revision: () => revisions.current().number,
    relayed,
    threadsBehind: parts.threadsBehind,
    breakers: () => lanes().map(({ partner, breaker }) => ({ partner, open: breaker !== 'closed' })),
    stops: () => revisions.current().contracts.map(({ id }) => ({ partner: id, stopped: revisions.stopped(id) })),
    disk: diskOf(parts.dataFolder),
    parts: () =>
      Object.entries({ intake, ledger, choices }).map(([part, one]) => ({ part, writable: one.health().writable })),
  }
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
