/**
 * The entry that each signal's file contributes to `table.ts`, and helpers for entries: findings, the rule of a single-text
 * signal, and its display.
 */
import type { RawSignals } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import {
  ADVERTISING_DIMENSIONS,
  ALL_DIMENSIONS,
  type Covers,
  type DimensionBits,
  type Finding,
  SILENT,
  type Signal,
  type SignalName,
} from '../model/signal.ts'
import type { ConsentReading } from '../model/verdict.ts'
import type { CategoryMap, CategoryReading } from './categories.ts'
import type { Span } from './consent-strings.ts'
import type { Decoders } from './decoders.ts'
import type { GdprStatement } from './gdpr-applies.ts'
import type { GppFindings } from './gpp-findings.ts'

/** Signals that the published policy honours. */
export interface Honoured {
  readonly gpc: boolean
  readonly dnt: boolean
}

/** What reading signals depends on besides the signals. */
export interface SignalContext extends Span {
  readonly honoured: Honoured
  /** The app's consent categories. */
  readonly categories: CategoryMap
  readonly decoders: Decoders
}

/** Consent strings and categories: whether they count depends on the place. */
export interface ConsentFindings {
  readonly gdpr: GdprStatement
  readonly european: ConsentReading | undefined
  readonly canadian: ConsentReading | undefined
  readonly categories: CategoryReading | undefined
}

/** Accumulates the findings of one event. */
export interface Found {
  readonly findings: Finding[]
  readonly lifting: SignalName[]
  readonly covers: { -readonly [Name in keyof Covers]: Covers[Name] }
  readonly consent: { -readonly [Name in keyof ConsentFindings]: ConsentFindings[Name] }
  /** Findings of GPP strings; some of their sections are texts of other signals. */
  readonly gpp: GppFindings
}

/** A signal's texts, by the names under which events store them. Consent categories are read separately. */
export type TextName = Exclude<keyof RawSignals, 'categories'>

/** Where one text is found, beyond what `read.ts` handles itself. */
export interface Places {
  /** Keys in any privacy object: OpenRTB's names, query parameters, plain ones. */
  readonly keys?: readonly string[]
  /** Members of a `device` object. */
  readonly device?: readonly string[]
  /** The in-app key, as IAB's specifications name it. */
  readonly inApp?: string
}

export interface DescribedSignal {
  readonly signal: string
  readonly state: 'absent' | 'valid' | 'invalid'
  /** The fault; only if invalid. */
  readonly problem?: string
  /** The decoded value, plain data; only if valid. */
  readonly value?: unknown
}

export interface SignalEntry {
  /** The reason for what it denies. */
  readonly reason: Reason
  /** Its effect on the verdict, in one sentence for staff. */
  readonly does: string
  readonly read: Readonly<Partial<Record<TextName, Places>>>
  /** Reads all of its texts; each conflicting place adds a finding of its own. */
  readonly rule: (raw: RawSignals, found: Found, context: SignalContext) => void
  /** Its texts as decoded, for display. */
  readonly describe: (raw: RawSignals, context: SignalContext) => readonly DescribedSignal[]
  /** Texts whose meaning the policy or an app's configuration decides: a diff evaluates them on both sides. */
  readonly states: (categories: readonly string[]) => readonly RawSignals[]
}

export const noStates: SignalEntry['states'] = () => []

export const blocked = (signal: SignalName): Finding => ({
  ...SILENT,
  signal,
  denies: ALL_DIMENSIONS,
  why: 'signal_invalid',
})
export const optedOut = (signal: SignalName, why: Reason): Finding => ({
  ...SILENT,
  signal,
  denies: ADVERTISING_DIMENSIONS,
  withdrawal: true,
  why,
})
export const limited = (signal: SignalName, why: Reason): Finding => ({ ...optedOut(signal, why), deviceLimit: true })
export const child = (signal: SignalName, withdrawal: boolean): Finding => ({
  ...SILENT,
  signal,
  denies: ALL_DIMENSIONS,
  child: true,
  withdrawal,
  why: withdrawal ? 'child' : 'signal_invalid',
})

/** How a text is parsed, what a value restricts, what a malformed text means. */
export interface TextRule<T> {
  readonly signal: SignalName & TextName
  readonly parse: (text: string) => Signal<T>
  readonly restrict: (value: T) => readonly Finding[]
  readonly malformed: Finding
  /** Which values state that nothing is restricted; by default every value that does not restrict. */
  readonly answers?: (value: T) => boolean
}

/** A valid signal that restricts nothing may lift an earlier one of its kind. */
export function apply<T>(rule: TextRule<T>, texts: readonly string[] | undefined, { findings, lifting }: Found): void {
  if (texts === undefined) return
  const before = findings.length
  let wasSaid = false
  for (const text of texts) {
    const parsed = rule.parse(text)
    if (parsed.state === 'absent') continue
    if (parsed.state === 'invalid') findings.push(rule.malformed)
    else {
      if (rule.answers === undefined || rule.answers(parsed.value)) wasSaid = true
      findings.push(...rule.restrict(parsed.value))
    }
  }
  if (wasSaid && findings.length === before) lifting.push(rule.signal)
}

/** An entry for a signal with one text and one rule. */
export function textSignal<T>(
  rule: TextRule<T> & Pick<SignalEntry, 'reason' | 'does'> & { readonly places: Places },
): SignalEntry {
  const { signal, reason, does, places, parse } = rule
  return {
    reason,
    does,
    read: { [signal]: places },
    rule: (raw, found) => apply(rule, raw[signal], found),
    describe: (raw) => eachText(signal, raw[signal], parse),
    states: noStates,
  }
}

export const when =
  (finding: Finding) =>
  (on: boolean): readonly Finding[] =>
    on ? [finding] : []

export function lift(signal: SignalName, bits: DimensionBits, { lifting, covers }: Found): void {
  lifting.push(signal)
  covers[signal] = bits
}

export function described<T>(
  signal: string,
  decoded: Signal<T>,
  show: (value: T) => unknown = (value) => value,
): DescribedSignal {
  if (decoded.state === 'absent') return { signal, state: 'absent' }
  if (decoded.state === 'invalid') return { signal, state: 'invalid', problem: decoded.why }
  return { signal, state: 'valid', value: show(decoded.value) }
}

export function eachText<T>(
  signal: string,
  texts: readonly string[] | undefined,
  parse: (text: string) => Signal<T>,
  show?: (value: T) => unknown,
): readonly DescribedSignal[] {
  return (texts ?? []).map((text) => described(signal, parse(text), show))
}
