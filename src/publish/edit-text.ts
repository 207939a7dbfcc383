/**
 * Changes single values in a YAML text and keeps every other byte: comments, order, quotes, line ends. The result is parsed
 * again: a text whose value is not exactly the expected one is never returned.
 */
import { isDeepStrictEqual } from 'node:util'
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml'
import { parseSource } from '../contracts/source.ts'
import { type Path, printPath } from '../model/problem.ts'

export interface Edit {
  readonly path: Path
  /** Undefined removes the value. */
  readonly value: unknown
}

/** The text cannot take this edit. Names path and reason, and repeats no value. */
export class EditImpossible extends Error {
  constructor(path: Path, why: string) {
    super(`${printPath(path)}: ${why}`)
    this.name = 'EditImpossible'
  }
}

/** Applies the edits in order. Throws `EditImpossible`. */
export function editText(text: string, edits: readonly Edit[]): string {
  return edits.reduce(editOnce, text)
}

function editOnce(text: string, { path, value: given }: Edit): string {
  // Restrict the value to JSON.
  const value: unknown = given === undefined ? undefined : JSON.parse(JSON.stringify(given))
  const document = parse(text, path)
  const wanted = withEdit(document.toJS(), path, value, path)
  if (isDeepStrictEqual(wanted, document.toJS())) return text
  const spliced = splice(text, document, path, value)
  if (spliced !== undefined && says(spliced, wanted)) return spliced
  // Unusual layout: keep comments and order, but reformat.
  untie(document, path)
  if (value === undefined) document.deleteIn(path)
  else document.setIn(path, document.createNode(value))
  const written = document.toString({ lineWidth: 0 })
  if (says(written, wanted)) return written
  throw new EditImpossible(path, 'cannot be changed by itself: replace the whole file')
}

function parse(text: string, path: Path): Document.Parsed {
  // Apply the rules for configuration files: no cycles, bounded depth.
  if (text.trim() !== '' && parseSource('', text).source === undefined)
    throw new EditImpossible(path, 'the file is not right as it is')
  return parseDocument(text, { version: '1.2' })
}

/**
 * Makes the content at `path` independent, so that an edit changes this place only: aliases on the way become copies, and so do
 * aliases elsewhere of anything on the way or replaced.
 */
function untie(document: Document.Parsed, path: Path): void {
  const anchors = new Set<string>()
  for (let depth = 0; depth <= path.length; depth++) {
    const at = path.slice(0, depth)
    const node = depth === 0 ? document.contents : document.getIn(at, true)
    if (isAlias(node)) document.setIn(at, copyOf(node, document))
    else if (isScalar(node) || isCollection(node)) if (node.anchor !== undefined) anchors.add(node.anchor)
    if (depth === path.length && isNode(node)) {
      const collect = (_: unknown, inner: Node): void => {
        if ('anchor' in inner && typeof inner.anchor === 'string') anchors.add(inner.anchor)
      }
      visit(node, { Scalar: collect, Collection: collect })
    }
  }
  visit(document, { Alias: (_, alias) => (anchors.has(alias.source) ? copyOf(alias, document) : undefined) })
}

/** The alias's target without its anchors, which must be unique. */
function copyOf(alias: Alias, document: Document.Parsed): Node {
  const copy = alias.resolve(document)!.clone() as Node
  const unnamed = (_: unknown, node: { anchor?: string }): void => {
    delete node.anchor
  }
  visit(copy, { Scalar: unnamed, Collection: unnamed })
  return copy
}

function says(text: string, wanted: unknown): boolean {
  const document = parseDocument(text, { version: '1.2' })
  let isWhole = document.errors.length === 0
  // The parser accepts an alias whose anchor was removed.
  visit(document, {
    Alias: (_, alias) => {
      isWhole &&= alias.resolve(document) !== undefined
    },
  })
  return isWhole && isDeepStrictEqual(document.toJS(), wanted)
}

