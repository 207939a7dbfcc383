/**
 * Metrics in the words of `docs/lifecycle.md`. The hot path adds to plain numbers; Prometheus' own objects are filled
 * when somebody asks. Labels are ids, treatments, reasons and codes, never anything personal.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Decision } from '../model/decision.ts'
import { FIELD_CLASSES, type FieldClass, treatmentName } from '../model/field-class.ts'
import { type MetricSources, registerGauges } from './gauges.ts'

/** Buckets of everything that should take milliseconds and must not take seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]

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
  /** A checkpoint of so many records is outside, at this anchor. */
  anchored(anchor: string, size: number): void
  anchorFailed(anchor: string): void
  /** From receiving a choice to its being in force on every thread, just before it is acknowledged. */
  choiceInForce(seconds: number): void
  /** How long the newest choices took to be in force, in seconds, the oldest first. */
  recentChoices(): readonly number[]
  /** From the acknowledgement of a choice to the end of the last request that had begun before it. */
  choiceSettled(seconds: number): void
  /** The gateway's own address check kept a connection from being made. */
  egressRefused(partner: string): void
  /** Telling a partner of an opt-out or a deletion ended. */
  noticeEnded(partner: string, verb: string, state: string): void
  /** A staged rollout stopped by itself; `why` is one of few fixed words. */
  rolloutStopped(partner: string, why: string): void
  /** A call of the ops API was answered; `call` is a route's id, or '' where there was none. */
  controlCall(call: string, status: number): void
  /** A sender's connection was closed while idle to make room, or not taken. */
  connectionClosed(why: 'evicted' | 'refused'): void
  /** Something of the gateway's own failed; `where` is one of few fixed words. */
  failed(where: string): void
}

/** @param version which Sluice this is */
/** What a screen tells of the newest choices. */
const CHOICES_REMEMBERED = 100

export function createMetrics(sources: MetricSources, version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name: `sluice_${name}`, help, buckets: SECONDS, registers: [registry] })

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
  const egressRefused = counter('egress_refused_total', 'Tries to send that led to an address that is not public.', [
    'partner',
  ])
  const noticesEnded = counter('notices_ended_total', 'Notices to partners, by how telling them ended.', [
    'partner',
    'verb',
    'state',
  ])
  const rolloutsStopped = counter('rollouts_stopped_total', 'Staged rollouts that stopped by themselves, by reason.', [
    'partner',
    'reason',
  ])
  const controlCalls = counter('control_calls_total', 'Calls of the ops API, by route and status.', ['call', 'status'])
  const connectionsClosed = counter('connections_closed_total', 'Connections closed or not taken for want of room.', [
    'why',
  ])
  const failures = counter('failures_total', 'Failures of the gateway itself, by place. Each is in the log.', ['where'])
  const ledgerCommit = histogram('ledger_commit_seconds', 'From handing records over to their being durable.')
  const choiceInForce = histogram(
    'choice_in_force_seconds',
    'From receiving a choice to its being in force on every thread.',
  )
  const choiceSettled = histogram(
    'choice_last_request_seconds',
    'From acknowledging a choice to the end of the last request that had begun before it.',
  )
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const anchoredSize = gauge('ledger_anchored_records', 'Records that a checkpoint at this anchor covers.', ['anchor'])
  const anchoredAt = gauge('ledger_anchored_timestamp_seconds', 'When a checkpoint last reached this anchor.', [
    'anchor',
  ])
  const anchorFailures = counter(
    'ledger_anchor_failures_total',
    'Checkpoints that could not be put outside. Any is an alert.',
    ['anchor'],
  )
  gauge('build_info', '1; says which Sluice and Node this is.', ['version', 'node']).set(
    { version, node: process.versions.node },
    1,
  )
  const newestChoices: number[] = []
  const readGauges = registerGauges(registry, sources)

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
      const partners = await readGauges()
      // From 0 on, so that the first hit is an increase.
      for (const partner of partners) for (const one of [guardHits, egressRefused]) one.inc({ partner }, 0)
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
    anchored: (anchor, size) => {
      // From 0 on, so that the first failure is an increase.
      anchorFailures.inc({ anchor }, 0)
      anchoredSize.set({ anchor }, size)
      anchoredAt.setToCurrentTime({ anchor })
    },
    anchorFailed: (anchor) => anchorFailures.inc({ anchor }),
    choiceInForce: (seconds) => {
      choiceInForce.observe(seconds)
      newestChoices.push(seconds)
      if (newestChoices.length > CHOICES_REMEMBERED) newestChoices.shift()
    },
    recentChoices: () => [...newestChoices],
    choiceSettled: (seconds) => choiceSettled.observe(seconds),
    egressRefused: (partner) => egressRefused.inc({ partner }),
    noticeEnded: (partner, verb, state) => noticesEnded.inc({ partner, verb, state }),
    rolloutStopped: (partner, why) => rolloutsStopped.inc({ partner, reason: why }),
    controlCall: (call, status) => controlCalls.inc({ call, status }),
    connectionClosed: (why) => connectionsClosed.inc({ why }),
    failed: (where) => failures.inc({ where }),
  }
}
