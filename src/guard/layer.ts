/** One text to search, and everything computed from it once for all values. */
import { v4AddressesIn, v6AddressesIn } from './address.ts'
import { emailsIn, withoutEmails } from './email.ts'
import { fineNumbersIn } from './fine-numbers.ts'
import { linkPartsIn } from './links.ts'
import { createManySearch } from './many.ts'
import { degreesIn } from './position.ts'
import { wordsOf } from './words.ts'

/** Everything to search for in each reading of a text, if all at once. */
export interface Terms {
  readonly squeezed: ReadonlySet<string>
  readonly lower: ReadonlySet<string>
  readonly words: ReadonlySet<string>
  readonly dense: ReadonlySet<string>
}

/** Six digits or more, without a point: a position may be given in fractions of a degree. */
const WHOLE_NUMBER = /(?<![\d.])-?\d{6,10}(?![\d.])/g
const PARTS_OF_A_DEGREE = [1e7, 1e6, 1e5]
/** Two positions this close are the same: a third decimal is 111 m. */
const SAME_DEGREES = 0.000_5
/** Fractions of a degree are copied exactly, and times in seconds look just like them. */
const SAME_PARTS = 0.000_01
const DIGITS = /\d+/g
/** What may separate two digits of one number, and how often. */
const BETWEEN_DIGITS = /^[\s().+-]{0,3}$/
const MAX_DIGITS = 10
const DAY = /(?<!\d)(?:\d{8}|\d{1,4}([-/.])\d{1,2}\1\d{1,4})(?!\d)/g
const NAME = /[a-z0-9._+-]+/g
const TOKEN = /[A-Za-z0-9+/_-]+/g

const NONE: ReadonlySet<string> = new Set()

export class Layer {
  readonly text: string
  readonly lower: string
  /** Only letters and digits. */
  readonly squeezed: string
  readonly #own: readonly number[]
  readonly #terms: Terms | undefined
  #found: { -readonly [Reading in keyof Terms]?: ReadonlySet<string> } | undefined
  // Each is computed on first use. Fields, not a table: a layer is created for every item.
  #words: string | undefined
  #dense: string | undefined
  #isAscii: boolean | undefined
  #emails: ReadonlySet<string> | undefined
  #names: ReadonlySet<string> | undefined
  #v4: ReadonlySet<string> | undefined
  #v6: ReturnType<typeof v6AddressesIn> | undefined
  #degrees: ReturnType<typeof degreesIn> | undefined
  #numbers: ReadonlySet<string> | undefined
  #days: ReadonlySet<string> | undefined
  #links: ReadonlySet<string> | undefined
  #tokens: ReadonlySet<string> | undefined
  #fine: Numbers | undefined
  #inParts: Numbers | undefined

  constructor(text: string, squeezed: string, own: readonly number[], terms: Terms | undefined) {
    this.text = text
    this.lower = text.toLowerCase()
    this.squeezed = squeezed
    this.#own = own
    this.#terms = terms
  }

  get isMany(): boolean {
    return this.#terms !== undefined
  }

  has(reading: keyof Terms, sought: string): boolean {
    if (this.#terms === undefined) return this.#reading(reading).includes(sought)
    this.#found ??= {}
    this.#found[reading] ??= createManySearch(this.#terms[reading])(this.#reading(reading))
    return this.#found[reading].has(sought)
  }

  #reading(reading: keyof Terms): string {
    return this[reading]
  }

  /** See `wordsOf`. */
  get words(): string {
    this.#words ??= wordsOf(withoutEmails(this.text))
    return this.#words
  }

  /** The words without separators. */
  get dense(): string {
    this.#dense ??= this.words.replaceAll(' ', '')
    return this.#dense
  }

