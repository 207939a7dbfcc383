/** Parses a file of existing opt-outs. The caller stores each row. */
import type { EpochMs } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import { IDENTITY_KINDS, type Identity, type IdentityKind } from '../model/event.ts'
import { isUnreadable } from '../model/json-text.ts'
import { ADVERTISING_DIMENSIONS, DIMENSIONS, type Dimension, type DimensionBits } from '../model/signal.ts'
import type { UserIds } from '../model/user-ids.ts'
import { csvLines, isRounded, splitLines } from './csv.ts'
import { leftOutOf } from './named.ts'
import type { FoundNamespace } from './namespaces.ts'

export type ImportFormat = 'jsonl' | 'csv'

export interface ChoiceRow {
  readonly identity: Identity
  readonly statement: ChoiceStatement
}
/** `line` counts from 1. A problem names columns and their allowed values, never actual values. */
export type ParsedRow =
  | { readonly line: number; readonly row: ChoiceRow }
  | { readonly line: number; readonly problem: string }

export interface ImportDefaults {
  /** The time of the import: the default for `at`, and its upper bound. */
  readonly now: EpochMs
  /** Default for `said_by`: `import`, `import:2026-11-crm`. */
  readonly saidBy: string
  /** The namespace that the row names, or the only one. */
  readonly namespaceOf: (name: string | undefined) => FoundNamespace
}

const COLUMNS = ['kind', 'value', 'denies', 'at', 'said_by', 'namespace'] as const
type Column = (typeof COLUMNS)[number]
type Raw = Readonly<Partial<Record<Column, unknown>>>

const MAX_VALUE_CHARACTERS = 512
const SAID_BY = /^[\w:.-]{1,64}$/
const ISO_DAY_OR_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/

/**
 * Columns, or keys of one JSON object a line: `kind` (user, anonymous, advertising_id, vendor_id), `value`, and optionally
 * `denies` (names of dimensions, space- or `|`-separated or a JSON list; sale, sharing and targeted_advertising where
 * it is missing), `at` (ISO 8601, a day is UTC midnight; or epoch milliseconds), `said_by` (a role or system, never a
 * person's name) and `namespace` (of a user id, if there are several). A CSV file begins with its column names and is
 * separated by commas, semicolons or tabs. An import only narrows: no row can permit. A placeholder or malformed value is a
 * problem. docs/identities.md documents the format.
 */
export async function* parseChoiceRows(
  text: AsyncIterable<string | Uint8Array>,
  format: ImportFormat,
  defaults: ImportDefaults,
): AsyncIterable<ParsedRow> {
  const lines = splitLines(text)
  const records = format === 'csv' ? csvRecords(lines) : jsonRecords(lines)
  for await (const record of records) {
    if ('problem' in record) yield record
    else yield { line: record.line, ...readRow(record.raw, defaults) }
  }
}

type RawRecord = { readonly line: number; readonly raw: Raw } | { readonly line: number; readonly problem: string }

async function* jsonRecords(lines: AsyncIterable<string>): AsyncIterable<RawRecord> {
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    const value = parseJson(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      yield { line, problem: 'is not a JSON object' }
      continue
    }
    const unknown = Object.keys(value).filter((key) => !isColumn(key))
    // A key may itself be a misplaced personal value: count it, never print it.
    if (unknown.length > 0)
      yield { line, problem: `has ${unknown.length} unknown key(s); known: ${COLUMNS.join(', ')}` }
    else yield { line, raw: value as Raw }
  }
}

async function* csvRecords(lines: AsyncIterable<string>): AsyncIterable<RawRecord> {
  let columns: readonly Column[] | undefined
  for await (const { line, text, fields } of csvLines(lines)) {
    if (columns === undefined) {
      columns = fields === undefined ? undefined : readHeader(fields)
      if (columns !== undefined) continue
      yield { line, problem: text.includes('\0') ? NOT_UTF_8 : NO_HEADER }
      return
    }
    if (fields === undefined) yield { line, problem: 'has a quote that is not closed or out of place' }
    else if (fields.length !== columns.length) {
      yield { line, problem: `has ${fields.length} fields where ${columns.length} are named` }
    } else {
      const named = columns.map((column, index) => [column, fields[index]] as const)
      yield { line, raw: Object.fromEntries(named.filter(([, field]) => field !== '')) }
    }
  }
}

