/** What left, in words a person understands: one phrase for each field class and each treatment, in each language. */
import type { Outcome } from '../model/disclosure.ts'
import { type FieldClass, LADDERS, treatmentName } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'
import type { NoticeRow, NoticeState, UntoldReason } from '../notices/ports.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'

/** A language's phrases. What a recipient's type makes of a value, a reason and an end have one each. */
export interface StatementWords {
  /** BCP 47. */
  readonly language: string
  readonly fields: Readonly<Record<FieldClass, string>>
  /** By the name that a record has. */
  readonly treatments: Readonly<Record<string, string>>
  readonly passed: Readonly<Record<'plain' | 'hashed', string>>
  /** An IP address of which so many bits were kept. */
  readonly address: (v4: string, v6: string) => string
  readonly outcomes: Readonly<Record<Outcome['kind'] | 'open', string>>
  readonly reasons: Readonly<Record<Reason, string>>
  /** Of telling a partner what the person decided. */
  readonly notices: {
    readonly verbs: Readonly<Record<ToldVerb, string>>
    /** With the identifier, in words, by which the partner is told. */
    readonly by: (verb: string, field: string) => string
    readonly states: Readonly<Record<NoticeState | 'waiting' | 'polling', string>>
    readonly untold: Readonly<Record<UntoldReason, string>>
  }
  readonly notes: { readonly accounts: (count: number) => string; readonly lacking: string }
}

/** How the recipient's type writes what passes whole; undefined where nobody can say any more. */
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

/** Every treatment that can be in a record, so that a test sees whether each has words. */
export function treatmentsToSay(): readonly string[] {
  const named = Object.entries(LADDERS).flatMap(([name, ladder]) =>
    // Sound: the names of this very table.
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
  // Sound, all of them: the store holds what the planner and the sender wrote.
  const told = verbs[verb as ToldVerb]
  const what = field === '' ? told : by(told, fields[field as FieldClass])
  const end = phase === 'ended' && state !== '' ? state : phase === 'polling' ? 'polling' : 'waiting'
  return `${what}: ${states[end]}${why === '' ? '' : ` ${untold[why as UntoldReason]}`}`
}

export function reasonInWords({ reasons }: StatementWords, why: string): string {
  return Object.hasOwn(reasons, why) ? reasons[why as Reason] : why
}
