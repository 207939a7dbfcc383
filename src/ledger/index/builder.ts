/** Gathers the index of one segment, record by record; searchable all the while. Flat lists: a million records take 20 MB. */
import { BODY_AT, ID_BYTES, KIND_AT, OUTCOME_PARTNER_AT, TIME_AT } from '../leaf-layout.ts'
import { KIND_NUMBERS, OUTCOME_NUMBERS } from '../numbers.ts'
import { type RecordShape, shapeKey, shapeOf } from './shapes.ts'
import type { DayRow, Ending, IndexContents, IndexReader, ShapeRow } from './store.ts'

const DAY_MS = 86_400_000
const FIRST_ROOM = 4_096

interface GrowingShape {
  readonly id: number
  readonly shape: RecordShape
  count: number
  from: number
  to: number
}
interface Open {
  readonly seq: number
  readonly shape: number
  readonly day: number
}

export class IndexBuilder implements IndexReader {
  readonly first: number
  readonly #byKey = new Map<string, GrowingShape>()
  readonly #shapes: GrowingShape[] = []
  readonly #days = new Map<string, number>()
  readonly #open = new Map<string, Open>()
  readonly #strays = new Map<string, number>()
  #shapeOf = new Uint32Array(FIRST_ROOM)
  #ownerOf = new Uint32Array(FIRST_ROOM)
  /** Distance from an INTENT to its OUTCOME; 0 for none. */
  #answerAfter = new Uint32Array(FIRST_ROOM)
  #count = 0

  constructor(first: number) {
    this.first = first
  }

  get end(): number {
    return this.first + this.#count
  }

  /** Leaves MUST come in order, each once. `owner`: number of the subject's key, or 0. */
  add(leaf: Buffer, owner: number): void {
    const at = this.#count
    const seq = this.first + at
    if (at === this.#shapeOf.length) this.#grow()
    const shape = this.#shape(leaf)
    const time = leaf.readUIntBE(TIME_AT, 6)
    shape.count++
    if (time < shape.from) shape.from = time
    if (time > shape.to) shape.to = time
    this.#shapeOf[at] = shape.id
    this.#ownerOf[at] = owner
    this.#answerAfter[at] = 0
    this.#count++
    const day = Math.floor(time / DAY_MS)
    if (leaf[KIND_AT] === KIND_NUMBERS.intent) {
      this.#open.set(idOf(leaf), { seq, shape: shape.id, day })
      this.#bump(shape.id, day, 'open', 1)
    } else {
      this.#bump(shape.id, day, '', 1)
      if (leaf[KIND_AT] === KIND_NUMBERS.outcome) this.#answer(leaf, seq)
    }
  }

  shapes(): readonly ShapeRow[] {
    return this.#shapes
  }

  seqsOf(shape: number): readonly number[] {
    const seqs: number[] = []
    for (let i = 0; i < this.#count; i++) if (this.#shapeOf[i] === shape) seqs.push(this.first + i)
    return seqs
  }

  days(): readonly DayRow[] {
    return [...this.#days].flatMap(([key, count]) => {
      const [shape, day, ending] = key.split(' ')
      return count === 0 ? [] : [{ shape: Number(shape), day: Number(day), ending: ending as Ending | '', count }]
    })
  }

  seqsAbout(subjects: readonly number[]): readonly number[] {
    const seqs: number[] = []
    const wanted = new Set(subjects)
    const only = subjects.length === 1 ? subjects[0]! : undefined
    const owners = this.#ownerOf
    for (let i = 0; i < this.#count; i++) {
      const owner = owners[i]!
      if (owner !== 0 && (only === undefined ? wanted.has(owner) : owner === only)) seqs.push(this.first + i)
    }
    return seqs
  }

  *subjects(): Generator<{ readonly subject: number; readonly seq: number }> {
    for (let i = 0; i < this.#count; i++) {
      const subject = this.#ownerOf[i]!
      if (subject !== 0) yield { subject, seq: this.first + i }
    }
  }

  outcomeOf(intent: number): number | undefined {
    const after = this.#answerAfter[intent - this.first]
    return after === undefined || after === 0 ? undefined : intent + after
  }

  stray(id: string): number | undefined {
    return this.#strays.get(id)
  }

  /** Entries about these subjects' keys are gone from now on. */
  forget(subjects: readonly number[]): number {
    const gone = new Set(subjects)
    let forgotten = 0
    for (let i = 0; i < this.#count; i++) {
      if (!gone.has(this.#ownerOf[i]!)) continue
      this.#ownerOf[i] = 0
      forgotten++
    }
    return forgotten
  }

  close(): void {}

  contents(): IndexContents {
    const seqs = this.#seqsByShape()
    return {
      first: this.first,
      end: this.end,
      shapes: this.#shapes.map((shape) => ({ ...shape, seqs: seqs[shape.id]! })),
      days: this.days(),
      subjects: this.#sortedSubjects(),
      answers: this.#answers(),
      strays: this.#strays,
    }
  }

  *#answers(): Generator<{ readonly intent: number; readonly outcome: number }> {
    for (let i = 0; i < this.#count; i++) {
      const after = this.#answerAfter[i]!
      if (after !== 0) yield { intent: this.first + i, outcome: this.first + i + after }
    }
  }

  *#sortedSubjects(): Generator<{ readonly subject: number; readonly seq: number }> {
    const owned: number[] = []
    // Subject and place in one number, below 2^53: sorting numbers is the fast kind.
    for (let i = 0; i < this.#count; i++) if (this.#ownerOf[i] !== 0) owned.push(this.#ownerOf[i]! * 2 ** 21 + i)
    const sorted = Float64Array.from(owned).sort()
    for (const both of sorted) {
      const place = both % 2 ** 21
      yield { subject: (both - place) / 2 ** 21, seq: this.first + place }
    }
  }

  #seqsByShape(): readonly Uint8Array[] {
    const packers = this.#shapes.map(() => new DeltaPacker())
    for (let i = 0; i < this.#count; i++) packers[this.#shapeOf[i]!]!.add(i)
    return packers.map((packer) => packer.bytes())
  }

  #shape(leaf: Buffer): GrowingShape {
    const key = shapeKey(leaf)
    let shape = this.#byKey.get(key)
    if (shape === undefined) {
      shape = { id: this.#shapes.length, shape: shapeOf(leaf), count: 0, from: Number.POSITIVE_INFINITY, to: 0 }
      this.#byKey.set(key, shape)
      this.#shapes.push(shape)
    }
    return shape
  }

  #answer(leaf: Buffer, seq: number): void {
    const id = idOf(leaf)
    const open = this.#open.get(id)
    if (open === undefined) {
      this.#strays.set(Buffer.from(id, 'latin1').toString('hex'), seq)
      return
    }
    this.#open.delete(id)
    this.#answerAfter[open.seq - this.first] = seq - open.seq
    this.#bump(open.shape, open.day, 'open', -1)
    this.#bump(open.shape, open.day, endingOf(leaf), 1)
  }

  #bump(shape: number, day: number, ending: Ending | '', by: number): void {
    const key = `${shape} ${day} ${ending}`
    this.#days.set(key, (this.#days.get(key) ?? 0) + by)
  }

