/** One YAML file: its value as plain data, and where in the text each part of it stands. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Path, Problem } from './problem.ts'
import { printPath } from './problem.ts'

/** Aliases (`*name`) a file may use: enough to share a block, too few to blow up. */
const MAX_ALIASES = 50
const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype']

const NO_ANCHOR = 'an alias (*name) without its anchor (&name) before it; a text that starts with * needs quotes'

export interface Place {
  readonly line: number
  readonly column: number
}

export interface Source {
  readonly file: string
  readonly text: string
  readonly value: unknown
  /** Where a value stands, or its key; the nearest part above it where it is not in the file. */
  place(path: Path, part: 'key' | 'value'): Place
}

export interface Finding {
  readonly found: string
  readonly allowed?: string
  readonly hint?: string
  /** Default `value`. */
  readonly at?: 'key' | 'value'
}

/** A finding with its place filled in. */
export function problemAt(
  source: Source,
  path: Path,
  { found, allowed = '', hint = '', at = 'value' }: Finding,
): Problem {
  return { file: source.file, ...source.place(path, at), path: printPath(path), found, allowed, hint }
}

/** Parses one file. With any problem there is no source: what the rest of the text means is then a guess. */
export function parseSource(
  file: string,
  text: string,
): { readonly source?: Source; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const whole = (found: string, hint = ''): { problems: Problem[] } => ({
    problems: [{ file, line: 1, column: 1, path: '', found, allowed: '', hint }],
  })
  let document: Document.Parsed
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' })
  } catch {
    // The parser's own message may quote the text, and the text may hold a secret.
    return whole('not readable as YAML')
  }
  const problems: Problem[] = []
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  for (const error of [...document.errors, ...document.warnings]) {
    problems.push({ file, ...placeOf(error.pos[0]), path: '', found: syntaxPhrase(error.code), allowed: '', hint: '' })
  }
  for (const { offset, found, hint } of oddParts(document)) {
    problems.push({ file, ...placeOf(offset), path: '', found, allowed: '', hint })
  }
  if (problems.length > 0) return { problems }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    return whole('aliases (*name) that stand for too much', 'Write the values out.')
  }
  const place = (path: Path, part: 'key' | 'value'): Place => placeOf(offsetOf(document, path, part))
  return { source: { file, text, value, place }, problems }
}

/** What YAML permits and a configuration does not: keys twice, keys that are no text, names JavaScript gives a meaning. */
function oddParts(document: Document.Parsed): { offset: number; found: string; hint: string }[] {
  const odd: { offset: number; found: string; hint: string }[] = []
  let aliases = 0
  visit(document, {
    Alias(_, alias) {
      aliases += 1
      if (alias.resolve(document) === undefined) odd.push({ offset: offsetAt(alias), found: NO_ANCHOR, hint: '' })
      if (aliases === MAX_ALIASES + 1) {
        odd.push({
          offset: offsetAt(alias),
          found: `more than ${MAX_ALIASES} aliases (*name)`,
          hint: 'Write the values out.',
        })
      }
    },
    Map(_, map) {
      const seen = new Map<string, number>()
      for (const { key } of map.items) {
        const offset = offsetAt(key)
        if (!isScalar(key) || (typeof key.value !== 'string' && typeof key.value !== 'number')) {
          odd.push({ offset, found: 'a key that is not a text', hint: '' })
          continue
        }
        const name = String(key.value)
        if (FORBIDDEN_KEYS.includes(name)) odd.push({ offset, found: `${name} cannot be a key`, hint: '' })
        const first = seen.get(name)
        // The key's name is left out: `{ token: { <secret>, <secret> } }` would print it.
        if (first !== undefined)
          odd.push({ offset, found: 'the same key twice in one map', hint: 'Remove one of them.' })
        seen.set(name, offset)
      }
    },
  })
  return odd
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = offsetAt(node)
  for (const [index, step] of path.entries()) {
    const holder = isAlias(node) ? node.resolve(document) : node
    const isLast = index === path.length - 1
    if (isMap(holder)) {
      const pair = pairOf(holder, step)
      if (pair === undefined) return offset
      // An empty value (`share:`) has no text of its own: its key is the place.
      const empty =
        pair.value === null || (isScalar(pair.value) && pair.value.value === null && pair.value.source === '')
      offset = offsetAt((isLast && part === 'key') || empty ? pair.key : pair.value)
      node = pair.value
    } else if (isSeq(holder) && typeof step === 'number' && holder.items[step] !== undefined) {
      node = holder.items[step]
      offset = offsetAt(node)
    } else return offset
  }
  return offset
}

function pairOf(map: YAMLMap<unknown, unknown>, key: string | number): Pair<unknown, unknown> | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
}

function offsetAt(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0
}

/** The parser's messages may quote the text; these say the same without it. */
function syntaxPhrase(code: string): string {
  switch (code) {
    case 'BAD_INDENT':
    case 'TAB_AS_INDENT':
      return 'wrong indentation (spaces, the same number for all keys of one map), or a [ or { before it that is not closed'
    case 'BAD_ALIAS':
      return NO_ANCHOR
    case 'BAD_DQ_ESCAPE':
      return 'an unknown \\ escape in a double-quoted text'
    case 'BAD_SCALAR_START':
      return 'a text that starts with a sign that YAML keeps for itself: put it in quotes'
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a key or a value without its colon, or a text with a colon in it that needs quotes'
    case 'MISSING_CHAR':
      return 'a closing sign or a separator is missing: " \' ] } , or the space after a colon'
    case 'MULTIPLE_DOCS':
      return 'a second document (---): one file holds one'
    case 'TAG_RESOLVE_FAILED':
      return 'a tag (!name): tags have no meaning here'
    default:
      return 'not valid YAML here'
  }
}
