/**
 * Decodes the part of a leaf after its fixed part, by the verifier's own tables. Many records share these bytes, so a
 * reader may cache the result by them.
 */
import { type BytesReader, Refused } from './reader.ts'
import { CLASSES, IP_CLASS, type KINDS, OUTCOMES, PURPOSES, REASONS, ROLES, VERBS } from './words.ts'

/** Class number → level; for `ip`, v4 bits × 256 + v6 bits. */
export type Levels = ReadonlyMap<number, number>

export interface Terms {
  readonly partner: string
  readonly app: string
  readonly event: string
  readonly revision: number
  readonly regime: string
  readonly why: string
}
export interface IntentShape extends Terms {
  readonly kind: 'intent'
  /** Eight hex digits. */
  readonly digest: string
  readonly acceptedRevision: number
  readonly type: string
  readonly verdict: number
  readonly role: string
  readonly purposes: readonly string[]
  readonly countries: readonly string[]
  readonly levels: Levels
}
export interface OutcomeShape {
  readonly kind: 'outcome' | 'notice_outcome'
  readonly partner: string
  readonly outcome: string
}
export interface NoticeShape {
  readonly kind: 'notice'
  readonly partner: string
  readonly type: string
  readonly revision: number
  readonly verb: string
  /** A field class. */
  readonly identifier: string
}
export interface WithheldShape extends Terms {
  readonly kind: 'withheld'
}
export type ActionKind = Exclude<
  (typeof KINDS)[number],
  '' | 'intent' | 'outcome' | 'withheld' | 'notice' | 'notice_outcome'
>
/** An action and its facts. `later`: a kind of a later version. */
export interface ActionShape {
  readonly kind: ActionKind | 'later'
  readonly action: string
  readonly facts: ReadonlyMap<string, string | number>
}
export type Shape = IntentShape | OutcomeShape | WithheldShape | NoticeShape | ActionShape

const RETRY_FLAGS = 3
const WAIT_FLAG = 2
const FACT_TEXT = 1
const FACT_NUMBER = 2

export function intentShape(from: BytesReader): IntentShape {
  return {
    kind: 'intent',
    ...terms(from),
    digest: from.bytes(4).toString('hex'),
    acceptedRevision: from.number(4),
    type: from.text(),
    verdict: from.number(2),
    role: from.word(ROLES),
    purposes: purposes(from),
    countries: countries(from),
    levels: levels(from),
  }
}

export function withheldShape(from: BytesReader): WithheldShape {
  return { kind: 'withheld', ...terms(from) }
}

function terms(from: BytesReader): Terms {
  return {
    partner: from.text(),
    app: from.text(),
    event: from.longText(),
    revision: from.number(4),
    regime: from.text(),
    why: from.word(REASONS),
  }
}

export function noticeShape(from: BytesReader): NoticeShape {
  const [partner, type, revision, verb] = [from.text(), from.text(), from.number(4), from.word(VERBS)]
  const known = CLASSES[from.number(1)]
  if (known === undefined || known.name === '') throw new Refused('number_unknown')
  return { kind: 'notice', partner, type, revision, verb, identifier: known.name }
}

export function outcomeShape(from: BytesReader): OutcomeShape {
  return { kind: 'outcome', ...ended(from) }
}

export function noticeOutcomeShape(from: BytesReader): OutcomeShape {
  return { kind: 'notice_outcome', ...ended(from) }
}

function ended(from: BytesReader): { readonly partner: string; readonly outcome: string } {
  const partner = from.text()
  const outcome = from.word(OUTCOMES)
  if (outcome === 'delivered') from.number(2)
  else if (outcome === 'refused') {
    from.number(2)
    const flags = from.number(1)
    if (flags > RETRY_FLAGS) throw new Refused('out_of_range')
    if ((flags & WAIT_FLAG) !== 0) from.number(4)
  } else if (outcome === 'failed_before_write' || outcome === 'unknown_after_write') from.text()
  else if (outcome === 'cancelled_not_sent') from.word(REASONS)
  return { partner, outcome }
}

export function actionShape(kind: ActionShape['kind'], from: BytesReader): ActionShape {
  return { kind, action: from.text(), facts: factsOf(from) }
}

/** Also used for extensions. */
export function factsOf(from: BytesReader): ReadonlyMap<string, string | number> {
  const facts = new Map<string, string | number>()
  let last: Buffer | undefined
  for (let left = from.number(1); left > 0; left--) {
    const name = from.text()
    const bytes = Buffer.from(name, 'utf8')
    if (last !== undefined && Buffer.compare(last, bytes) >= 0) throw new Refused('not_canonical')
    last = bytes
    const type = from.number(1)
    if (type !== FACT_TEXT && type !== FACT_NUMBER) throw new Refused('number_unknown')
    facts.set(name, type === FACT_TEXT ? from.longText() : from.double())
  }
  return facts
}

function purposes(from: BytesReader): readonly string[] {
  const bits = from.number(2)
  if (bits >= 2 ** PURPOSES.length) throw new Refused('number_unknown')
  return PURPOSES.filter((_, bit) => (bits & (1 << bit)) !== 0)
}

function countries(from: BytesReader): readonly string[] {
  const found: string[] = []
  for (let left = from.number(1); left > 0; left--) {
    const country = from.bytes(2).toString('latin1')
    if (!/^[A-Z]{2}$/u.test(country)) throw new Refused('out_of_range')
    if (found.length > 0 && found.at(-1)! >= country) throw new Refused('not_canonical')
    found.push(country)
  }
  return found
}

function levels(from: BytesReader): Levels {
  const packed = from.bytes(from.number(1))
  if (packed.length > 0 && packed.at(-1) === 0) throw new Refused('not_canonical')
  const found = new Map<number, number>()
  for (let place = 0; place < packed.length * 2; place++) {
    const half = place % 2 === 0 ? packed[place >> 1]! >> 4 : packed[place >> 1]! & 15
    if (half !== 0) found.set(place + 1, levelOf(place + 1, half, from))
  }
  return found
}

function levelOf(number: number, half: number, from: BytesReader): number {
  const known = CLASSES[number]
  if (known === undefined) throw new Refused('number_unknown')
  if (number === IP_CLASS) {
    if (half !== 1) throw new Refused('not_canonical')
    const v4 = from.number(1)
    const v6 = from.number(1)
    if (v4 > 32 || v6 > 128) throw new Refused('out_of_range')
    return v4 * 256 + v6
  }
  if (half > known.levels.length) throw new Refused('out_of_range')
  return half - 1
}
