/** Texts, where a pattern would be slower than it looks. */

/**
 * The text without the tail, however often it stands at the end. A pattern such as `/=+$/` is tried anew from each place of
 * a run that does not reach the end, which takes time by the square of the run.
 */
export function withoutTail(text: string, tail: string): string {
  let end = text.length
  while (end >= tail.length && text.startsWith(tail, end - tail.length)) end -= tail.length
  return text.slice(0, end)
}
