/** The languages of a user's own pages, and which of them a request asks for. */
import type { Request } from 'express'
import type { StatementWords } from '../../subjects/plain-words.ts'
import { ENGLISH as STATEMENT_ENGLISH } from '../../subjects/words/en.ts'
import { SPANISH as STATEMENT_SPANISH } from '../../subjects/words/es.ts'
import type { PartnerWords } from '../public-list/words.ts'
import { ENGLISH as PARTNER_ENGLISH } from '../public-list/words-en.ts'
import { SPANISH as PARTNER_SPANISH } from '../public-list/words-es.ts'
import { ENGLISH, type Texts } from './texts/en.ts'
import { SPANISH } from './texts/es.ts'

export interface Language {
  /** BCP 47. */
  readonly code: string
  /** The language's name in itself. */
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
  readonly texts: Texts
  readonly partner: PartnerWords
  readonly statement: StatementWords
}

const EN: Language = {
  code: 'en',
  name: 'English',
  dir: 'ltr',
  texts: ENGLISH,
  partner: PARTNER_ENGLISH,
  statement: STATEMENT_ENGLISH,
}
const ES: Language = {
  code: 'es',
  name: 'Español',
  dir: 'ltr',
  texts: SPANISH,
  partner: PARTNER_SPANISH,
  statement: STATEMENT_SPANISH,
}
/** In the order shown; the first is the default. */
export const LANGUAGES: readonly Language[] = [EN, ES]

const OVERRIDE = '\u202e'
const POP = '\u202c'

/**
 * English from right to left, by Unicode's override, to review the pages as Arabic or Hebrew readers would see them.
 * Only by explicit request.
 */
export const PSEUDO: Language = { ...EN, code: 'ar-XB', name: 'Pseudo', dir: 'rtl', texts: mirrored(ENGLISH) }

/** Words except placeholders, which keep their direction. */
function mirrored<T extends object>(texts: T): T {
  const mirror = (text: string): string =>
    text.replace(/\{\w+\}|[^{}]+/gu, (part) => (part.startsWith('{') ? part : `${OVERRIDE}${part}${POP}`))
  // Sound: the same names, each with a text.
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, typeof value === 'string' ? mirror(value) : mirrored(value)]),
  ) as T
}

/** By `?lang=`, a form's `lang`, then the browser's preference. */
export function languageOf(request: Request, asked: unknown = request.query.lang): Language {
  const named = [...LANGUAGES, PSEUDO].find(({ code }) => code === asked)
  if (named !== undefined) return named
  const preferred = request.acceptsLanguages(LANGUAGES.map(({ code }) => code))
  return LANGUAGES.find(({ code }) => code === preferred) ?? EN
}

/** Fills a text's placeholders. Throws for one without a value, which is a bug. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/gu, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {${name}}`)
    return value
  })
}

/** `2026-11` → `November 2026`. */
export function monthIn({ code, dir }: Language, month: string): string {
  const locale = dir === 'rtl' ? 'en-GB' : code
  return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(month))
}

/** `3 May 2026`, UTC; the text itself if it is not a day. */
export function dayIn({ code, dir }: Language, at: number | string): string {
  const time = typeof at === 'number' ? at : Date.parse(at)
  if (Number.isNaN(time)) return String(at)
  const locale = dir === 'rtl' ? 'en-GB' : code === 'en' ? 'en-GB' : code
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    time,
  )
}
