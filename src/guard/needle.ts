/** A value to search for, with all its forms, prepared once for many texts. */
import { hash } from 'node:crypto'
import { isPlaceholder } from '../model/placeholder.ts'
import { type AddressNeedle, addressNeedle } from './address.ts'
import { canonicalEmail, emailSpellings, notableLocal } from './email.ts'
import { isDense } from './letters.ts'
import { idPhrases } from './own-ids.ts'
import { nationalNumber, phoneSpellings } from './phone.ts'
import { type Position, positionOf } from './position.ts'
import { shapeOf } from './shape.ts'
import { squeeze } from './text.ts'
import { type FormsVersion, NEWEST_FORMS } from './version.ts'
import {
  dateSpellings,
  denseNames,
  namePhrases,
  nameSpellings,
  streetPhrase,
  streetSpellings,
  wholeNames,
} from './words.ts'

/** How a value is searched for. */
export type How =
  | 'text'
  | 'word'
  | 'few_digits'
  | 'email'
  | 'phone'
  | 'ip'
  | 'degree'
  | 'position'
  | 'name'
  | 'street'
  | 'date'
/** As digests are compared: base64 without alphabet differences and padding. */
export type Encoding = 'hex' | 'base64url'
export type Algorithm = 'md5' | 'sha1' | 'sha256' | 'sha512'

/** What only some kinds of values have. */
interface Told {
  /** For an e-mail address: its canonical spelling, and the local part if that identifies a user. */
  readonly email: string
  readonly local: string | undefined
  /** For a phone number with its country: the national number. */
  readonly national: string | undefined
  readonly address: AddressNeedle | undefined
  readonly position: Position | undefined
  /** For names and streets: compared with `wordsOf` a text. */
  readonly phrases: readonly string[]
  /** For names in scripts without spaces: compared with a text without spaces. */
  readonly dense: readonly string[]
  /** For names: compared with `wholeOf` a value. */
  readonly whole: readonly string[]
  /** For dates: as they are written in digits. */
  readonly days: readonly string[]
}
const NOTHING: Told = {
  email: '',
  local: undefined,
  national: undefined,
  address: undefined,
  position: undefined,
  phrases: [],
  dense: [],
  whole: [],
  days: [],
}

/** One shape for all kinds: one is created for each leaf of each event. */
export class Needle {
  readonly how: How
  readonly text: string
  readonly lower: string
  /** Only letters and digits. */
  readonly squeezed: string
  readonly told: Told
  #digests: { [Name in `${Algorithm} ${Encoding}`]?: readonly string[] } | undefined

  readonly #version: FormsVersion

  constructor(how: How, text: string, told: Told = NOTHING, version: FormsVersion = NEWEST_FORMS) {
    this.#version = version
    this.how = how
    this.text = text
    this.lower = text.toLowerCase()
    this.squeezed = squeeze(text)
    this.told = told
  }

  /** Of every spelling that partners hash, computed on first use: few items contain a digest. */
  digests(algorithm: Algorithm, encoding: Encoding): readonly string[] {
    const name = `${algorithm} ${encoding}` as const
    this.#digests ??= {}
    this.#digests[name] ??= [...new Set(this.#version > 1 ? spellingsOf(this) : idSpellings(this.text))].map(
      (spelling) => hash(algorithm, spelling, encoding),
    )
    return this.#digests[name]
  }
}

function spellingsOf({ how, text, told }: Needle): readonly string[] {
  switch (how) {
    case 'text':
    case 'word':
      return idSpellings(text)
    case 'few_digits':
      return [text]
    case 'email':
      return emailSpellings(text)
    case 'phone':
      return [...phoneSpellings(text), ...idSpellings(text)]
    case 'ip': {
      const groups = told.address?.v6?.match(/..../g) ?? []
      return [text, text.trim(), text.toLowerCase(), ...(groups.length > 0 ? [groups.join(':')] : [])]
    }
    case 'degree':
      return [text, text.trim()]
    case 'position':
      return [text, text.replace(',', ', ')]
    case 'name':
      return nameSpellings(text)
    case 'street':
      return streetSpellings(text)
    case 'date':
      return [text, ...told.days]
  }
}

/** A value squeezed to fewer letters and digits than this is too common to search for. */
export const MIN_SQUEEZED = 7
/** Counters as ids, searched for only in the position of an id. */
const FEW_DIGITS = /^\d{5,6}$/
const MIN_PHONE_DIGITS = 7
const MIN_ID = 3
const MAX_ID = 512

