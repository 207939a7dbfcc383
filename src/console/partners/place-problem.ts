/** Location of a problem or warning, with the path relative to the configuration folder. */

export interface PlacedProblem {
  /** `partners/acme.yaml`. */
  readonly file: string
  /** From 1; 0 if the problem has no line. */
  readonly line: number
  readonly text: string
}

/** `partners/acme.yaml:12:5 share.ip: …` → file, line and sentence. */
export function placeProblem(problem: string): PlacedProblem {
  const found = /^(\S*\.yaml):(\d+):\d+ /.exec(problem)
  if (found === null) return { file: '', line: 0, text: problem }
  const [head, file = '', line = '0'] = found
  return { file, line: Number(line), text: problem.slice(head.length) }
}

/** The same in one sentence. */
export function placedText(problem: string): string {
  const { file, line, text } = placeProblem(problem)
  return file === '' ? text : `${file}, line ${line}: ${text}`
}
