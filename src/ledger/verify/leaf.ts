/**
 * The verifier's leaf reader: the fixed part by offsets, the rest by `shape.ts`, cached for all records that share it. It
 * shares no code with the writer. Fields are valid until the next `read`.
 */
import { BytesReader, type Refusal, Refused } from './reader.ts'
import {
  actionShape,
  factsOf,
  intentShape,
  noticeOutcomeShape,
  noticeShape,
  outcomeShape,
  type Shape,
  withheldShape,
} from './shape.ts'
import { KINDS, LAST_OF_3, LATER, OF_A_DAY } from './words.ts'

const [OLDEST_VERSION, VERSION] = [3, 4]
const BODY_AT = 15
const ID_BYTES = 16
const INTENT_SHAPE_AT = 103
const OUTCOME_SHAPE_AT = 54
const WITHHELD_SHAPE_AT = 31
const COUNT_BYTES = 4
const ACTION_SHAPE_AT = 31
const FLAG_COUNT = 1
const FLAG_SEALED = 4
const FLAG_EXTENDED = 8
/** Kind → allowed flags; none for other kinds. */
const FLAGS: Readonly<Record<string, number>> = {
  intent: FLAG_SEALED | FLAG_EXTENDED,
  notice: FLAG_SEALED | FLAG_EXTENDED,
  outcome: FLAG_EXTENDED,
  notice_outcome: FLAG_EXTENDED,
  withheld: FLAG_COUNT | FLAG_EXTENDED,
}
const DAY_MS = 86_400_000
const LONGEST = 65_535
/** Shapes cached: a few hundred bytes each. */
const MOST_SHAPES = 20_000

export class LeafReading {
  seq = 0
  /** Milliseconds since 1970, as recorded. */
  time = 0
  /** Disclosure id of an INTENT, NOTICE or their outcomes, 16 one-byte characters. */
  id = ''
  /** Event reference, likewise; random in a counting WITHHELD. */
  eventRef = ''
  /** INTENT and OUTCOME only. */
  attempt = 0
  /** Pairs counted: 1 except in a counting WITHHELD. */
  count = 1
  shape: Shape | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0
  readonly #known = new Map<string, Shape>()

  /** Undefined if the bytes are a complete, canonical leaf; else the reason. */
  read(bytes: Buffer, at: number, end: number): Refusal | undefined {
    this.#bytes = bytes
    this.#at = at
    this.#end = end
    try {
      this.#read()
      return undefined
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return error.why
    }
  }

  /** True for an INTENT or a NOTICE, which carry a blind. */
  get isBlinded(): boolean {
    return this.shape?.kind === 'intent' || this.shape?.kind === 'notice'
  }
  /** Months since 1970; INTENT and NOTICE only. */
  get epoch(): number {
    return this.#bytes.readUInt16BE(this.#at + 47)
  }
  /** 16 bytes; INTENT and NOTICE only. */
  get blind(): Buffer {
    return this.#bytes.subarray(this.#at + 49, this.#at + 65)
  }

  #read(): void {
    const [bytes, at] = [this.#bytes, this.#at]
    const size = this.#end - at
    if (size > LONGEST) throw new Refused('too_long')
    if (size < 1) throw new Refused('cut_short')
    const version = bytes[at]
    if (version !== VERSION && version !== OLDEST_VERSION) throw new Refused('version_unknown')
    if (size < 2) throw new Refused('cut_short')
    const kind = kindOf(bytes[at + 1]!, version)
    if (kind === undefined) throw new Refused('kind_unknown')
    if (size < 3) throw new Refused('cut_short')
    const flags = bytes[at + 2]!
    const known = (FLAGS[kind] ?? 0) & (version === OLDEST_VERSION ? ~FLAG_EXTENDED : 0xff)
    if ((flags & ~known) !== 0) throw new Refused('flags_unknown')
    if (size < BODY_AT) throw new Refused('cut_short')
    this.seq = bytes.readUIntBE(at + 3, 6)
    this.time = bytes.readUIntBE(at + 9, 6)
    if (OF_A_DAY.includes(kind) && this.time % DAY_MS !== 0) throw new Refused('out_of_range')
    this.count = 1
    switch (kind) {
      case 'intent':
      case 'notice':
        this.#require(INTENT_SHAPE_AT)
        this.#pair(at)
        this.attempt = bytes.readUInt16BE(at + 101)
        this.shape =
          kind === 'intent'
            ? this.#shared('i', flags, INTENT_SHAPE_AT, intentShape)
            : this.#shared('n', flags, INTENT_SHAPE_AT, noticeShape)
        return
      case 'outcome':
      case 'notice_outcome':
        this.#require(OUTCOME_SHAPE_AT)
        this.#pair(at)
        this.attempt = bytes.readUInt16BE(at + 47)
        this.shape =
          kind === 'outcome'
            ? this.#shared('o', flags, OUTCOME_SHAPE_AT, outcomeShape)
            : this.#shared('p', flags, OUTCOME_SHAPE_AT, noticeOutcomeShape)
        return
      case 'withheld': {
        const counts = (flags & FLAG_COUNT) !== 0
        const shapeAt = WITHHELD_SHAPE_AT + (counts ? COUNT_BYTES : 0)
        this.#require(shapeAt)
        if (counts) this.count = bytes.readUInt32BE(at + WITHHELD_SHAPE_AT)
        this.eventRef = bytes.toString('latin1', at + BODY_AT, at + BODY_AT + ID_BYTES)
        this.shape = this.#shared('w', flags, shapeAt, withheldShape)
        return
      }
      default: {
        this.#require(ACTION_SHAPE_AT)
        const from = new BytesReader(bytes, at + ACTION_SHAPE_AT, this.#end)
        this.shape = actionShape(kind, from)
        from.requireEnd()
      }
    }
  }

  #pair(at: number): void {
    this.id = this.#bytes.toString('latin1', at + BODY_AT, at + BODY_AT + ID_BYTES)
    this.eventRef = this.#bytes.toString('latin1', at + 31, at + 47)
  }

  #require(length: number): void {
    if (this.#end - this.#at < length) throw new Refused('cut_short')
  }

  #remembered<Found extends Shape>(mark: string, from: number, read: (from: BytesReader) => Found): Shape {
    const key = mark + this.#bytes.toString('latin1', this.#at + from, this.#end)
    let shape = this.#known.get(key)
    if (shape === undefined) {
      const reader = new BytesReader(this.#bytes, this.#at + from, this.#end)
      shape = read(reader)
      reader.requireEnd()
      if (this.#known.size >= MOST_SHAPES) this.#known.clear()
      this.#known.set(key, shape)
    }
    return shape
  }

  /** The shape, cached by its bytes; read each time if an extension or sealed values follow. */
  #shared<Found extends Shape>(mark: string, flags: number, from: number, read: (from: BytesReader) => Found): Shape {
    if ((flags & (FLAG_SEALED | FLAG_EXTENDED)) === 0) return this.#remembered(mark, from, read)
    const reader = new BytesReader(this.#bytes, this.#at + from, this.#end)
    const shape = read(reader)
    if ((flags & FLAG_EXTENDED) !== 0) factsOf(reader)
    if ((flags & FLAG_SEALED) !== 0) reader.bytes(reader.number(2))
    reader.requireEnd()
    return shape
  }
}

function kindOf(number: number, version: number) {
  if (version === OLDEST_VERSION && number > LAST_OF_3) return undefined
  if (number >= LATER.first && number <= LATER.last) return LATER.name
  const kind = KINDS[number]
  return kind === '' ? undefined : kind
}
