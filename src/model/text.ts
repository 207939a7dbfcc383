/**
 * The text without trailing repetitions of `tail`. A pattern such as `/=+$/` would take quadratic time, because it restarts at
 * each position of a run that does not reach the end.
 */
export function withoutTail(text: string, tail: string): string {
  let end = text.length
  while (end >= tail.length && text.startsWith(tail, end - tail.length)) end -= tail.length
  return text.slice(0, end)
}
