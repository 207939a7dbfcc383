/**
 * Scans JSON text without building values: is it valid, where are its parts, how large is each. One pass without
 * recursion, so that untrusted depth or size cannot exhaust the stack or block a turn.
 */

/** One value of a text, by its position. */
export interface Span {
  /** Index of its first character. */
  readonly start: number
  /** Index after its last character. */
  readonly end: number
  /** Its size as UTF-8 without white space and needless escapes, as `JSON.stringify` would write it. */
  readonly bytes: number
  /** Number of values in it, including itself and every container. */
  readonly values: number
  /** Maximum nesting of containers: 0 for a string or number. */
  readonly depth: number
}

/** A part of a text. */
export interface Part {
  readonly start: number
  readonly end: number
}

/** An element of a requested list. */
export interface Item extends Span {
  /**
   * Its member of the requested name. Undefined if there is none or more than one, or if any member's name contains
   * escapes, because it could be the same name.
   */
  readonly part: Part | undefined
}

/** The text is not JSON (RFC 8259). Holds nothing of its content. */
export class NotJson extends Error {}

/** A member of the outermost object. `items` are its elements, if requested and the value is an array. */
export interface Member {
  readonly value: Span
  readonly items: readonly Item[] | undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20
const LOWER_U = 0x75

/** The escaped character's size in JSON, by the character after the backslash; 0 for an invalid escape. */
const ESCAPES = new Uint8Array(128)
for (const [characters, bytes] of [
  ['"\\bfnrt', 2],
  ['/', 1],
] as const)
  for (const character of characters) ESCAPES[character.charCodeAt(0)] = bytes

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null/y
const FOUR_HEX = /[0-9a-fA-F]{4}/y

/**
 * Reads one JSON text in one pass. Each `step` does a bounded amount of work, so that a large text can take several
 * turns. Throws `NotJson`.
 */
export class JsonScan {
  readonly #text: string
  #at = 0
  #bytes = 0
  #values = 0
  #escapes = 0

  /** Skips a leading byte order mark (RFC 8259, 8.1). */
  constructor(text: string) {
    this.#text = text
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
  }

  /** The text as one value. */
  whole(): Item {
    this.#skipSpace()
    const span = this.#value()
    this.#end()
    return span
  }

