/**
 * The passing parts of a request, serialised as they are written: no intermediate objects are built.
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

/** Text that needs no escaping: most of it. */
const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const HEADER_TEXT = /^[\x20-\x7e]{1,1024}$/
/** Secrets are injected and encoded when the request is sent. */
export const PLACEHOLDER = '{{secret:'

export function jsonText(written: Written): string {
  switch (typeof written) {
    case 'string':
      return NEEDS_NO_ESCAPE.test(written) ? `"${written}"` : JSON.stringify(written)
    case 'object':
      return written instanceof JsonText ? written.text : JSON.stringify(written)
    case 'number':
      // JSON has no representation of infinity.
      return Number.isFinite(written) ? String(written) : 'null'
    default:
      return String(written)
  }
}

/** Undefined for an empty list. */
export function listText(elements: readonly (Written | undefined)[]): JsonText | undefined {
  let text = ''
  for (const one of elements) if (one !== undefined) text += `${text === '' ? '[' : ','}${jsonText(one)}`
  return text === '' ? undefined : new JsonText(`${text}]`)
}

/** As the value of a form field, query parameter or header. */
function plainText(written: Written): string {
  return typeof written === 'object' && written !== null ? jsonText(written) : String(written)
}

/** Receives an object's members in order. */
export interface MemberSink {
  add(name: MemberName, written: Written): void
}
/** A member's name, and its JSON form with the colon. */
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
  /** Undefined if there are none. */
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

/** An unpaired surrogate cannot be encoded: it becomes the replacement character. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
