/**
 * Metrics in the words of `docs/lifecycle.md`. The hot path adds to plain numbers; Prometheus' own objects are filled
 * when somebody asks. Labels are ids, treatments, reasons and codes, never anything personal.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Decision } from '../model/decision.ts'
import { FIELD_CLASSES, type FieldClass, treatmentName } from '../model/field-class.ts'

/** What is read from the parts when somebody asks. */
export interface MetricSources {
  /** Partner → pairs pending and, where any wait, seconds since the oldest was received. */
  readonly lag: () => Promise<
    readonly { readonly partner: string; readonly pending: number; readonly oldestSeconds: number }[]
  >
  readonly ledgerSize: () => number
  readonly revision: () => number
  /** Partner → relayed requests by how they ended (or `under_way`), since the start. */
  readonly relayed: () => Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly breakers: () => readonly { readonly partner: string; readonly open: boolean }[]
}

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  accepted(app: string, events: number): void
  duplicate(app: string, events: number): void
  rejected(app: string, code: string, events: number): void
  answeredError(code: string): void
  /** One decision for one event; `present` are the classes the event carried. */
  decided(partner: string, decision: Decision, present: readonly string[]): void
  ended(partner: string, outcome: string): void
  withheld(partner: string, why: string): void
  guardHit(partner: string): void
  ledgerCommit(seconds: number): void
  choiceInForce(seconds: number): void
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })

  const accepted = counter('events_accepted_total', 'Events on disk before their 200.', ['app'])
  const duplicate = counter('events_duplicate_total', 'Events that were kept already.', ['app'])
  const rejected = counter('events_rejected_total', 'Events refused, by code.', ['app', 'code'])
  const errors = counter('answers_error_total', 'Whole requests answered with an error, by code.', ['code'])
  const decided = counter('fields_decided_total', 'Fields present in events, by treatment and binding reason.', [
    'partner',
    'field',
    'treatment',
    'reason',
  ])
  const ended = counter('deliveries_total', 'Tries to deliver an item, by how they ended.', ['partner', 'outcome'])
  const withheld = counter('pairs_withheld_total', 'Event and partner pairs decided against, by reason.', [
    'partner',
    'reason',
  ])
  const guardHits = counter('guard_hits_total', 'Items stopped by the last-hop scanner. Any is an alert.', ['partner'])
  const ledgerCommit = new Histogram({
    name: 'sluice_ledger_commit_seconds',
    help: 'From handing records over to their being durable.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  })
  const choiceInForce = new Histogram({
    name: 'sluice_choice_in_force_seconds',
    help: 'From receiving a choice to its being in force on every thread.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  })
  const pending = gauge('pairs_pending', 'Event and partner pairs waiting.', ['partner'])
  const oldest = gauge('oldest_pending_seconds', 'Age of the oldest waiting event.', ['partner'])
  const breakerOpen = gauge('breaker_open', '1 while a partner is left alone after failures.', ['partner'])
  const relayed = counter('relay_requests_total', 'Relayed requests, by how they ended.', ['partner', 'state'])
  const relaying = gauge('relay_requests_under_way', 'Relayed requests that have not ended yet.', ['partner'])
  const ledgerSize = gauge('ledger_records', 'Durable ledger records.', [])
  const revision = gauge('revision', 'Number of the live revision.', [])

  /** Decisions are few and shared: counted by identity, spelled out when asked. */
  const decisions = new Map<Decision, { readonly partner: string; readonly fields: Map<string, number> }>()
  const flushDecisions = (): void => {
    for (const [decision, { partner, fields }] of decisions) {
      for (const [field, count] of fields) {
        const { level, why } =
          decision.kind === 'send' ? decision.fields[field as FieldClass] : { level: 0, why: decision.why }
        decided.inc({ partner, field, treatment: treatmentName(field as FieldClass, level), reason: why }, count)
      }
    }
    decisions.clear()
  }
  const known: ReadonlySet<string> = new Set(FIELD_CLASSES)

  return {
    contentType: registry.contentType,
    text: async () => {
      flushDecisions()
      ledgerSize.set(sources.ledgerSize())
      revision.set(sources.revision())
      for (const { partner, pending: count, oldestSeconds } of await sources.lag()) {
        pending.set({ partner }, count)
        oldest.set({ partner }, oldestSeconds)
      }
      relayed.reset()
      for (const [partner, { relayed: _, under_way, ...ended }] of Object.entries(sources.relayed())) {
        relaying.set({ partner }, under_way ?? 0)
        for (const [state, count] of Object.entries(ended)) relayed.inc({ partner, state }, count)
      }
      for (const { partner, open } of sources.breakers()) breakerOpen.set({ partner }, open ? 1 : 0)
      return registry.metrics()
    },
    accepted: (app, events) => accepted.inc({ app }, events),
    duplicate: (app, events) => duplicate.inc({ app }, events),
    rejected: (app, code, events) => rejected.inc({ app, code }, events),
    answeredError: (code) => errors.inc({ code }),
    decided: (partner, decision, present) => {
      const entry = decisions.get(decision) ?? { partner, fields: new Map<string, number>() }
      decisions.set(decision, entry)
      for (const field of present) if (known.has(field)) entry.fields.set(field, (entry.fields.get(field) ?? 0) + 1)
      if (decisions.size > 1_000) flushDecisions()
    },
    ended: (partner, outcome) => ended.inc({ partner, outcome }),
    withheld: (partner, why) => withheld.inc({ partner, reason: why }),
    guardHit: (partner) => guardHits.inc({ partner }),
    ledgerCommit: (seconds) => ledgerCommit.observe(seconds),
    choiceInForce: (seconds) => choiceInForce.observe(seconds),
  }
}
