/** What is wrong with a configuration file, where, and what would be right. Never holds a secret's or a key's value. */

/** A place in a parsed file: map keys and list positions from the top. */
export type Path = readonly (string | number)[]

/** One finding. Errors keep a configuration from being published; warnings have the same shape and do not. */
export interface Problem {
  /** As the caller named the folder: `config/partners/acme.yaml`. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** `share.ip`, `apps[0].write_keys[1]`; `''` for the whole file. */
  readonly path: string
  /** What is there, as a phrase: `missing`, `not a field class`, `a text, not a number`. */
  readonly found: string
  /** What may be there; `''` where the finding says it all. */
  readonly allowed: string
  /** `Did you mean …?` or what to do; `''` where there is nothing to add. */
  readonly hint: string
}

/** `config/partners/acme.yaml:12:5 share.advertsing_id: not a field class. Did you mean advertising_id? Allowed: …` */
export function formatProblem({ file, line, column, path, found, allowed, hint }: Problem): string {
  const place = `${file}:${line}:${column}`
  const head = path === '' ? `${place} ${found}.` : `${place} ${path}: ${found}.`
  return [head, hint, allowed === '' ? '' : `Allowed: ${allowed}`].filter((part) => part !== '').join(' ')
}

/** For whoever is not on this machine: `file` from the configuration folder on, and nothing of where that lies. */
export function withinFolder(folder: string): (problem: Problem) => Problem {
  const start = `${folder.replace(/[\\/]$/, '')}/`
  return (problem) => {
    const file = problem.file.replaceAll('\\', '/')
    return file.startsWith(start.replaceAll('\\', '/')) ? { ...problem, file: file.slice(start.length) } : problem
  }
}

/** By file, then line, then column: the order in which a reader goes through them. */
export function compareProblems(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

/** Keys that are plain words stand bare; others are quoted: `events."Order Completed".as`. */
export function printPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += `${text === '' ? '' : '.'}${/^[\w@-]+$/.test(part) ? part : JSON.stringify(part)}`
  }
  return text
}
