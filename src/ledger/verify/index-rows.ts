/**
 * Rebuilds the index of a sealed segment from its records and compares. Subjects cannot be derived without their keys, so
 * subject entries are only checked to name records of a kind that has a subject.
 */
import type { LeafReading } from './leaf.ts'
import type { IndexView } from './ports.ts'
import { addWrongSize, type Findings } from './report.ts'
import type { Shape } from './shape.ts'
import { CLASSES, IP_CLASS } from './words.ts'

const DAY_MS = 86_400_000
const FIRST_ROOM = 65_536

/** Records that queries do not distinguish. */
interface Group {
  readonly id: number
  readonly name: string
  count: number
  from: number
  to: number
  /** Day → count of each ending. */
  readonly days: Map<number, number[]>
}
interface Open {
  readonly at: number
  readonly group: Group
  readonly day: number
}

/** Named as in the index; the last is for records other than INTENTs. */
const ENDINGS = ['open', 'delivered', 'refused', 'not_sent', 'unknown', '']
const OPEN = 0
const NO_INTENT = 5
/** Outcome → index in `ENDINGS`. */
const ENDING_OF: Readonly<Record<string, number>> = {
  delivered: 1,
  refused: 2,
  failed_before_write: 3,
  cancelled_not_sent: 3,
  unknown_after_write: 4,
  unresolved_assume_disclosed: 4,
}

export class IndexCheck {
  readonly #first: number
  readonly #byShape = new WeakMap<Shape, Group>()
  readonly #groups = new Map<string, Group>()
  readonly #open = new Map<string, Open>()
  readonly #strays = new Map<string, number>()
  #groupOf = new Uint32Array(FIRST_ROOM)
  /** Distance from an INTENT to its OUTCOME; 0 for none. */
  #answer = new Uint32Array(FIRST_ROOM)
  #count = 0
  #answers = 0
  /** By position: 1 for a kind of record that has no subject. */
  #withoutSubject = new Uint8Array(FIRST_ROOM)

  constructor(first: number) {
    this.#first = first
  }

