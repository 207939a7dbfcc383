/** The verifier's own byte reader: front to back, bounds-checked, with the error names of `docs/ledger-format.md`. */

/** Why bytes are not a leaf. */
export type Refusal =
  | 'version_unknown'
  | 'kind_unknown'
  | 'flags_unknown'
  | 'cut_short'
  | 'trailing_bytes'
  | 'not_text'
  | 'number_unknown'
  | 'out_of_range'
  | 'not_canonical'
  | 'too_long'

export class Refused extends Error {
  readonly why: Refusal
  constructor(why: Refusal) {
    super(why)
    this.name = 'Refused'
    this.why = why
  }
}

const LONGEST_LONG_TEXT = 1_024
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class BytesReader {
  readonly #bytes: Buffer
  readonly #end: number
  at: number

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes
    this.at = at
    this.#end = end
  }

  /** A big-endian number of at most six bytes. */
  number(bytes: number): number {
    const at = this.#take(bytes)
    return bytes === 1 ? this.#bytes[at]! : this.#bytes.readUIntBE(at, bytes)
  }

  double(): number {
    const value = this.#bytes.readDoubleBE(this.#take(8))
    if (!Number.isFinite(value)) throw new Refused('out_of_range')
    if (Object.is(value, -0)) throw new Refused('not_canonical')
    return value
  }

  bytes(length: number): Buffer {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  text(): string {
    return this.#text(this.number(1))
  }

  longText(): string {
    const length = this.number(2)
    if (length > LONGEST_LONG_TEXT) throw new Refused('too_long')
    return this.#text(length)
  }

  /** A byte that must be an assigned number. */
  word<Word extends string>(words: readonly Word[]): Word {
    const number = this.number(1)
    const word = words[number]
    if (word === undefined || word === '') throw new Refused('number_unknown')
    return word
  }

  requireEnd(): void {
    if (this.at !== this.#end) throw new Refused('trailing_bytes')
  }

  #text(length: number): string {
    try {
      return UTF8.decode(this.bytes(length))
    } catch (error) {
      if (error instanceof Refused) throw error
      throw new Refused('not_text')
    }
  }

  #take(length: number): number {
    const at = this.at
    if (at + length > this.#end) throw new Refused('cut_short')
    this.at = at + length
    return at
  }
}
