/** One YAML file: its value as plain data, and the position of each part in the text. */
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
import type { Path, Problem } from '../model/problem.ts'
import { printPath } from '../model/problem.ts'

/** Maximum aliases (`*name`) per file: enough to share a block, too few for an expansion attack. */
const MAX_ALIASES = 50
/** Deeper than any contract, and shallow enough for every recursive walk. */
const MAX_DEPTH = 64
const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype']

const NO_ANCHOR = 'an alias (*name) without its anchor (&name) before it; a text that starts with * needs quotes'

export interface Place {
  readonly line: number
  readonly column: number
  /** Set if the part is in another file that this one draws on: that file. */
  readonly file?: string
  /** Then the name of the file itself. */
  readonly of?: string
}

export interface Source {
  readonly file: string
  readonly text: string
  readonly value: unknown
  /** Position of a value or its key; of the nearest part above it if it is not in the file. */
  place(path: Path, part: 'key' | 'value'): Place
}

export interface Finding {
  readonly found: string
  readonly allowed?: string
  readonly hint?: string
  /** Default `value`. */
  readonly at?: 'key' | 'value'
}

/** A finding with its position. */
export function problemAt(
  source: Source,
  path: Path,
  { found, allowed = '', hint = '', at = 'value' }: Finding,
): Problem {
  const { of, ...place } = source.place(path, at)
  const what = of === undefined ? found : `${found} (for ${of})`
  return { file: source.file, ...place, path: printPath(path), found: what, allowed, hint }
}

/** Parses one file. If there is any problem there is no source, because the meaning of the rest would be a guess. */
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
    // The parser's own message may quote the text, and so a secret.
    return whole('not readable as YAML')
  }
  const problems: Problem[] = []
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  for (const error of [...document.errors, ...document.warnings]) {
    const found = isTabbed(text, error.pos[0]) ? TAB : syntaxPhrase(error.code)
    problems.push({ file, ...placeOf(error.pos[0]), path: '', found, allowed: '', hint: '' })
  }
  let odd: readonly Odd[]
  try {
    odd = oddParts(document, (offset) => placeOf(offset).line)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return whole(TOO_DEEP)
  }
  for (const { offset, found, hint } of odd) {
    problems.push({ file, ...placeOf(offset), path: '', found, allowed: '', hint })
  }
  if (problems.length === 0 && document.contents === null)
    return whole('an empty file', 'Write what belongs into it, or remove it.')
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

interface Odd {
  readonly offset: number
  readonly found: string
  readonly hint: string
}
const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`
const TAB = 'a tab at the beginning of a line, where only spaces may indent'

/**
 * Valid YAML that a configuration does not allow: duplicate keys, keys that are no text, names special to JavaScript, merge keys,
 * nodes that contain themselves (YAML 1.2, section 3.2.1 permits graphs; all later code expects a tree).
 */
function oddParts(document: Document.Parsed, lineOf: (offset: number) => number): readonly Odd[] {
  const odd: Odd[] = []
  let aliases = 0
  let isDeep = false
  const tooDeep = (node: unknown, path: readonly unknown[]): symbol | undefined => {
    if (path.filter((above) => isMap(above) || isSeq(above)).length < MAX_DEPTH) return undefined
    if (!isDeep) odd.push({ offset: offsetAt(node), found: TOO_DEEP, hint: '' })
    isDeep = true
    return visit.SKIP
  }
  visit(document, {
    Seq: (_, node, path) => tooDeep(node, path),
    Alias(_, alias, path) {
      aliases += 1
      // Resolving an alias walks the whole text.
      if (aliases > MAX_ALIASES + 1) return visit.BREAK
      const meant = alias.resolve(document)
      if (meant === undefined) odd.push({ offset: offsetAt(alias), found: NO_ANCHOR, hint: '' })
      else if (path.some((above) => above === meant))
        odd.push({
          offset: offsetAt(alias),
          found: 'an alias (*name) of what it stands in: a value that contains itself',
          hint: 'Write the values out.',
        })
      if (aliases === MAX_ALIASES + 1) {
        odd.push({
          offset: offsetAt(alias),
          found: `more than ${MAX_ALIASES} aliases (*name)`,
          hint: 'Write the values out.',
        })
      }
      return undefined
    },
    Map(_, map, path) {
      if (tooDeep(map, path) !== undefined) return visit.SKIP
      const seen = new Map<string, number>()
      for (const { key } of map.items) {
        const offset = offsetAt(key)
        if (!isScalar(key) || (typeof key.value !== 'string' && typeof key.value !== 'number')) {
          odd.push({ offset, found: 'a key that is not a text', hint: '' })
          continue
        }
        const name = String(key.value)
        if (FORBIDDEN_KEYS.includes(name)) odd.push({ offset, found: `${name} cannot be a key`, hint: '' })
        if (name === '<<')
          odd.push({
            offset,
            found: 'a merge key (<<), which has no meaning here',
            hint: 'Write the values out, or use an alias (*name) for the whole value.',
          })
        const first = seen.get(name)
        if (first !== undefined)
          odd.push({
            offset,
            found: `the same key twice in one map: ${shownKey(name)}first on line ${lineOf(first)}`,
            hint: 'Remove one of them.',
          })
        seen.set(name, first ?? offset)
      }
      return undefined
    },
  })
  return odd
}

/** Plain words only: `{ token: { <secret>, <secret> } }` has keys that must not be printed. */
function shownKey(name: string): string {
  return /^[A-Za-z@][A-Za-z_ ]{0,39}$/.test(name) ? `${name}, ` : ''
}

/** True if the line at `offset`, or the one before it, begins with a tab. */
function isTabbed(text: string, offset: number): boolean {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^ *\t/.test(text.slice(start, start + 200))
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
      // An empty value (`share:`) has no text: use its key.
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

/** The parser's messages may quote the text; these do not. */
function syntaxPhrase(code: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return TAB
    case 'BAD_INDENT':
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
