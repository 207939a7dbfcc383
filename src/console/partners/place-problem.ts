/** Where a problem or warning of a file stands, as the gateway names it: from the configuration folder on. */

export interface PlacedProblem {
  /** `partners/acme.yaml`. */
  readonly file: string
  /** From 1; 0 where the problem names no line. */
  readonly line: number
  readonly text: string
}

/** `partners/acme.yaml:12:5 share.ip: …` → the file, the line and the sentence. */
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