const NO_HEADER =
  'must name the columns: kind, value and any of denies, at, said_by, namespace, separated by commas, semicolons or tabs'
const ROUNDED = 'value is a number that a spreadsheet rounded: its last digits are gone. Export it as text'
const NOT_UTF_8 = 'is not UTF-8: save the file as "CSV UTF-8"'

function readHeader(fields: readonly string[]): readonly Column[] | undefined {
  const columns = fields.map((field) => field.toLowerCase()).filter(isColumn)
  const isWhole = columns.length === fields.length && new Set(columns).size === columns.length
  return isWhole && columns.includes('kind') && columns.includes('value') ? columns : undefined
}

function readRow(raw: Raw, { now, saidBy, namespaceOf }: ImportDefaults): { row: ChoiceRow } | { problem: string } {
  const kind = IDENTITY_KINDS.find((name): name is IdentityKind => name === raw.kind)
  if (kind === undefined) return { problem: `kind must be one of ${IDENTITY_KINDS.join(', ')}` }
  const { value } = raw
  if (typeof value !== 'string' || value.length > MAX_VALUE_CHARACTERS) {
    return { problem: `value must be a text of at most ${MAX_VALUE_CHARACTERS} characters` }
  }
  if (isUnreadable(value)) return { problem: 'value holds what is no text: is the file UTF-8?' }
  if (isRounded(value)) return { problem: ROUNDED }
  const { namespace } = raw
  const found = kind === 'user' ? namespaceOf(namespace === undefined ? undefined : String(namespace)) : NO_NAMESPACE
  if (!found.ok) return { problem: `namespace must be one of ${found.known.join(', ')}` }
  const identity: Identity = found.of === undefined ? { kind, value } : { kind, value, of: found.of }
  const left = leftOutOf(identity)
  if (left !== undefined) {
    const problem =
      left.why === 'placeholder'
        ? 'value is empty, zeroed or a placeholder: it names nobody'
        : `value is not ${left.allowed}`
    return { problem }
  }
  const denies = readDenies(raw.denies)
  if (denies === undefined) return { problem: `denies must name some of ${Object.keys(DIMENSIONS).join(', ')}` }
  const at = raw.at === undefined ? now : readTime(raw.at)
  if (at === undefined) return { problem: 'at must be ISO 8601 with a time zone, a day, or epoch milliseconds' }
  if (at > now) return { problem: 'at lies in the future' }
  const by = raw.said_by ?? saidBy
  if (typeof by !== 'string' || !SAID_BY.test(by)) {
    return { problem: 'said_by must be at most 64 letters, digits, : . _ or -' }
  }
  return { row: { identity, statement: { denies, permits: 0, child: false, channel: 'import', saidBy: by, at } } }
}

const NO_NAMESPACE: { readonly ok: true; readonly of: UserIds | undefined } = { ok: true, of: undefined }

function readDenies(value: unknown): DimensionBits | undefined {
  if (value === undefined) return ADVERTISING_DIMENSIONS
  const names = typeof value === 'string' ? value.split(/[\s|;]+/).filter((name) => name !== '') : value
  if (!Array.isArray(names) || names.length === 0) return undefined
  let bits: DimensionBits = 0
  for (const name of names) {
    if (typeof name !== 'string' || !Object.hasOwn(DIMENSIONS, name)) return undefined
    bits |= DIMENSIONS[name as Dimension]
  }
  return bits
}

function readTime(value: unknown): EpochMs | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{9,15}$/.test(value))
  if (isNumber) return Number.isSafeInteger(Number(value)) && Number(value) >= 0 ? Number(value) : undefined
  if (typeof value !== 'string' || !ISO_DAY_OR_TIME.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : time
}

function isColumn(name: string): name is Column {
  return COLUMNS.some((column) => column === name)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