/** By its look alone; undefined for a plain value, which is too common and is only compared whole. */
export function needleOf(text: string): Needle | undefined {
  switch (shapeOf(text)) {
    case 'value':
      return undefined
    case 'ip':
      return new Needle('ip', text, { ...NOTHING, address: addressNeedle(text) })
    case 'coordinates':
      return new Needle('degree', text)
    case 'contact':
      return text.includes('@') ? emailNeedle(text) : phoneNeedle(text)
    case 'identifier':
      return new Needle('text', text)
  }
}

/** The same with the forms of the first version. */
export function firstNeedleOf(text: string): Needle | undefined {
  const needle = needleOf(text)
  if (needle === undefined) return undefined
  const { how, told } = needle
  return new Needle(how, text, how === 'ip' ? told : NOTHING, 1)
}

/**
 * By the slot it is kept in, or the class of its key.
 * @param kind a field class, or any other word for a value of no class
 */
export function needleOfKind(kind: string, text: string): Needle | undefined {
  switch (kind) {
    case 'email':
      return text.includes('@') ? emailNeedle(text) : needleOf(text)
    case 'phone':
      return isPhoneText(text) ? phoneNeedle(text) : needleOf(text)
    case 'name':
      // A single word is only searched for hashed.
      if (text.trim().length < 2) return undefined
      return nameNeedle(text)
    case 'name_part':
      return text.trim().length < 2 ? undefined : new Needle('name', text, { ...NOTHING, phrases: namePhrases(text) })
    case 'address': {
      const phrase = streetPhrase(text)
      return phrase === undefined ? needleOf(text) : new Needle('street', text, { ...NOTHING, phrases: [phrase] })
    }
    case 'birth_date': {
      const days = dateSpellings(text)
      return days.length === 0 ? undefined : new Needle('date', text, { ...NOTHING, days })
    }
    case 'user_id':
    case 'anonymous_id':
    case 'device_id':
    case 'partner_id':
    case 'push_token':
    case 'click_id':
      return FEW_DIGITS.test(text) ? new Needle('few_digits', text) : (needleOf(text) ?? idNeedle(text))
    default:
      return needleOf(text)
  }
}

/** Both degrees of a position; undefined if they are not degrees, or whole. */
export function positionNeedle(latitude: string, longitude: string): Needle | undefined {
  const position = positionOf(Number(latitude), Number(longitude))
  return position && new Needle('position', `${latitude},${longitude}`, { ...NOTHING, position })
}

/** What is found in any text is also found as a whole value. */
function nameNeedle(text: string): Needle {
  const [phrases, dense] = [namePhrases(text), denseNames(text)]
  const whole = dense.length > 0 || (phrases.length > 0 && !isDense(text)) ? [] : wholeNames(text)
  return new Needle('name', text, { ...NOTHING, phrases, dense, whole })
}

/** For an id's own class, whatever it looks like. */
function idNeedle(text: string): Needle | undefined {
  const trimmed = text.trim()
  if (trimmed.length < MIN_ID || trimmed.length > MAX_ID || isPlaceholder(trimmed)) return undefined
  return new Needle('word', trimmed, { ...NOTHING, phrases: idPhrases(trimmed) })
}

function emailNeedle(text: string): Needle {
  const lower = text.trim().toLowerCase()
  return new Needle('email', text, { ...NOTHING, email: canonicalEmail(lower), local: notableLocal(lower) })
}

function phoneNeedle(text: string): Needle {
  const national = nationalNumber(text)
  return new Needle('phone', text, national === undefined ? NOTHING : { ...NOTHING, national })
}

function isPhoneText(text: string): boolean {
  return text.replace(/\D/g, '').length >= MIN_PHONE_DIGITS && !/[a-z]/i.test(text)
}

/** Hashes as partners specify them: of the text, trimmed, in either case, without hyphens, only a number's digits. */
function idSpellings(text: string): readonly string[] {
  const trimmed = text.trim()
  const bare = trimmed.replace(/[-\s().+]/g, '')
  const lower = trimmed.toLowerCase()
  const spellings = [text, trimmed, lower, trimmed.toUpperCase(), bare, bare.toLowerCase(), bare.toUpperCase()]
  return /^\d+$/.test(bare) ? [...spellings, `+${bare}`] : spellings
}