  #grow(): void {
    const grown = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const list = new Uint32Array(old.length * 2)
      list.set(old)
      return list
    }
    this.#shapeOf = grown(this.#shapeOf)
    this.#ownerOf = grown(this.#ownerOf)
    this.#answerAfter = grown(this.#answerAfter)
  }
}

function idOf(leaf: Buffer): string {
  return leaf.toString('latin1', BODY_AT, BODY_AT + ID_BYTES)
}

function endingOf(leaf: Buffer): Ending {
  switch (leaf[OUTCOME_PARTNER_AT + 1 + leaf[OUTCOME_PARTNER_AT]!]) {
    case OUTCOME_NUMBERS.delivered:
      return 'delivered'
    case OUTCOME_NUMBERS.refused:
      return 'refused'
    case OUTCOME_NUMBERS.failed_before_write:
    case OUTCOME_NUMBERS.cancelled_not_sent:
      return 'not_sent'
    default:
      return 'unknown'
  }
}

/** Ascending numbers as the differences between them, seven bits a byte. */
class DeltaPacker {
  #bytes = Buffer.alloc(64)
  #at = 0
  #last = 0
  add(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2)
    let rest = value - this.#last
    this.#last = value
    while (rest >= 128) {
      this.#bytes[this.#at++] = (rest & 127) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}

/** The numbers that were packed, each with `first` added. */
export function unpackDeltas(bytes: Uint8Array, first: number): readonly number[] {
  const values: number[] = []
  let last = first
  let rest = 0
  let scale = 1
  for (const byte of bytes) {
    rest += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    last += rest
    values.push(last)
    rest = 0
    scale = 1
  }
  return values
}
