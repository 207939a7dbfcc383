/** Describes disclosures in plain language: one phrase for each field class and treatment, in each language. */
import type { Outcome } from '../model/disclosure.ts'
import { type FieldClass, LADDERS, treatmentName } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'
import type { NoticeRow, NoticeState, UntoldReason } from '../notices/ports.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'

/** A language's phrases. */
export interface StatementWords {
  /** BCP 47. */
  readonly language: string
  readonly fields: Readonly<Record<FieldClass, string>>
  /** By treatment name. */
  readonly treatments: Readonly<Record<string, string>>
  readonly passed: Readonly<Record<'plain' | 'hashed', string>>
  /** An IP address truncated to this many bits. */
  readonly address: (v4: string, v6: string) => string
  readonly outcomes: Readonly<Record<Outcome['kind'] | 'open', string>>
  readonly reasons: Readonly<Record<Reason, string>>
  /** Notices to partners about the subject's decisions. */
  readonly notices: {
    readonly verbs: Readonly<Record<ToldVerb, string>>
    /** With the identifier in the notice, in words. */
    readonly by: (verb: string, field: string) => string
    readonly states: Readonly<Record<NoticeState | 'waiting' | 'polling', string>>
    readonly untold: Readonly<Record<UntoldReason, string>>
  }
  readonly notes: { readonly accounts: (count: number) => string; readonly lacking: string; readonly missing: string }
}

/** How the recipient's type encodes a value that passes; undefined if unknown. */
export type SentAs = 'plain' | 'hashed' | undefined

/** `your device's advertising identifier, replaced by a code that only this recipient gets`. */
export function fieldInWords(words: StatementWords, field: string, treatment: string, sentAs: SentAs): string {
  const { fields, treatments, passed } = words
  const what = Object.hasOwn(fields, field) ? fields[field as FieldClass] : field
  if (field === 'ip' && /^\d+\/\d+$/u.test(treatment)) {
    const [v4 = '', v6 = ''] = treatment.split('/')
    return `${what}, ${words.address(v4, v6)}`
  }
  if (treatment === 'pass' && sentAs !== undefined) return `${what}, ${passed[sentAs]}`
  const form = treatments[treatment] ?? treatment
  return sentAs === 'hashed' && field === 'place' ? `${what}, ${form}, ${passed.hashed}` : `${what}, ${form}`
}

/** Every treatment that a record can hold, for a test that each has words. */
export function treatmentsToSay(): readonly string[] {
  const named = Object.entries(LADDERS).flatMap(([name, ladder]) =>
    // Sound: the keys of this table are field classes.
    ladder === 'ip' ? [] : ladder.map((_, level) => treatmentName(name as FieldClass, level)),
  )
  return [...new Set(named)].filter((treatment) => treatment !== 'drop')
}

export function outcomeInWords({ outcomes }: StatementWords, kind: string | undefined): string {
  return kind !== undefined && Object.hasOwn(outcomes, kind) ? outcomes[kind as Outcome['kind']] : outcomes.open
}

/** `Your opt-out, by your account identifier: it confirmed that this is done.` */
export function noticeInWords(
  { notices, fields }: StatementWords,
  { verb, class: field, phase, state, why }: Pick<NoticeRow, 'verb' | 'class' | 'phase' | 'state' | 'why'>,
): string {
  const { verbs, by, states, untold } = notices
  // The casts are sound: the store holds values of these types.
  const told = verbs[verb as ToldVerb]
  const what = field === '' ? told : by(told, fields[field as FieldClass])
  const end = phase === 'ended' && state !== '' ? state : phase === 'polling' ? 'polling' : 'waiting'
  return `${what}: ${states[end]}${why === '' ? '' : ` ${untold[why as UntoldReason]}`}`
}

export function reasonInWords({ reasons }: StatementWords, why: string): string {
  return Object.hasOwn(reasons, why) ? reasons[why as Reason] : why
}
