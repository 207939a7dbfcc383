/**
 * What passes of a request, as the text that is sent. Objects and lists become JSON as they are written: nothing is built
 * that would only be turned into text afterwards.
 */
import type { Json } from '../../model/brand.ts'

/** An object or list, as JSON. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export type Written = Json | JsonText

/** What JSON writes as it is, and most of what there is. */
const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const HEADER_TEXT = /^[\x20-\x7e]{1,1024}$/
/** What is filled, and encoded, as the request is sent. */
export const PLACEHOLDER = '{{secret:'

export function jsonText(written: Written): string {
  switch (typeof written) {
    case 'string':
      return NEEDS_NO_ESCAPE.test(written) ? `"${written}"` : JSON.stringify(written)
    case 'object':
      return written instanceof JsonText ? written.text : JSON.stringify(written)
    case 'number':
      // JSON has no word for what is beyond a number's range.
      return Number.isFinite(written) ? String(written) : 'null'
    default:
      return String(written)
  }
}

/** Undefined for a list of nothing. */
export function listText(elements: readonly (Written | undefined)[]): JsonText | undefined {
  let text = ''
  for (const one of elements) if (one !== undefined) text += `${text === '' ? '[' : ','}${jsonText(one)}`
  return text === '' ? undefined : new JsonText(`${text}]`)
}

/** As a form's field, a query's or a header's value. */
function plainText(written: Written): string {
  return typeof written === 'object' && written !== null ? jsonText(written) : String(written)
}

/** Takes an object's members one after another. */
export interface MemberSink {
  add(name: MemberName, written: Written): void
}
/** A member's name, and how JSON writes it with its colon. */
export interface MemberName {
  readonly name: string
  readonly label: string
}

export function memberName(name: string): MemberName {
  return { name, label: `${JSON.stringify(name)}:` }
}

export class JsonMembers implements MemberSink {
  #text = ''
  add({ label }: MemberName, written: Written): void {
    this.#text += `${this.#text === '' ? '{' : ','}${label}${jsonText(written)}`
  }
  /** Undefined while there are none. */
  get text(): string | undefined {
    return this.#text === '' ? undefined : `${this.#text}}`
  }
}

/** A form, or a URL's query. */
export class FormMembers implements MemberSink {
  text = ''
  add({ name }: MemberName, written: Written): void {
    const shown = plainText(written)
    const value = shown.startsWith(PLACEHOLDER) ? shown : encode(shown)
    this.text += `${this.text === '' ? '' : '&'}${encode(name)}=${value}`
  }
}

export class HeaderMembers implements MemberSink {
  readonly texts: Record<string, string> = {}
  add({ name }: MemberName, written: Written): void {
    const text = plainText(written)
    if (HEADER_TEXT.test(text)) this.texts[name] = text
  }
}

/** Half a surrogate pair cannot be written: it becomes the replacement character. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
