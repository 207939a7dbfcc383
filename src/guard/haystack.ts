/**
 * Bytes, prepared once, that are searched for many values in every form that docs/guard.md names: other case, without
 * separators, percent-encoded, escaped, base64, hex, hashed, or in partners' and apps' own formats. Every step is
 * linear in the bytes and the number of steps is fixed; what depends only on the bytes is computed once, on first use.
 */
import { holdsV6 } from './address.ts'
import { holdsCounter } from './counters.ts'
import { type Digests, digestsIn, hasDigest, toBase64Url } from './digests.ts'
import { Layer, type Terms } from './layer.ts'
import { legible } from './letters.ts'
import { MIN_SQUEEZED, type Needle } from './needle.ts'
import { unescapeText } from './normal.ts'
import { holdsEncoded, holdsInLink, isEnough } from './own-ids.ts'
import { holdsPosition } from './position.ts'
import { tokensOfSpacedHex, tokensOverLines } from './spread.ts'
import { dissect, type Token } from './text.ts'
import { type FormsVersion, NEWEST_FORMS } from './version.ts'

export type Form = 'plain' | 'separators' | 'normalised' | 'part' | 'encoded' | 'hash' | 'number'

export interface Haystack {
  /** The form in which the value is in the bytes, or undefined. */
  find(needle: Needle): Form | undefined
  /** False only if no value in the bytes, in any format, is this text; `anyCase`: regardless of case. */
  mayHoldWhole(text: string, anyCase: boolean): boolean
}

/** What may be present: a coarse position may be close to the true one, a coarse address in the same network. */
export interface Own {
  readonly numbers: readonly number[]
  readonly networks: ReadonlySet<string>
}
/** Networks that may be present; whether an address's networks and embedded addresses count. */
interface Reach extends Pick<Own, 'networks'> {
  readonly inside: boolean
}
const NOTHING_OWN: Own = { numbers: [], networks: new Set() }

const MIN_PLAIN = 5
/** Only digits, and too few to be distinct within longer numbers. */
const FEW_DIGITS = /^\d{7,9}$/
const MAX_DECODING_DEPTH = 2
/** From this product of values and characters on, all values are searched for at once. */
const MANY = 16_000_000
/** Texts below this size are searched value by value: no request has enough leaves to matter. */
const LONG = 4_096

/** @param sought all values that will be searched for, if there may be many; not called for a short text */
export function createHaystack(
  bytes: string,
  own: Own = NOTHING_OWN,
  sought?: () => readonly Needle[],
  version: FormsVersion = NEWEST_FORMS,
): Haystack {
  const many = bytes.length < LONG ? undefined : sought?.()
  const terms = many !== undefined && many.length * bytes.length > MANY ? termsOf(many) : undefined
  return new Prepared(unescapeText(bytes, version), own, terms, version)
}

/** A class, because one is created for every item: a table of functions would cost more than its work. */
class Prepared implements Haystack {
  readonly #decoded: string
  readonly #terms: Terms | undefined
  readonly #version: FormsVersion
  readonly #single: readonly Token[]
  readonly #outer: Layer
  readonly #reach: Reach
  #tokens: readonly Token[] | undefined
  /** `null`: nothing is hidden. */
  #inner: Layer | null | undefined
  /** Decoded text is searched for digests as well: a digest in hex, in base64. */
  #insideTokens: readonly Token[] = []
  #digests: readonly Digests[] | undefined

  constructor(decoded: string, own: Own, terms: Terms | undefined, version: FormsVersion) {
    this.#decoded = decoded
    this.#terms = terms
    this.#version = version
    const { squeezed, tokens } = dissect(decoded)
    this.#single = tokens
    this.#outer = new Layer(decoded, squeezed, own.numbers, terms)
    this.#reach = { networks: own.networks, inside: version > 1 }
  }

