/**
 * Reads leaves as the verifier does: the fixed part by its offsets, what follows by `verify-shape.ts`, once for all records
 * that share it. It has no part in common with what wrote them. Fields are good until the next `read`.
 */
import { BytesReader, type Refusal, Refused } from './verify-reader.ts'
import { actionShape, intentShape, outcomeShape, type Shape, withheldShape } from './verify-shape.ts'
import { KINDS } from './verify-words.ts'

const VERSION = 3
const BODY_AT = 15
const ID_BYTES = 16
const INTENT_SHAPE_AT = 103
const OUTCOME_SHAPE_AT = 54
const WITHHELD_SHAPE_AT = 31
const COUNT_BYTES = 4
const ACTION_SHAPE_AT = 31
const FLAG_COUNT = 1
const FLAG_SEALED = 4
const LONGEST = 65_535
/** Distinct shapes kept: a few hundred bytes each. */
const MOST_SHAPES = 20_000

export class LeafReading {
  seq = 0
  /** Milliseconds since 1970, as claimed. */
  time = 0
  /** Disclosure id of an INTENT or OUTCOME, 16 characters of one byte. */
  id = ''
  /** Event reference of an INTENT, OUTCOME or WITHHELD, likewise; random in a counting WITHHELD. */
  eventRef = ''
  /** Of an INTENT or OUTCOME. */
  attempt = 0
  /** Pairs that it stands for: 1, but for a counting WITHHELD. */
  count = 1
  shape: Shape | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0
  readonly #known = new Map<string, Shape>()

  /** Undefined where the bytes are a leaf, whole and canonical. */
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

  /** Months since 1970, of an INTENT. */
  get epoch(): number {
    return this.#bytes.readUInt16BE(this.#at + 47)
  }
  /** Of an INTENT, 16 bytes. */
  get blind(): Buffer {
    return this.#bytes.subarray(this.#at + 49, this.#at + 65)
  }

  #read(): void {
    const [bytes, at] = [this.#bytes, this.#at]
    const size = this.#end - at
    if (size > LONGEST) throw new Refused('too_long')
    if (size < 1) throw new Refused('cut_short')
    if (bytes[at] !== VERSION) throw new Refused('version_unknown')
    if (size < 2) throw new Refused('cut_short')
    const kind = KINDS[bytes[at + 1]!]
    if (kind === undefined || kind === '') throw new Refused('kind_unknown')
    if (size < 3) throw new Refused('cut_short')
    const flags = bytes[at + 2]!
    const known = kind === 'intent' ? FLAG_SEALED : kind === 'withheld' ? FLAG_COUNT : 0
    if (flags !== 0 && flags !== known) throw new Refused('flags_unknown')
    if (size < BODY_AT) throw new Refused('cut_short')
    this.seq = bytes.readUIntBE(at + 3, 6)
    this.time = bytes.readUIntBE(at + 9, 6)
    this.count = 1
    switch (kind) {
      case 'intent':
        this.#require(INTENT_SHAPE_AT)
        this.id = bytes.toString('latin1', at + BODY_AT, at + BODY_AT + ID_BYTES)
        this.eventRef = bytes.toString('latin1', at + 31, at + 47)
        this.attempt = bytes.readUInt16BE(at + 101)
        this.shape =
          flags === 0 ? this.#remembered('i', INTENT_SHAPE_AT, intentShape) : this.#sealed(at + INTENT_SHAPE_AT)
        return
      case 'outcome':
        this.#require(OUTCOME_SHAPE_AT)
        this.id = bytes.toString('latin1', at + BODY_AT, at + BODY_AT + ID_BYTES)
        this.eventRef = bytes.toString('latin1', at + 31, at + 47)
        this.attempt = bytes.readUInt16BE(at + 47)
        this.shape = this.#remembered('o', OUTCOME_SHAPE_AT, outcomeShape)
        return
      case 'withheld': {
        const shapeAt = WITHHELD_SHAPE_AT + (flags === 0 ? 0 : COUNT_BYTES)
        this.#require(shapeAt)
        if (flags === FLAG_COUNT) this.count = bytes.readUInt32BE(at + WITHHELD_SHAPE_AT)
        this.eventRef = bytes.toString('latin1', at + BODY_AT, at + BODY_AT + ID_BYTES)
        this.shape = this.#remembered('w', shapeAt, withheldShape)
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

  #sealed(from: number): Shape {
    const reader = new BytesReader(this.#bytes, from, this.#end)
    const shape = intentShape(reader)
    reader.bytes(reader.number(2))
    reader.requireEnd()
    return shape
  }
}