  /**
   * The members of the text, which must be an object; for a repeated name the last one, as in `JSON.parse`.
   * @param listed the member whose elements are reported if it is an array
   * @param part the member to find in each element
   * @yields characters read since the last yield, after every element and member
   */
  *members(listed: string | undefined, part = ''): Generator<number, ReadonlyMap<string, Member>> {
    const members = new Map<string, Member>()
    let from = 0
    this.#skipSpace()
    this.#expect(OPEN_OBJECT)
    this.#skipSpace()
    if (this.#code() === CLOSE_OBJECT) this.#at++
    else
      for (;;) {
        const name = this.#name()
        if (name === listed && this.#code() === OPEN_LIST) {
          const start = this.#at
          const items: Item[] = []
          const quoted = `"${part}"`
          this.#at++
          this.#skipSpace()
          if (this.#code() === CLOSE_LIST) this.#at++
          else
            do {
              this.#skipSpace()
              items.push(this.#value(quoted))
              this.#skipSpace()
              yield this.#at - from
              from = this.#at
            } while (this.#continues(CLOSE_LIST))
          members.set(name, { value: { start, end: this.#at, bytes: 0, values: 0, depth: 0 }, items })
        } else members.set(name, { value: this.#value(), items: undefined })
        yield this.#at - from
        from = this.#at
        this.#skipSpace()
        if (!this.#continues(CLOSE_OBJECT)) break
        this.#skipSpace()
      }
    this.#end()
    return members
  }

  /** A member's name and the colon after it. */
  #name(): string {
    const start = this.#at
    this.#expect(QUOTE)
    this.#string()
    const text = this.#text.slice(start, this.#at)
    this.#skipSpace()
    this.#expect(COLON)
    this.#skipSpace()
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
  }

  /** True after a comma, false after a closing bracket. */
  #continues(close: number): boolean {
    const code = this.#code()
    this.#at++
    if (code === COMMA) return true
    if (code === close) return false
    throw new NotJson()
  }

  /**
   * One value of any kind.
   * @param quoted the name, in quotes, of the member to find in it
   */
  #value(quoted = ''): Item {
    const start = this.#at
    const wanted = new Wanted()
    this.#bytes = 0
    this.#values = 0
    /** The closing bracket of each open container. */
    const closes: number[] = []
    let depth = 0
    for (;;) {
      const code = this.#code()
      this.#values++
      if (code === OPEN_OBJECT || code === OPEN_LIST) {
        const close = code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_LIST
        closes.push(close)
        if (closes.length > depth) depth = closes.length
        this.#at++
        this.#bytes += 2
        this.#skipSpace()
        if (this.#code() !== close) {
          if (close === CLOSE_OBJECT) this.#memberName(closes.length === 1 ? quoted : '', wanted)
          continue
        }
        this.#at++
        closes.pop()
      } else this.#scalar(code)
      // After a value: another one, or the end of the container.
      for (;;) {
        if (closes.length === 0) {
          return { start, end: this.#at, bytes: this.#bytes, values: this.#values, depth, part: wanted.part }
        }
        if (closes.length === 1) wanted.end(this.#at)
        const close = closes[closes.length - 1]!
        this.#skipSpace()
        if (this.#continues(close)) {
          this.#bytes++
          this.#skipSpace()
          if (close === CLOSE_OBJECT) this.#memberName(closes.length === 1 ? quoted : '', wanted)
          break
        }
        closes.pop()
      }
    }
  }

  #memberName(quoted: string, wanted: Wanted): void {
    const [start, escapes] = [this.#at, this.#escapes]
    this.#expect(QUOTE)
    this.#string()
    const end = this.#at
    this.#skipSpace()
    this.#expect(COLON)
    this.#bytes++
    this.#skipSpace()
    if (quoted === '') return
    if (this.#escapes > escapes) wanted.isUnclear = true
    else if (end - start === quoted.length && this.#text.startsWith(quoted, start)) wanted.begin(this.#at)
  }

  #scalar(code: number): void {
    if (code === QUOTE) {
      this.#at++
      this.#string()
      return
    }
    const pattern = code === 0x2d || (code >= 0x30 && code <= 0x39) ? NUMBER : LITERAL
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) throw new NotJson()
    this.#bytes += pattern.lastIndex - this.#at
    this.#at = pattern.lastIndex
  }

  /** From after the opening quote to after the closing one. */
  #string(): void {
    const text = this.#text
    let at = this.#at
    let bytes = 2
    for (;;) {
      const code = text.charCodeAt(at)
      at++
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        this.#escapes++
        const escaped = text.charCodeAt(at)
        at++
        if (escaped === LOWER_U) {
          FOUR_HEX.lastIndex = at
          if (!FOUR_HEX.test(text)) throw new NotJson()
          bytes += bytesOf(Number.parseInt(text.slice(at, at + 4), 16))
          at += 4
        } else {
          const known = escaped < 128 ? ESCAPES[escaped]! : 0
          if (known === 0) throw new NotJson()
          bytes += known
        }
      } else if (code < 0x80) {
        if (code < SPACE) throw new NotJson()
        bytes++
      } else if (code >= 0x80) bytes += bytesOf(code)
      // Not a number: the text has ended.
      else throw new NotJson()
    }
    this.#at = at
    this.#bytes += bytes
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at)
  }

  #expect(code: number): void {
    if (this.#code() !== code) throw new NotJson()
    this.#at++
  }

  #end(): void {
    this.#skipSpace()
    if (this.#at !== this.#text.length) throw new NotJson()
  }
}

/** Finds one member of the object being read. */
class Wanted {
  isUnclear = false
  #found = 0
  #start = -1
  #end = -1

  begin(at: number): void {
    this.#found++
    this.#start = at
    this.#end = -1
  }

  /** After each member's value. */
  end(at: number): void {
    if (this.#found > 0 && this.#end < 0) this.#end = at
  }

  get part(): Part | undefined {
    if (this.isUnclear || this.#found !== 1) return undefined
    return { start: this.#start, end: this.#end }
  }
}

/** Bytes of one UTF-16 unit in JSON: half a surrogate pair counts as half of four. */
function bytesOf(code: number): number {
  if (code < SPACE) return 6
  if (code < 0x80) return code === QUOTE || code === BACKSLASH ? 2 : 1
  if (code < 0x800) return 2
  return code >= 0xd800 && code <= 0xdfff ? 2 : 3
}
