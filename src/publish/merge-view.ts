/** Two changes to the same revision: theirs, which is live, and yours, which was rejected. */
import { isDeepStrictEqual } from 'node:util'
import { parseSource } from '../contracts/source.ts'
import { type Path, printPath } from '../model/problem.ts'
import { type Edit, EditImpossible, editText } from './edit-text.ts'
import type { Texts } from './revision-files.ts'

/** One value, by file and path. Write keys are not shown. */
export interface MergeEntry {
  readonly file: string
  readonly path: string
  readonly base: unknown
  readonly theirs: unknown
  readonly yours: unknown
}
export interface MergeView {
  /** Changed by them only. */
  readonly theirs: readonly MergeEntry[]
  /** Changed by you only. */
  readonly yours: readonly MergeEntry[]
  /** Changed by both, differently. */
  readonly conflicts: readonly MergeEntry[]
}

const HIDDEN = /^apps\.yaml .*(write|retired)_keys/

/** Without a common base every difference is a conflict. */
export function mergeView(base: Texts | undefined, theirs: Texts, yours: Texts): MergeView {
  const [before, live, wanted] = [leavesOf(base ?? {}), leavesOf(theirs), leavesOf(yours)]
  const view: Record<keyof MergeView, MergeEntry[]> = { theirs: [], yours: [], conflicts: [] }
  for (const key of [...new Set([...before.keys(), ...live.keys(), ...wanted.keys()])].sort()) {
    const [one, other, own] = [before.get(key)?.value, live.get(key)?.value, wanted.get(key)?.value]
    if (isDeepStrictEqual(other, own)) continue
    const [file = '', path = ''] = key.split(' ', 2)
    const shown = (value: unknown): unknown => (HIDDEN.test(key) && value !== undefined ? '…' : (value ?? null))
    const entry = {
      file,
      path: key.slice(file.length + 1) || path,
      base: shown(one),
      theirs: shown(other),
      yours: shown(own),
    }
    const byThem = !isDeepStrictEqual(one, other)
    const byYou = !isDeepStrictEqual(one, own)
    view[byThem ? (byYou ? 'conflicts' : 'theirs') : 'yours'].push(entry)
  }
  return view
}

/**
 * Your changes applied on top of theirs, as texts with their comments and order. Undefined if both changed the same value, or if
 * a change cannot be applied separately.
 */
export function mergeTexts(base: Texts, theirs: Texts, yours: Texts): Texts | undefined {
  if (mergeView(base, theirs, yours).conflicts.length > 0) return undefined
  const merged: Record<string, string> = { ...theirs }
  for (const file of new Set([...Object.keys(base), ...Object.keys(yours)])) {
    const [before, live, wanted] = [base[file], theirs[file], yours[file]]
    if (wanted === before) continue
    if (wanted === undefined) delete merged[file]
    else if (before === undefined || live === undefined || live === before) merged[file] = wanted
    else {
      const text = tryEdits(live, editsBetween(before, wanted))
      if (text === undefined) return undefined
      merged[file] = text
    }
  }
  return merged
}

function editsBetween(before: string, wanted: string): readonly Edit[] {
  const [one, other] = [leavesOf({ file: before }), leavesOf({ file: wanted })]
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((key) => {
    const [from, to] = [one.get(key), other.get(key)]
    const path = (from ?? to)!.path
    return isDeepStrictEqual(from?.value, to?.value) ? [] : [{ path, value: to?.value }]
  })
}

function tryEdits(text: string, edits: readonly Edit[]): string | undefined {
  try {
    return editText(text, edits)
  } catch (error) {
    if (error instanceof EditImpossible) return undefined
    throw error
  }
}

interface Leaf {
  readonly path: Path
  readonly value: unknown
}

/** `file path` → value; lists are compared as a whole, because their entries have no names. */
function leavesOf(texts: Texts): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  const walk = (file: string, path: readonly string[], value: unknown): void => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isMap || Object.keys(value).length === 0) {
      leaves.set(`${file} ${printPath(path)}`, { path, value })
      return
    }
    for (const [key, inner] of Object.entries(value)) walk(file, [...path, key], inner)
  }
  for (const [file, text] of Object.entries(texts)) {
    const { source } = parseSource(file, text)
    // An unreadable file counts as one value.
    if (source === undefined) leaves.set(`${file} `, { path: [], value: text })
    else walk(file, [], source.value)
  }
  return leaves
}
