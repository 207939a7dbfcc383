/** A problem in a configuration file: where it is, what was found and what is allowed. Never holds a secret or a key. */

/** A location in a parsed file: map keys and list indices from the root. */
export type Path = readonly (string | number)[]

/** An error prevents publishing; a warning has the same shape and does not. */
export interface Problem {
  /** With the folder as the caller named it: `config/partners/acme.yaml`. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** `share.ip`, `apps[0].write_keys[1]`; `''` for the whole file. */
  readonly path: string
  /** The value, as a phrase: `missing`, `not a field class`, `a text, not a number`. */
  readonly found: string
  /** The allowed values; '' if `found` is enough. */
  readonly allowed: string
  /** `Did you mean …?` or a fix; '' if there is none. */
  readonly hint: string
}

/** `config/partners/acme.yaml:12:5 share.advertsing_id: not a field class. Did you mean advertising_id? Allowed: …` */
export function formatProblem({ file, line, column, path, found, allowed, hint }: Problem): string {
  const place = `${file}:${line}:${column}`
  const head = path === '' ? `${place} ${found}.` : `${place} ${path}: ${found}.`
  return [head, hint, allowed === '' ? '' : `Allowed: ${allowed}`].filter((part) => part !== '').join(' ')
}

/** For remote readers: shortens `file` to a path within the configuration folder. */
export function withinFolder(folder: string): (problem: Problem) => Problem {
  const start = `${folder.replace(/[\\/]$/, '')}/`
  return (problem) => {
    const file = problem.file.replaceAll('\\', '/')
    return file.startsWith(start.replaceAll('\\', '/')) ? { ...problem, file: file.slice(start.length) } : problem
  }
}

/** By file, line, column. */
export function compareProblems(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

/** Quotes keys that are not plain words: `events."Order Completed".as`. */
export function printPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += `${text === '' ? '' : '.'}${/^[\w@-]+$/.test(part) ? part : JSON.stringify(part)}`
  }
  return text
}