  /** False only if a phrase cannot be among the words, which are expensive to compute. */
  mayHavePhrase(phrase: string): boolean {
    if (this.isMany || this.#words !== undefined || !this.isAscii) return true
    if (!this.lower.includes(phrase.slice(1, phrase.indexOf(' ', 1)))) return false
    return this.lower.includes(phrase.slice(phrase.lastIndexOf(' ', phrase.length - 2) + 1, -1))
  }

  get isAscii(): boolean {
    this.#isAscii ??= /^[\0-\x7f]*$/.test(this.text)
    return this.#isAscii
  }

  /** Canonical e-mail addresses. */
  get emails(): ReadonlySet<string> {
    this.#emails ??= this.lower.includes('@') ? emailsIn(this.lower) : NONE
    return this.#emails
  }

  /** Possible local parts of e-mail addresses, as written and without points at their ends. */
  get names(): ReadonlySet<string> {
    this.#names ??= namesIn(this.lower)
    return this.#names
  }

  get v4Addresses(): ReadonlySet<string> {
    this.#v4 ??= v4AddressesIn(this.lower)
    return this.#v4
  }

  get v6Addresses(): ReturnType<typeof v6AddressesIn> {
    this.#v6 ??= v6AddressesIn(this.lower)
    return this.#v6
  }

  get degrees(): ReturnType<typeof degreesIn> {
    this.#degrees ??= degreesIn(this.lower, this.#own)
    return this.#degrees
  }

  /** Numbers of at most ten digits, also grouped with separators, that are not part of longer ones. */
  get numbers(): ReadonlySet<string> {
    this.#numbers ??= numbersIn(this.lower)
    return this.#numbers
  }

  /** Dates in digits. */
  get days(): ReadonlySet<string> {
    this.#days ??= new Set(this.lower.match(DAY) ?? [])
    return this.#days
  }

  get linkParts(): ReadonlySet<string> {
    this.#links ??= linkPartsIn(this.lower)
    return this.#links
  }

  /** True if the text is a complete run of base64 characters, case-sensitive. */
  isToken(text: string): boolean {
    if (!this.isMany && !this.text.includes(text)) return false
    this.#tokens ??= new Set((this.text.match(TOKEN) ?? []).flatMap((run) => [run, ...run.split('/')]))
    return this.#tokens.has(text)
  }

  /** True if a number is this degree to three decimals, or the degree in fractions. */
  holdsDegree(degree: number): boolean {
    this.#fine ??= ascending(fineNumbersIn(this.lower).filter((number) => !this.#own.includes(number)))
    if (holdsNear(this.#fine, degree, SAME_DEGREES)) return true
    if (!this.#mayBeInParts(degree)) return false
    this.#inParts ??= ascending(
      wholeNumbersIn(this.lower).flatMap((number) => PARTS_OF_A_DEGREE.map((parts) => number / parts)),
    )
    return holdsNear(this.#inParts, degree, SAME_PARTS)
  }

  /** The leading digits are the same in any fraction of a degree; near zero there are too few to tell. */
  #mayBeInParts(degree: number): boolean {
    const first = Math.trunc(Math.abs(degree) * 1_000)
    return first < 1_000 || this.isMany || this.lower.includes(String(first))
  }
}

function namesIn(lower: string): ReadonlySet<string> {
  const runs = lower.match(NAME) ?? []
  return new Set(runs.flatMap((run) => [run, run.replace(/^[.+-]+/, '').replace(/([^.+-])[.+-]{1,3}$/, '$1')]))
}

function wholeNumbersIn(lower: string): readonly number[] {
  return (lower.match(WHOLE_NUMBER) ?? []).map(Number)
}

/** Up to this many, a linear search is faster than sorting. */
const FEW_NUMBERS = 16

type Numbers = readonly number[] | Float64Array

function ascending(numbers: readonly number[]): Numbers {
  return numbers.length <= FEW_NUMBERS ? numbers : Float64Array.from(numbers).sort()
}

/** @param sorted ascending, if there are many */
function holdsNear(sorted: Numbers, value: number, distance: number): boolean {
  if (sorted.length <= FEW_NUMBERS) {
    for (const number of sorted) if (number > value - distance && number < value + distance) return true
    return false
  }
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= value - distance) low = middle + 1
    else high = middle
  }
  return low < sorted.length && sorted[low]! < value + distance
}

/** Every sequence of groups counts, from each group on: at most ten digits, and so at most ten groups. */
function numbersIn(lower: string): ReadonlySet<string> {
  const found = new Set<string>()
  const groups: { readonly text: string; readonly at: number }[] = []
  for (const { 0: text, index: at } of lower.matchAll(DIGITS)) groups.push({ text, at })
  for (let first = 0; first < groups.length; first++) {
    let { text, at } = groups[first]!
    for (let next = first + 1; text.length <= MAX_DIGITS; next++) {
      found.add(text)
      const group = groups[next]
      const end = at + groups[next - 1]!.text.length
      if (group === undefined || group.at - end > 3 || !BETWEEN_DIGITS.test(lower.slice(end, group.at))) break
      text += group.text
      at = group.at
    }
  }
  return found
}