/** The value with one part replaced. Creates missing maps, but not lists. */
function withEdit(holder: unknown, path: Path, value: unknown, whole: Path): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(holder)) {
    if (typeof step !== 'number' || step < 0 || step > holder.length)
      throw new EditImpossible(whole, 'there is no such entry')
    const next = rest.length === 0 && value === undefined ? [] : [withEdit(holder[step], rest, value, whole)]
    return [...holder.slice(0, step), ...next, ...holder.slice(step + 1)]
  }
  if (typeof step === 'number' || ['__proto__', 'constructor', 'prototype'].includes(step))
    throw new EditImpossible(whole, 'there is no such entry')
  if (holder !== undefined && holder !== null && typeof holder !== 'object')
    throw new EditImpossible(whole, 'something else is in its place')
  const { [step]: inner, ...others } = (holder ?? {}) as Readonly<Record<string, unknown>>
  if (rest.length === 0 && value === undefined) return others
  // In place, so that the order is kept.
  const changed = withEdit(inner, rest, value, whole)
  return holder !== null && holder !== undefined && Object.hasOwn(holder, step)
    ? { ...(holder as object), [step]: changed }
    : { ...others, [step]: changed }
}

/** Undefined if the place does not allow a splice. */
function splice(text: string, document: Document.Parsed, path: Path, value: unknown): string | undefined {
  const step = path.at(-1)
  const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (isSeq(holder) && typeof step === 'number' && value !== undefined) {
    const range = rangeOf(holder.items[step])
    return range === undefined ? undefined : replaced(text, range, inline(value))
  }
  if (!isMap(holder) || typeof step !== 'string') return undefined
  const pair = holder.items.find(({ key }) => isScalar(key) && String(key.value) === step)
  if (pair === undefined) return value === undefined ? text : addKey(text, holder, step, value)
  if (value === undefined) return removeKey(text, holder, step)
  const range = rangeOf(pair.value)
  return range === undefined ? undefined : replaced(text, range, inline(value))
}

/** Start and end offset of a value; undefined for an alias, an anchor or a block. */
function rangeOf(node: unknown): readonly [number, number] | undefined {
  if (isAlias(node) || !(isScalar(node) || isMap(node) || isSeq(node))) return undefined
  if (node.range === null || node.range === undefined || node.anchor !== undefined || node.tag !== undefined)
    return undefined
  if (isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')) return undefined
  if ((isMap(node) || isSeq(node)) && node.flow !== true) return undefined
  return [node.range[0], node.range[1]]
}

function replaced(text: string, [from, to]: readonly [number, number], by: string): string {
  return text.slice(0, from) + by + text.slice(to)
}

/** A value on one line. */
function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd()
}

function addKey(text: string, holder: YAMLMap, key: string, value: unknown): string | undefined {
  const last = holder.items.at(-1)
  if (holder.range === null || holder.range === undefined || last === undefined) return undefined
  const entry = `${inline(key)}: ${inline(value)}`
  if (holder.flow === true) {
    const end = holder.range[1] - 1
    const before = text.slice(0, end).trimEnd()
    const endsInComment = before.lastIndexOf('#') > before.lastIndexOf('\n')
    return endsInComment ? undefined : `${before}, ${entry} ${text.slice(end)}`
  }
  const first = (holder.items[0]!.key as { readonly range?: readonly number[] }).range?.[0]
  if (first === undefined) return undefined
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1)
  const lines = endOfValue(text, last.value, last.key)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const before = text.slice(0, lines)
  return `${before}${before.endsWith('\n') ? '' : eol}${' '.repeat(indent)}${entry}${eol}${text.slice(lines)}`
}

/** The offset after the line on which a value ends. */
function endOfValue(text: string, value: unknown, key: unknown): number {
  const range =
    (value as { readonly range?: readonly number[] } | null)?.range ??
    (key as { readonly range: readonly number[] }).range
  let end = range[1]!
  // A block ends at the next node: skip white space backwards.
  while (end > 0 && /\s/.test(text[end - 1]!)) end--
  const newline = text.indexOf('\n', end)
  return newline < 0 ? text.length : newline + 1
}

/** Removes its lines from a block; a flow map is left to the reformatting path. */
function removeKey(text: string, holder: YAMLMap, key: string): string | undefined {
  if (holder.flow === true || holder.items.length < 2) return undefined
  const pair = holder.items.find((each) => isScalar(each.key) && String(each.key.value) === key)!
  const start = (pair.key as { readonly range?: readonly number[] }).range?.[0]
  if (start === undefined) return undefined
  const line = text.lastIndexOf('\n', start - 1) + 1
  // The first key of a list entry follows the dash.
  if (text.slice(line, start).trim() !== '') return undefined
  return text.slice(0, line) + text.slice(endOfValue(text, pair.value, pair.key))
}
