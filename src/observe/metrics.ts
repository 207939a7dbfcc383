/**
 * Metrics in the words of `docs/lifecycle.md`. The hot path adds to plain numbers; Prometheus objects are filled at each
 * scrape. Labels are ids, treatments, reasons and codes, never anything personal.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Decision } from '../model/decision.ts'
import { createDecisionCounts, type DecidedLabels } from './decision-counts.ts'
import { type MetricSources, registerGauges } from './gauges.ts'

/** For durations that should be milliseconds and must not be seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  accepted(app: string, events: number): void
  duplicate(app: string, events: number): void
  rejected(app: string, code: string, events: number): void
  answeredError(code: string, times?: number): void
  /** @param present the classes in the event */
  decided(partner: string, decision: Decision, present: readonly string[]): void
  /** The same, already counted. */
  decidedField(labels: DecidedLabels, count: number): void
  ended(partner: string, outcome: string, times?: number): void
  withheld(partner: string, why: string, times?: number): void
  guardHit(partner: string, times?: number): void
  ledgerCommit(seconds: number): void
  /** A checkpoint of `size` records reached this anchor. */
  anchored(anchor: string, size: number): void
  anchorFailed(anchor: string): void
  /** From receiving a choice until it is in force on every thread, just before its acknowledgement. */
  choiceInForce(seconds: number): void
  /** Times of the newest choices until in force, in seconds, oldest first. */
  recentChoices(): readonly number[]
  /** From acknowledging a choice to the end of the last request that had begun before it. */
  choiceSettled(seconds: number): void
  /** The gateway's address check refused a connection. */
  egressRefused(partner: string, times?: number): void
  /** A notice to a partner ended. */
  noticeEnded(partner: string, verb: string, state: string): void
  /** A staged rollout stopped automatically; `why` is one of a few fixed words. */
  rolloutStopped(partner: string, why: string): void
  /** A call of the ops API was answered; `call` is a route's id, or '' without a route. */
  controlCall(call: string, status: number): void
  /** A sender's connection was evicted while idle, or refused. */
  connectionClosed(why: 'evicted' | 'refused', times?: number): void
  /** An internal failure; `where` is one of a few fixed words. */
  failed(where: string): void
}

/** What is counted where events and requests are taken in and sent. */
export type HotMetrics = Pick<
  Metrics,
  | 'accepted'
  | 'duplicate'
  | 'rejected'
  | 'answeredError'
  | 'decided'
  | 'ended'
  | 'withheld'
  | 'guardHit'
  | 'ledgerCommit'
  | 'egressRefused'
>

/** Newest choices kept for `recentChoices`. */
const RECENT_CHOICES = 100

/** @param version which Sluice this is */
export function createMetrics(sources: MetricSources, version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name: `sluice_${name}`, help, buckets: SECONDS, registers: [registry] })

  const accepted = counter('events_accepted_total', 'Events accepted: durable before their 200.', ['app'])
  const duplicate = counter('events_duplicate_total', 'Events that were stored already.', ['app'])
  const rejected = counter('events_rejected_total', 'Events refused, by code.', ['app', 'code'])
  const errors = counter('answers_error_total', 'Whole requests answered with an error, by code.', ['code'])
  const decided = counter('fields_decided_total', 'Fields present in events, by treatment and binding reason.', [
    'partner',
    'field',
    'treatment',
    'reason',
  ])
  const ended = counter('deliveries_total', 'Attempts to deliver an item, by outcome.', ['partner', 'outcome'])
  const withheld = counter('pairs_withheld_total', 'Event and partner pairs withheld, by reason.', [
    'partner',
    'reason',
  ])
  const guardHits = counter('guard_hits_total', 'Items stopped by the guard. Any is an alert.', ['partner'])
  const egressRefused = counter(
    'egress_refused_total',
    'Connections refused because the partner’s address is not public.',
    ['partner'],
  )
  const noticesEnded = counter('notices_ended_total', 'Notices to partners, by final state.', [
    'partner',
    'verb',
    'state',
  ])
  const rolloutsStopped = counter('rollouts_stopped_total', 'Staged rollouts that stopped automatically, by reason.', [
    'partner',
    'reason',
  ])
  const controlCalls = counter('control_calls_total', 'Calls of the ops API, by route and status.', ['call', 'status'])
  const connectionsClosed = counter('connections_closed_total', 'Connections evicted or refused at the limit.', ['why'])
  const failures = counter('failures_total', 'Internal failures, by place. Each is in the log.', ['where'])
  const ledgerCommit = histogram('ledger_commit_seconds', 'From handing records over until they are durable.')
  const choiceInForce = histogram(
    'choice_in_force_seconds',
    'From receiving a choice until it is in force on every thread.',
  )
  const choiceSettled = histogram(
    'choice_last_request_seconds',
    'From acknowledging a choice to the end of the last request that had begun before it.',
  )
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const anchoredSize = gauge('ledger_anchored_records', 'Records covered by the checkpoint at this anchor.', ['anchor'])
  const anchoredAt = gauge('ledger_anchored_timestamp_seconds', 'When a checkpoint last reached this anchor.', [
    'anchor',
  ])
  const anchorFailures = counter(
    'ledger_anchor_failures_total',
    'Checkpoints that could not be stored at an anchor. Any is an alert.',
    ['anchor'],
  )
  gauge('build_info', 'Always 1; labels are the versions of Sluice and Node.', ['version', 'node']).set(
    { version, node: process.versions.node },
    1,
  )
  const newestChoices: number[] = []
  const readGauges = registerGauges(registry, sources)

  const decisions = createDecisionCounts((labels, count) => decided.inc({ ...labels }, count))

  return {
    contentType: registry.contentType,
    text: async () => {
      decisions.flush()
      const partners = await readGauges()
      // From 0 on, so that the first hit is an increase.
      for (const partner of partners) for (const one of [guardHits, egressRefused]) one.inc({ partner }, 0)
      return registry.metrics()
    },
    accepted: (app, events) => accepted.inc({ app }, events),
    duplicate: (app, events) => duplicate.inc({ app }, events),
    rejected: (app, code, events) => rejected.inc({ app, code }, events),
    answeredError: (code, times) => errors.inc({ code }, times),
    decided: decisions.add,
    decidedField: (labels, count) => decided.inc({ ...labels }, count),
    ended: (partner, outcome, times) => ended.inc({ partner, outcome }, times),
    withheld: (partner, why, times) => withheld.inc({ partner, reason: why }, times),
    guardHit: (partner, times) => guardHits.inc({ partner }, times),
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
      if (newestChoices.length > RECENT_CHOICES) newestChoices.shift()
    },
    recentChoices: () => [...newestChoices],
    choiceSettled: (seconds) => choiceSettled.observe(seconds),
    egressRefused: (partner, times) => egressRefused.inc({ partner }, times),
    noticeEnded: (partner, verb, state) => noticesEnded.inc({ partner, verb, state }),
    rolloutStopped: (partner, why) => rolloutsStopped.inc({ partner, reason: why }),
    controlCall: (call, status) => controlCalls.inc({ call, status }),
    connectionClosed: (why, times) => connectionsClosed.inc({ why }, times),
    failed: (where) => failures.inc({ where }),
  }
}
