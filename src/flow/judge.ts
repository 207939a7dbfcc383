/**
 * An event's verdict: its signals, its subject's standing and the law of its place, under the rules as accepted and as
 * now. The stricter of the two applies, and a consent string must have counted then and still count.
 */
import { meetVerdicts, verdictKey, verdictOf } from '../decide/verdict.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Policy } from '../model/contract.ts'
import type { AcceptedEvent, RawSignals, Standing } from '../model/event.ts'
import type { Level } from '../model/field-class.ts'
import { Recent } from '../model/recent.ts'
import type { VendorListing, Verdict } from '../model/verdict.ts'
import type { CategoryMap } from '../signals/categories.ts'
import type { Span } from '../signals/consent-strings.ts'
import { createDecoders, type Decoders } from '../signals/decoders.ts'
import { findSignals, type SignalFindings } from '../signals/findings.ts'
import { finestLevelFor } from '../transform/coarse-coordinates.ts'

/** The policy, and what the app's consent categories cover. */
export interface Rules {
  readonly policy: Policy
  readonly categories: CategoryMap
}
export interface RulesOverTime {
  readonly accepted: Rules
  readonly now: Rules
}

/** The same for every partner. */
export interface Judged {
  readonly verdict: Verdict
  readonly key: string
  readonly finestCoarse: Level
  readonly vendorList: Policy['vendorList']
}

/** @param at time of the verdict, epoch milliseconds */
export type Judge = (event: AcceptedEvent, standing: Standing, rules: RulesOverTime, at: EpochMs) => Judged

/** Verdicts cached for one pair of rules: a few hundred bytes each, shared by their events. */
const MAX_REMEMBERED = 2_000

/** Caches decoded consent strings and verdicts common to many events; one for each thread. */
export function createJudge(): Judge {
  const decoders = createDecoders()
  const known = new WeakMap<Rules, WeakMap<Rules, Recent<string, Judged>>>()
  const knownUnder = ({ accepted, now }: RulesOverTime): Recent<string, Judged> => {
    const byNow = known.get(accepted) ?? new WeakMap<Rules, Recent<string, Judged>>()
    known.set(accepted, byNow)
    const judged = byNow.get(now) ?? new Recent<string, Judged>({ max: MAX_REMEMBERED })
    byNow.set(now, judged)
    return judged
  }
  const signalsUnder = ({ signals, receivedAt }: AcceptedEvent, rules: Rules, at: EpochMs) =>
    findUnder(signals, rules, { from: receivedAt, until: at }, decoders)

  const verdictOver = (
    event: AcceptedEvent,
    standing: Standing,
    { accepted, now }: RulesOverTime,
    at: EpochMs,
  ): Verdict => {
    const sameRules = accepted.policy === now.policy && accepted.categories === now.categories
    const before = event.accepted.standing
    const found = signalsUnder(event, now, at)
    const asNow = verdictUnder(event.signals, found, standing, now.policy)
    if (sameRules && standing.findings.length === 0 && before.findings.length === 0) return asNow
    const then = sameRules ? found : signalsUnder(event, accepted, at)
    return meetVerdicts(verdictUnder(event.signals, then, before, accepted.policy), asNow)
  }

  const judge: Judge = (event, standing, rules, at) => {
    const verdict = verdictOver(event, standing, rules, at)
    const [then, now] = [rules.accepted.policy, rules.now.policy]
    return {
      verdict,
      key: verdictKey(verdict),
      finestCoarse: Math.min(finestLevelFor(then.minAreaKm2), finestLevelFor(now.minAreaKm2)),
      vendorList: meetVendorLists(then.vendorList, now.vendorList),
    }
  }

  /** Events of one batch mostly share their signals. */
  const texts = new WeakMap<RawSignals, string>()
  const textOf = (signals: RawSignals): string => {
    let text = texts.get(signals)
    if (text === undefined) {
      text = JSON.stringify(signals)
      texts.set(signals, text)
    }
    return text
  }

  return (event, standing, rules, at) => {
    if (!dependsOnSignalsAlone(event, standing)) return judge(event, standing, rules, at)
    const remembered = knownUnder(rules)
    const key = textOf(event.signals)
    let judged = remembered.get(key)
    if (judged === undefined) {
      judged = judge(event, standing, rules, at)
      remembered.set(key, judged)
    }
    return judged
  }
}

/** A standing is about one subject, and a consent string counts only for a time, so neither is cached. */
function dependsOnSignalsAlone({ signals, accepted }: AcceptedEvent, standing: Standing): boolean {
  const isUnowned = standing.findings.length === 0 && accepted.standing.findings.length === 0
  const isTimeless = signals.tcf === undefined && signals.gpp === undefined && signals.gpp_section === undefined
  return isUnowned && isTimeless
}

/** What the signals say under these rules. A consent string must count throughout the span. */
export function findUnder(
  signals: RawSignals,
  { policy, categories }: Rules,
  span: Span,
  decoders: Decoders,
): SignalFindings {
  return findSignals(signals, { honoured: policy.honour, categories, decoders, ...span })
}

/** The verdict at one time. */
export function verdictUnder(signals: RawSignals, found: SignalFindings, standing: Standing, policy: Policy): Verdict {
  const { findings, consent } = found
  return verdictOf({
    policy,
    findings: standing.findings.length === 0 ? findings : [...findings, ...standing.findings],
    countries: signals.country,
    regions: signals.region,
    consent,
  })
}

/** What both lists state; a missing list leaves every purpose to consent and none to legitimate interest. */
function meetVendorLists(a: Policy['vendorList'], b: Policy['vendorList']): Policy['vendorList'] {
  if (a === b) return a
  const ids = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})].map(Number))
  return Object.fromEntries([...ids].map((id) => [id, meetListings(a?.[id] ?? UNLISTED, b?.[id] ?? UNLISTED)]))
}
const UNLISTED: VendorListing = { consent: ~0, legitimateInterest: 0, flexible: 0 }

function meetListings(a: VendorListing, b: VendorListing): VendorListing {
  return {
    consent: a.consent & b.consent,
    legitimateInterest: a.legitimateInterest & b.legitimateInterest,
    flexible: a.flexible & b.flexible,
  }
}