  see({ shape, time, id, count }: LeafReading): void {
    if (shape === undefined) return
    const at = this.#count++
    if (at === this.#groupOf.length) this.#grow()
    const group = this.#byShape.get(shape) ?? this.#group(shape)
    const day = Math.floor(time / DAY_MS)
    this.#groupOf[at] = group.id
    group.count++
    group.from = Math.min(group.from, time)
    group.to = Math.max(group.to, time)
    if (shape.kind === 'intent' || shape.kind === 'notice') {
      this.#open.set(id, { at, group, day })
      bump(group, day, OPEN, 1)
      return
    }
    bump(group, day, NO_INTENT, count)
    if (shape.kind === 'withheld') return
    this.#withoutSubject[at] = 1
    if (shape.kind !== 'outcome' && shape.kind !== 'notice_outcome') return
    const open = this.#open.get(id)
    if (open === undefined) {
      this.#strays.set(Buffer.from(id, 'latin1').toString('hex'), this.#first + at)
      return
    }
    this.#open.delete(id)
    this.#answer[open.at] = at - open.at
    this.#answers++
    bump(open.group, open.day, OPEN, -1)
    bump(open.group, open.day, ENDING_OF[shape.outcome]!, 1)
  }

  /** Call only if the segment's records match the tree. */
  finish(index: IndexView, findings: Findings): void {
    addWrongSize(findings, index.hasWrongSize(), this.#first, `the index of the segment from ${this.#first} on`)
    const wrong = (seq: number | undefined, what: string): void =>
      findings.add('index_altered', seq, `the index of the segment from ${this.#first} on ${what}`)
    const end = this.#first + this.#count
    if (index.first !== this.#first || index.end !== end) {
      wrong(this.#first, `is one of the records from ${index.first} to ${index.end - 1}`)
      return
    }
    this.#compareShapes(index, wrong)
    this.#compareAnswers(index, wrong)
    for (const seq of index.subjectSeqs()) {
      if (seq >= this.#first && seq < end && this.#withoutSubject[seq - this.#first] === 0) continue
      wrong(seq, `says that record ${seq} is about a person, which it cannot be`)
    }
  }

  #compareShapes(index: IndexView, wrong: (seq: number | undefined, what: string) => void): void {
    const kept = new Map<number, Group>()
    const sums = new Map<string, { count: number; from: number; to: number }>()
    const days = new Map<string, number>()
    let listed = 0
    for (const { id, shape, count, from, to, seqs } of index.shapes()) {
      const group = this.#groups.get(nameOfKept(shape))
      if (group === undefined) {
        wrong(undefined, 'names a kind of records that there is not')
        return
      }
      kept.set(id, group)
      const sum = sums.get(group.name) ?? { count: 0, from: Number.POSITIVE_INFINITY, to: 0 }
      sums.set(group.name, { count: sum.count + count, from: Math.min(sum.from, from), to: Math.max(sum.to, to) })
      for (const at of unpacked(seqs)) {
        if (this.#groupOf[at] !== group.id || at >= this.#count) {
          wrong(this.#first + at, `lists record ${this.#first + at} among others than its own`)
          return
        }
        listed++
      }
    }
    if (listed !== this.#count) wrong(this.#first, `lists ${listed} records where there are ${this.#count}`)
    for (const { shape, day, ending, count } of index.days()) {
      const group = kept.get(shape)
      const key = `${group?.id} ${day} ${ending}`
      days.set(key, (days.get(key) ?? 0) + count)
    }
    for (const group of this.#groups.values()) {
      const sum = sums.get(group.name)
      if (sum?.count !== group.count || sum.from !== group.from || sum.to !== group.to)
        wrong(undefined, `counts other records of a kind than there are: ${group.name}`)
      for (const [day, counts] of group.days) {
        for (const [ending, count] of counts.entries()) {
          const key = `${group.id} ${day} ${ENDINGS[ending]}`
          if ((days.get(key) ?? 0) !== count)
            wrong(undefined, `counts other disclosures on a day than there were: ${group.name}`)
          days.delete(key)
        }
      }
    }
    if (days.size > 0) wrong(undefined, 'counts disclosures on a day on which there were none')
  }

  #compareAnswers(index: IndexView, wrong: (seq: number | undefined, what: string) => void): void {
    let answers = 0
    for (const [intent, outcome] of index.answers()) {
      answers++
      if (this.#answer[intent - this.#first] !== outcome - intent || outcome === intent)
        wrong(intent, `gives INTENT ${intent} another OUTCOME than its own`)
    }
    if (answers !== this.#answers)
      wrong(undefined, `knows ${answers} OUTCOMEs of its INTENTs where there are ${this.#answers}`)
    const strays = new Map(index.strays())
    for (const [id, seq] of this.#strays)
      if (strays.get(id) !== seq) wrong(seq, `does not find OUTCOME ${seq} of an earlier INTENT`)
    if (strays.size > this.#strays.size) wrong(undefined, 'knows an OUTCOME of an earlier INTENT that there is not')
  }

  #group(shape: Shape): Group {
    const name = nameOf(shape)
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = { id: this.#groups.size, name, count: 0, from: Number.POSITIVE_INFINITY, to: 0, days: new Map() }
      this.#groups.set(name, group)
    }
    this.#byShape.set(shape, group)
    return group
  }

  #grow(): void {
    const grown = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const list = new Uint32Array(old.length * 2)
      list.set(old)
      return list
    }
    this.#groupOf = grown(this.#groupOf)
    this.#answer = grown(this.#answer)
    const withoutSubject = new Uint8Array(this.#withoutSubject.length * 2)
    withoutSubject.set(this.#withoutSubject)
    this.#withoutSubject = withoutSubject
  }
}

function bump({ days }: Group, day: number, ending: number, by: number): void {
  let counts = days.get(day)
  if (counts === undefined) {
    counts = ENDINGS.map(() => 0)
    days.set(day, counts)
  }
  counts[ending]! += by
}

/** The queryable members as one text that does not depend on key order. */
function nameOf(shape: Shape): string {
  switch (shape.kind) {
    case 'intent': {
      const { digest: _, acceptedRevision: __, levels, ...rest } = shape
      return textOf({ ...rest, treatments: Object.fromEntries([...levels].map(treatment)) })
    }
    case 'outcome':
    case 'notice':
    case 'notice_outcome':
    case 'withheld':
      return textOf(shape)
    default:
      return textOf({ kind: shape.kind, action: shape.action })
  }
}

function treatment([number, level]: readonly [number, number]): readonly [string, string] {
  const { name, levels } = CLASSES[number]!
  if (number !== IP_CLASS) return [name, levels[level] ?? '']
  const [v4, v6] = [level >> 8, level & 255]
  if (v4 === 32 && v6 === 128) return [name, 'pass']
  return [name, v4 === 0 && v6 === 0 ? 'drop' : `${v4}/${v6}`]
}

function nameOfKept(json: string): string {
  try {
    return textOf(JSON.parse(json))
  } catch (error) {
    if (error instanceof SyntaxError) return ''
    throw error
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Ascending numbers from LEB128 deltas. */
function* unpacked(bytes: Uint8Array): Generator<number> {
  let value = 0
  let scale = 1
  let difference = 0
  for (const byte of bytes) {
    difference += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    value += difference
    yield value
    difference = 0
    scale = 1
  }
}
