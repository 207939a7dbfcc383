/**
 * Changes single values of a YAML text and leaves every other byte as it is: comments, order, quotes, line ends. What it
 * writes is read again: a text that does not say exactly what it should is never returned.
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
  /** Undefined removes what is there. */
  readonly value: unknown
}

/** The text cannot take this edit; says which and why, and repeats no value. */
export class EditImpossible extends Error {
  constructor(path: Path, why: string) {
    super(`${printPath(path)}: ${why}`)
    this.name = 'EditImpossible'
  }
}

/** One edit after another. Throws `EditImpossible`. */
export function editText(text: string, edits: readonly Edit[]): string {
  return edits.reduce(editOnce, text)
}

function editOnce(text: string, { path, value: given }: Edit): string {
  // As JSON carries it: what comes from a request is nothing else.
  const value: unknown = given === undefined ? undefined : JSON.parse(JSON.stringify(given))
  const document = parse(text, path)
  const wanted = withEdit(document.toJS(), path, value, path)
  if (isDeepStrictEqual(wanted, document.toJS())) return text
  const spliced = splice(text, document, path, value)
  if (spliced !== undefined && says(spliced, wanted)) return spliced
  // The shape around it is unusual: comments and order are still kept, but the layout is written anew.
  untie(document, path)
  if (value === undefined) document.deleteIn(path)
  else document.setIn(path, document.createNode(value))
  const written = document.toString({ lineWidth: 0 })
  if (says(written, wanted)) return written
  throw new EditImpossible(path, 'cannot be changed by itself: replace the whole file')
}

function parse(text: string, path: Path): Document.Parsed {
  // As a configuration is read: what contains itself, or is nested without end, is no tree to walk.
  if (text.trim() !== '' && parseSource('', text).source === undefined)
    throw new EditImpossible(path, 'the file is not right as it is')
  return parseDocument(text, { version: '1.2' })
}

/**
 * Gives the place at `path` a content of its own: an edit changes this place alone, so an alias on the way becomes a copy
 * of what it stands for, and aliases elsewhere of something on the way, or of something that is replaced, become copies.
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

/** What an alias stands for, without the anchors in it: a name may be given once. */
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
  // An alias whose name was cut away is no error of the parser's.
  visit(document, {
    Alias: (_, alias) => {
      isWhole &&= alias.resolve(document) !== undefined
    },
  })
  return isWhole && isDeepStrictEqual(document.toJS(), wanted)
}

/** The value with one part replaced. Maps on the way are made; lists are not. */
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
  // In its old place, so that nothing else moves.
  const changed = withEdit(inner, rest, value, whole)
  return holder !== null && holder !== undefined && Object.hasOwn(holder, step)
    ? { ...(holder as object), [step]: changed }
    : { ...others, [step]: changed }
}

/** Undefined where the place is not one that a splice can do. */
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

/** From the first byte of a value to behind its last; undefined for an alias, an anchor, or a block of lines. */
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

/** Behind the line on which a value ends. */
function endOfValue(text: string, value: unknown, key: unknown): number {
  const range =
    (value as { readonly range?: readonly number[] } | null)?.range ??
    (key as { readonly range: readonly number[] }).range
  let end = range[1]!
  // A block ends where the next thing begins: go back over what is only space.
  while (end > 0 && /\s/.test(text[end - 1]!)) end--
  const newline = text.indexOf('\n', end)
  return newline < 0 ? text.length : newline + 1
}

/** Its lines, in a block; in a flow map the layout engine does it. */
function removeKey(text: string, holder: YAMLMap, key: string): string | undefined {
  if (holder.flow === true || holder.items.length < 2) return undefined
  const pair = holder.items.find((each) => isScalar(each.key) && String(each.key.value) === key)!
  const start = (pair.key as { readonly range?: readonly number[] }).range?.[0]
  if (start === undefined) return undefined
  const line = text.lastIndexOf('\n', start - 1) + 1
  // The first key of a list's entry stands behind its dash.
  if (text.slice(line, start).trim() !== '') return undefined
  return text.slice(0, line) + text.slice(endOfValue(text, pair.value, pair.key))
}
