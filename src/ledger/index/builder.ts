/** Builds the index of one segment record by record; it can be searched meanwhile. A million records take 20 MB. */
import type { IdentityKey } from '../../model/brand.ts'
import { FLAG_COUNT, FLAGS_AT, KIND_AT, OUTCOME_PARTNER_AT, TIME_AT, WITHHELD_AT } from '../leaf-layout.ts'
import { KIND_NUMBERS, OUTCOME_NUMBERS } from '../numbers.ts'
import { announces, concludes, idOf } from '../open-intents.ts'
import { type Forgotten, identitiesIn } from '../owners.ts'
import { Packer } from './packed.ts'
import { type RecordShape, shapeKey, shapeOf } from './shapes.ts'
import {
  type DayRow,
  ENDINGS,
  type Ending,
  type FinderRow,
  type IndexContents,
  type IndexReader,
  type ShapeRow,
} from './store.ts'

const DAY_MS = 86_400_000
const FIRST_ROOM = 4_096

interface GrowingShape {
  readonly id: number
  readonly shape: RecordShape
  count: number
  from: number
  to: number
  /** Day → count of each ending; the last entry counts records other than INTENTs. */
  readonly days: Map<number, Uint32Array>
}
interface Open {
  readonly seq: number
  readonly shape: GrowingShape
  readonly day: number
}
/** Index of records other than INTENTs in a day's counts. */
const NO_ENDING = ENDINGS.length
const OPEN = ENDINGS.indexOf('open')

export class IndexBuilder implements IndexReader {
  readonly first: number
  readonly #byKey = new Map<string, GrowingShape>()
  readonly #shapes: GrowingShape[] = []
  readonly #open = new Map<string, Open>()
  readonly #strays = new Map<string, number>()
  #shapeOf = new Uint32Array(FIRST_ROOM)
  #ownerOf = new Uint32Array(FIRST_ROOM)
  /** Distance from an INTENT to its OUTCOME; 0 for none. */
  #answerAfter = new Uint32Array(FIRST_ROOM)
  /** Number of a record's finder set; 0 for none. */
  #setOf = new Uint32Array(FIRST_ROOM)
  readonly #sets = new Map<string, number>([['', 0]])
  #count = 0
  /** False if the owner of some record is lost. */
  hasAllOwners = true

  constructor(first: number) {
    this.first = first
  }

  get end(): number {
    return this.first + this.#count
  }

  /**
   * Leaves MUST come in order, each once.
   * @param owner number of the subject's key, or 0
   * @param finders identity keys end to end, see `owners.ts`
   */
  add(leaf: Buffer, owner: number, finders = ''): void {
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
    this.#setOf[at] = owner === 0 ? 0 : this.#set(finders)
    this.#count++
    const day = Math.floor(time / DAY_MS)
    if (announces(leaf)) {
      this.#open.set(idOf(leaf), { seq, shape, day })
      bump(shape, day, OPEN, 1)
    } else {
      bump(shape, day, NO_ENDING, countOf(leaf))
      if (concludes(leaf)) this.#answer(leaf, seq)
    }
  }

  shapes(): readonly ShapeRow[] {
    return this.#shapes
  }

