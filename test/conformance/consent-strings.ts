/**
 * Writes consent strings, for records and tests that name a state of consent and no string. Fields as in
 * `signals/tcf.ts`; only what they need.
 */

/** Bits to base64url text, padded with zeros to whole characters. */
export interface BitWriter {
  int(value: number, width: number): BitWriter
  /** Numbers that are set, of `width` bits: number 1 is the first. */
  numbered(numbers: readonly number[], width: number): BitWriter
  /** A Fibonacci-coded integer from 1. */
  fibonacci(value: number): BitWriter
  text(): string
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function writeBits(): BitWriter {
  let bits = ''
  const writer: BitWriter = {
    int: (value, width) => {
      bits += value.toString(2).padStart(width, '0')
      return writer
    },
    numbered: (numbers, width) => {
      for (let number = 1; number <= width; number++) bits += numbers.includes(number) ? '1' : '0'
      return writer
    },
    fibonacci: (value) => {
      const terms = [1, 2]
      while (terms.at(-1)! <= value) terms.push(terms.at(-1)! + terms.at(-2)!)
      let rest = value
      let code = ''
      for (const term of terms.slice(0, -1).reverse()) {
        code = `${rest >= term ? 1 : 0}${code}`
        if (rest >= term) rest -= term
      }
      bits += `${code}1`
      return writer
    },
    text: () => {
      const padded = bits.padEnd(Math.ceil(bits.length / 6) * 6, '0')
      return Array.from(
        { length: padded.length / 6 },
        (_, index) => ALPHABET[Number.parseInt(padded.slice(index * 6, index * 6 + 6), 2)],
      ).join('')
    },
  }
  return writer
}

export interface TcFields {
  readonly version?: number
  /** Epoch milliseconds; tenths of a second are kept. */
  readonly created: number
  readonly lastUpdated: number
  readonly cmpId?: number
  readonly policyVersion?: number
  readonly specialFeatures?: readonly number[]
  readonly purposes?: readonly number[]
  readonly interests?: readonly number[]
  readonly vendors?: readonly number[]
  readonly vendorInterests?: readonly number[]
  readonly restrictions?: readonly {
    readonly purpose: number
    readonly type: number
    readonly vendors: readonly number[]
  }[]
  /** Undefined leaves the segment out. */
  readonly disclosed?: readonly number[]
}

/** A TC string of version 2 with bit fields for vendors. */
export function writeTcString(fields: TcFields): string {
  const { version = 2, created, lastUpdated, cmpId = 31, policyVersion = 5, restrictions = [], disclosed } = fields
  const core = writeBits()
    .int(version, 6)
    .int(Math.floor(created / 100), 36)
    .int(Math.floor(lastUpdated / 100), 36)
    .int(cmpId, 12)
    .int(1, 12)
    .int(1, 6)
    .int(4, 6)
    .int(13, 6)
    .int(100, 12)
    .int(policyVersion, 6)
    .int(0, 2)
    .numbered(fields.specialFeatures ?? [], 12)
    .numbered(fields.purposes ?? [], 24)
    .numbered(fields.interests ?? [], 24)
    .int(0, 1)
    .int(3, 6)
    .int(4, 6)
  vendorField(core, fields.vendors ?? [])
  vendorField(core, fields.vendorInterests ?? [])
  core.int(restrictions.length, 12)
  for (const { purpose, type, vendors } of restrictions) {
    core.int(purpose, 6).int(type, 2).int(vendors.length, 12)
    for (const vendor of vendors) core.int(0, 1).int(vendor, 16)
  }
  return disclosed === undefined
    ? core.text()
    : `${core.text()}.${vendorField(writeBits().int(1, 3), disclosed).text()}`
}

function vendorField(bits: BitWriter, vendors: readonly number[]): BitWriter {
  const max = Math.max(0, ...vendors)
  return bits.int(max, 16).int(0, 1).numbered(vendors, max)
}

/** A GPP string with the given sections, by id. */
export function writeGpp(sections: readonly (readonly [id: number, text: string])[]): string {
  const header = writeBits().int(3, 6).int(1, 6).int(sections.length, 12)
  let last = 0
  for (const [id] of sections) {
    header.int(0, 1).fibonacci(id - last)
    last = id
  }
  return [header.text(), ...sections.map(([, text]) => text)].join('~')
}

/** Two-bit fields behind a six-bit version: what US sections are made of. */
export function writeTwoBits(version: number, values: readonly number[]): string {
  const bits = writeBits().int(version, 6)
  for (const value of values) bits.int(value, 2)
  return bits.text()
}
