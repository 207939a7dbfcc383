/**
 * Reads bits from base64url text (RFC 4648 section 5, no padding), as TC strings and GPP sections use it. Reading past the end
 * never throws: it returns zeros and sets `failed`, so a decoder checks once, at the end.
 */

export interface BitReader {
  /** True after a read past the end or of an invalid number. */
  readonly failed: boolean
  /** Unread bits. */
  readonly left: number
  /** An unsigned integer of `width` bits, 0 to 52; 0 past the end. */
  int(width: number): number
  bool(): boolean
  /** A Fibonacci-coded integer, 1 or more (GPP consent string specification, "Fibonacci encoding"). */
  fibonacci(): number
  /** `width` bits as 32-bit words; the first bit is the highest of the first word. */
  words(width: number): Uint32Array
  /** Marks the input as malformed. */
  fail(): void
  /** True if only zero bits are left: the padding that encoders add. Consumes them. */
  onlyPaddingLeft(): boolean
  /** A reader of the same bits, from the start. */
  again(): BitReader
}

/** Undefined if the text is not base64url. Empty text has no bits. */
export function readBits(text: string): BitReader | undefined {
  const sextets = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const value = code < 128 ? SEXTETS[code]! : NOT_BASE64
    if (value === NOT_BASE64) return undefined
    sextets[index] = value
  }
  return createReader(sextets)
}

const NOT_BASE64 = 255
const SEXTETS = createSextets()
/** The longest Fibonacci code accepted: 2^24 is far above any real id. */
const MAX_FIBONACCI_BITS = 36

function createSextets(): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const table = new Uint8Array(128).fill(NOT_BASE64)
  for (let value = 0; value < alphabet.length; value++) table[alphabet.charCodeAt(value)] = value
  return table
}

function createReader(sextets: Uint8Array): BitReader {
  const total = sextets.length * 6
  let position = 0
  let failed = false

  const int = (width: number): number => {
    if (position + width > total) {
      failed = true
      position = total
      return 0
    }
    let value = 0
    let wanted = width
    while (wanted > 0) {
      const within = position % 6
      const take = Math.min(6 - within, wanted)
      const bits = (sextets[(position - within) / 6]! >> (6 - within - take)) & ((1 << take) - 1)
      // Multiplication, not a shift: dates have 36 bits.
      value = value * (1 << take) + bits
      position += take
      wanted -= take
    }
    return value
  }

  return {
    get failed() {
      return failed
    },
    get left() {
      return total - position
    },
    int,
    bool: () => int(1) === 1,
    fibonacci: () => {
      let value = 0
      let [term, next] = [1, 2]
      let last = 0
      for (let index = 0; index < MAX_FIBONACCI_BITS; index++) {
        const bit = int(1)
        if (bit === 1 && last === 1) return value
        if (bit === 1) value += term
        last = bit
        ;[term, next] = [next, term + next]
        if (failed) return 0
      }
      failed = true
      return 0
    },
    words: (width) => {
      if (position + width > total) {
        failed = true
        position = total
        return new Uint32Array(0)
      }
      const words = new Uint32Array(Math.ceil(width / 32))
      for (let index = 0; index < words.length; index++) {
        const take = Math.min(32, width - index * 32)
        words[index] = int(take) * 2 ** (32 - take)
      }
      return words
    },
    fail: () => {
      failed = true
    },
    onlyPaddingLeft: () => {
      while (position < total) {
        if (int(Math.min(30, total - position)) !== 0) return false
      }
      return true
    },
    again: () => createReader(sextets),
  }
}