  *seqsOf(shapes: ReadonlySet<number>, after: number): Generator<number> {
    for (let i = Math.max(0, after + 1 - this.first); i < this.#count; i++)
      if (shapes.has(this.#shapeOf[i]!)) yield this.first + i
  }

  days(): readonly DayRow[] {
    return this.#shapes.flatMap(({ id, days }) =>
      [...days].flatMap(([day, counts]) =>
        Array.from(counts, (count, i): DayRow => ({ shape: id, day, ending: ENDINGS[i] ?? '', count })).filter(
          ({ count }) => count > 0,
        ),
      ),
    )
  }

  seqsAbout(subjects: readonly number[], identities: readonly IdentityKey[]): readonly number[] {
    const seqs: number[] = []
    const wanted = new Set(subjects)
    const only = subjects.length === 1 ? subjects[0]! : undefined
    const sets = this.#setsWith(identities)
    const owners = this.#ownerOf
    for (let i = 0; i < this.#count; i++) {
      const owner = owners[i]!
      if (owner === 0) continue
      if ((only === undefined ? wanted.has(owner) : owner === only) || sets.has(this.#setOf[i]!))
        seqs.push(this.first + i)
    }
    return seqs
  }

  isIntact(): boolean {
    return this.hasAllOwners
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

  /** Removes all entries of these subject keys and identities; returns how many records had one. */
  forget({ subjects, identities }: Forgotten): number {
    const gone = new Set(subjects)
    const without = this.#withoutIdentities(identities)
    let forgotten = 0
    for (let i = 0; i < this.#count; i++) {
      this.#setOf[i] = without.get(this.#setOf[i]!) ?? this.#setOf[i]!
      if (this.#ownerOf[i] === 0 || !gone.has(this.#ownerOf[i]!)) continue
      this.#ownerOf[i] = 0
      this.#setOf[i] = 0
      forgotten++
    }
    return forgotten
  }

  #set(finders: string): number {
    let set = this.#sets.get(finders)
    if (set === undefined) {
      set = this.#sets.size
      this.#sets.set(finders, set)
    }
    return set
  }

  #setsWith(identities: readonly string[]): ReadonlySet<number> {
    if (identities.length === 0) return new Set()
    const wanted = new Set(identities)
    return new Set(
      [...this.#sets].flatMap(([set, number]) => (identitiesIn(set).some((one) => wanted.has(one)) ? [number] : [])),
    )
  }

  /** Each set that contains one of these identities → the set without them. */
  #withoutIdentities(identities: readonly string[]): ReadonlyMap<number, number> {
    const gone = new Set(identities)
    const touched = this.#setsWith(identities)
    const without = [...this.#sets].filter(([, number]) => touched.has(number))
    return new Map(
      without.map(([set, number]) => {
        const left = identitiesIn(set).filter((one) => !gone.has(one))
        return [number, this.#set(Buffer.from(left.join(''), 'hex').toString('latin1'))]
      }),
    )
  }

  close(): void {}

  contents(): IndexContents {
    const seqs = this.#seqsByShape()
    return {
      first: this.first,
      end: this.end,
      shapes: this.#shapes.map(({ days: _, ...shape }) => ({ ...shape, seqs: seqs[shape.id]! })),
      days: this.days(),
      subjects: this.#sortedSubjects(),
      finders: this.#finders(),
      hasAllOwners: this.hasAllOwners,
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
    // Subject and position packed into one number below 2^53: numbers sort fastest.
    for (let i = 0; i < this.#count; i++) if (this.#ownerOf[i] !== 0) owned.push(this.#ownerOf[i]! * 2 ** 21 + i)
    const sorted = Float64Array.from(owned).sort()
    for (const both of sorted) {
      const place = both % 2 ** 21
      yield { subject: (both - place) / 2 ** 21, seq: this.first + place }
    }
  }

  /** One row for each owner, set and identity of the set. */
  *#finders(): Generator<FinderRow> {
    const found: number[] = []
    for (let i = 0; i < this.#count; i++) if (this.#setOf[i] !== 0) found.push(i)
    found.sort((a, b) => this.#setOf[a]! - this.#setOf[b]! || this.#ownerOf[a]! - this.#ownerOf[b]! || a - b)
    const names = [...this.#sets.keys()]
    for (let from = 0; from < found.length; ) {
      const [part, subject] = [this.#setOf[found[from]!]!, this.#ownerOf[found[from]!]!]
      const packer = new Packer()
      let to = from
      for (; to < found.length && this.#setOf[found[to]!] === part && this.#ownerOf[found[to]!] === subject; to++)
        packer.add(found[to]!)
      const seqs = packer.bytes()
      // Sound: the sets were built from identity keys.
      for (const identity of identitiesIn(names[part]!))
        yield { identity: identity as IdentityKey, subject, part, seqs }
      from = to
    }
  }

  #seqsByShape(): readonly Uint8Array[] {
    const packers = this.#shapes.map(() => new Packer())
    for (let i = 0; i < this.#count; i++) packers[this.#shapeOf[i]!]!.add(i)
    return packers.map((packer) => packer.bytes())
  }

  #shape(leaf: Buffer): GrowingShape {
    const key = shapeKey(leaf)
    let shape = this.#byKey.get(key)
    if (shape === undefined) {
      shape = {
        id: this.#shapes.length,
        shape: shapeOf(leaf),
        count: 0,
        from: Number.POSITIVE_INFINITY,
        to: 0,
        days: new Map(),
      }
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
    bump(open.shape, open.day, OPEN, -1)
    bump(open.shape, open.day, ENDINGS.indexOf(endingOf(leaf)), 1)
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
    this.#setOf = grown(this.#setOf)
  }
}

function bump({ days }: GrowingShape, day: number, place: number, by: number): void {
  let counts = days.get(day)
  if (counts === undefined) {
    counts = new Uint32Array(ENDINGS.length + 1)
    days.set(day, counts)
  }
  counts[place] = counts[place]! + by
}

/** The number of pairs that a record counts for. */
function countOf(leaf: Buffer): number {
  return leaf[KIND_AT] === KIND_NUMBERS.withheld && (leaf[FLAGS_AT]! & FLAG_COUNT) !== 0
    ? leaf.readUInt32BE(WITHHELD_AT)
    : 1
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