  find(needle: Needle): Form | undefined {
    const form = formIn(needle, this.#outer, this.#reach, false)
    if (form !== undefined) return form
    const hidden = this.#hidden()
    if (hidden !== null && formIn(needle, hidden, this.#reach, true) !== undefined) return 'encoded'
    if (isEncoded(needle, this.#outer)) return 'encoded'
    this.#digests ??= this.#possibleDigests()
    return hasDigest(needle, this.#digests) ? 'hash' : undefined
  }

  mayHoldWhole(text: string, anyCase: boolean): boolean {
    if (this.#terms !== undefined || !UNALTERED.test(text)) return true
    const [sought, within] = anyCase ? [text.toLowerCase(), this.#outer.lower] : [text, this.#decoded]
    // A form may encode a space as a plus.
    return standsAlone(sought, within) || (sought.includes(' ') && standsAlone(sought.replaceAll(' ', '+'), within))
  }

  #allTokens(): readonly Token[] {
    if (this.#tokens === undefined) {
      const [overLines, spaced] =
        this.#version > 1 ? [tokensOverLines(this.#decoded), tokensOfSpacedHex(this.#decoded)] : [NO_TOKENS, NO_TOKENS]
      const isNone = overLines.length === 0 && spaced.length === 0
      this.#tokens = isNone ? this.#single : [...this.#single, ...overLines, ...spaced]
    }
    return this.#tokens
  }

  #hidden(): Layer | null {
    if (this.#inner === undefined) {
      const hidden: Hidden = { plain: '', squeezed: '', tokens: [] }
      decodeTokens(this.#version > 1 ? this.#allTokens() : this.#allTokens().map(asFirst), 0, hidden)
      if (hidden.plain === '') this.#inner = null
      else {
        this.#insideTokens = hidden.tokens
        this.#inner = new Layer(unescapeText(hidden.plain, this.#version), hidden.squeezed, [], this.#terms)
      }
    }
    return this.#inner
  }

  #possibleDigests(): readonly Digests[] {
    if (this.#version === 1) return digestsIn(this.#allTokens()).filter(({ algorithm }) => algorithm !== 'sha512')
    return digestsIn(this.#hidden() === null ? this.#allTokens() : [...this.#allTokens(), ...this.#insideTokens])
  }
}

const NO_TOKENS: readonly Token[] = []

/** @param isHidden the layer is decoded from base64 or hex, so a number in it is deliberate */
function formIn(needle: Needle, layer: Layer, own: Reach, isHidden: boolean): Form | undefined {
  switch (needle.how) {
    case 'text':
      return textIn(needle, layer)
    case 'word':
      return phraseIn(needle, layer) ?? shortIn(needle, layer, isHidden)
    case 'few_digits':
      if (!layer.has('lower', needle.lower)) return undefined
      return (isHidden ? layer.numbers.has(needle.lower) : holdsCounter(layer, needle.lower)) ? 'part' : undefined
    case 'email':
      return textIn(needle, layer) ?? emailIn(needle, layer)
    case 'phone':
      return textIn(needle, layer) ?? nationalIn(needle, layer)
    case 'ip':
      return holdsAddress(needle, layer, own) || (isHidden && layer.has('squeezed', needle.squeezed))
        ? 'plain'
        : undefined
    case 'degree':
      return layer.holdsDegree(Number(needle.text)) ? 'number' : undefined
    case 'position':
      return holdsPosition(layer.lower, () => layer.degrees, needle.told.position!) ? 'number' : undefined
    case 'name':
    case 'street':
      return phraseIn(needle, layer)
    case 'date':
      return needle.told.days.some((spelling) => layer.days.has(spelling)) ? 'plain' : undefined
  }
}

/** In a link; in decoded text also as a JSON value. */
function shortIn({ lower }: Needle, layer: Layer, isHidden: boolean): Form | undefined {
  if (!layer.has('lower', lower)) return undefined
  const isValue = isHidden && isEnough(lower) && layer.lower.includes(`"${lower}"`)
  return isValue || holdsInLink(layer, lower) ? 'part' : undefined
}

function phraseIn({ told }: Needle, layer: Layer): Form | undefined {
  if (told.dense.length > 0 && !layer.isAscii && told.dense.some((name) => layer.has('dense', name))) return 'plain'
  return told.phrases.some((phrase) => layer.mayHavePhrase(phrase) && layer.has('words', phrase)) ? 'plain' : undefined
}

function textIn(needle: Needle, layer: Layer): Form | undefined {
  if (needle.squeezed.length < MIN_SQUEEZED)
    return needle.lower.length >= MIN_PLAIN && layer.has('lower', needle.lower) ? 'plain' : undefined
  // A text present as it is is also present squeezed.
  if (!layer.has('squeezed', needle.squeezed)) return undefined
  if (FEW_DIGITS.test(needle.squeezed) && !layer.numbers.has(needle.squeezed)) return undefined
  return layer.has('lower', needle.lower) ? 'plain' : 'separators'
}

function emailIn({ told: { email, local } }: Needle, layer: Layer): Form | undefined {
  if (email !== '' && layer.emails.has(email)) return 'normalised'
  return local !== undefined && layer.has('lower', local) && layer.names.has(local) ? 'part' : undefined
}

function nationalIn({ told: { national } }: Needle, layer: Layer): Form | undefined {
  if (national === undefined || !layer.has('squeezed', national)) return undefined
  const isChance = FEW_DIGITS.test(national) && !layer.numbers.has(national) && !layer.numbers.has(`0${national}`)
  return isChance ? undefined : 'normalised'
}

function holdsAddress({ told: { address }, squeezed }: Needle, layer: Layer, own: Reach): boolean {
  const { v4, v6, mayBeIn } = address!
  if (v4 !== undefined && (layer.isMany || mayBeIn(layer.squeezed)) && layer.v4Addresses.has(v4)) return true
  if (v4 !== undefined && own.inside && layer.v6Addresses.v4.has(v4)) return true
  if (v6 === undefined) return false
  return (
    layer.has('squeezed', v6) ||
    (squeezed.length === 32 && layer.has('squeezed', squeezed)) ||
    (own.inside ? holdsV6(v6, layer.v6Addresses, own.networks) : layer.v6Addresses.whole.has(v6))
  )
}

function termsOf(sought: readonly Needle[]): Terms {
  const terms = {
    squeezed: new Set<string>(),
    lower: new Set<string>(),
    words: new Set<string>(),
    dense: new Set<string>(),
  }
  for (const { squeezed, lower, told } of sought) {
    const { local, national, address, phrases, dense } = told
    if (squeezed !== '') terms.squeezed.add(squeezed)
    if (national !== undefined) terms.squeezed.add(national)
    if (address?.v6 !== undefined) terms.squeezed.add(address.v6)
    if (lower !== '') terms.lower.add(lower)
    if (local !== undefined) terms.lower.add(local)
    for (const phrase of phrases) terms.words.add(phrase)
    for (const name of dense) terms.dense.add(name)
  }
  return terms
}

/** Characters that unescaping and percent-decoding leave unchanged. */
const UNALTERED = /^[\x20-\x24\x27-\x5b\x5d-\x7e]+$/

/** True if the surroundings could delimit a value: no letter or digit, except an escaped line break. */
function standsAlone(text: string, within: string): boolean {
  for (let at = within.indexOf(text); at >= 0; at = within.indexOf(text, at + 1)) {
    const begins = !isOfWord(within, at - 1) || within[at - 2] === '\\'
    if (begins && !isOfWord(within, at + text.length)) return true
    // It begins nowhere else in this word: searching further would cost the text's length for each letter.
    if (isOfWord(within, at) && within[at - 1] !== '\\') while (isOfWord(within, at + 1)) at++
  }
  return false
}

function isOfWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

/** What the first version took for hex and for base64. */
function asFirst(token: Token): Token {
  const { text } = token
  const isMixed = /[a-z]/.test(text) && /[A-Z]/.test(text)
  return { ...token, hasHex: /^[0-9a-f]+$/i.test(text), isMixed }
}

const HEX_RUN = /[0-9a-f]{14,}/gi

/** Decoded content: its text, one token a line; squeezed; its tokens. */
interface Hidden {
  plain: string
  squeezed: string
  readonly tokens: Token[]
}

/** The content of base64- and hex-like tokens, one a line, so that texts of two tokens never join. */
function decodeTokens(tokens: readonly Token[], depth: number, hidden: Hidden): void {
  for (const { text, hasHex, isMixed } of tokens) {
    if (hasHex) {
      for (const run of text.match(HEX_RUN) ?? []) {
        decodeToken(run, 'hex', depth, hidden)
        // A digit before it may belong to something else.
        if (run.length % 2 === 1) decodeToken(run.slice(1), 'hex', depth, hidden)
      }
    }
    if (!isMixed) continue
    // A token may begin with letters outside the encoding.
    for (let start = 0; start < Math.min(4, text.length - 9); start++)
      decodeToken(text.slice(start), 'base64', depth, hidden)
  }
}

function decodeToken(token: string, encoding: 'hex' | 'base64', depth: number, hidden: Hidden): void {
  const plain = legible(Buffer.from(token, encoding))
  if (plain === undefined) return
  const { squeezed, tokens } = dissect(plain)
  hidden.plain += `\n${plain}`
  hidden.squeezed += ` ${squeezed}`
  for (const inner of tokens) hidden.tokens.push(inner)
  if (depth < MAX_DECODING_DEPTH) decodeTokens(tokens, depth + 1, hidden)
}

/** A value so short that its base64 and hex forms are searched for, and not the value in decoded text. */
function isEncoded({ how, text, squeezed }: Needle, layer: Layer): boolean {
  if (how === 'word') return holdsEncoded(layer, text)
  if (how === 'few_digits')
    return layer.isToken(Buffer.from(text).toString('base64url')) || layer.isToken(Buffer.from(text).toString('hex'))
  if ((how !== 'email' && how !== 'phone') || squeezed.length >= MIN_SQUEEZED) return false
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])].some(
    (spelling) =>
      layer.lower.includes(Buffer.from(spelling).toString('hex')) ||
      base64Forms(spelling).some((form) => layer.text.includes(form) || layer.text.includes(toBase64Url(form))),
  )
}

/** The part of any containing text's base64 that does not depend on the surroundings: three alignments. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
    const first = Math.ceil((before * 8) / 6)
    return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6))
  })
}
