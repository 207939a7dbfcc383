/** Prints one JSON object with `--json`, readable lines otherwise. */
import type { StaffFlags } from './staff.ts'

export function print<Answer extends object>(
  { json = false }: Pick<StaffFlags, 'json'>,
  answer: Answer,
  linesOf: (answer: Answer) => Iterable<string>,
): void {
  if (json) console.log(JSON.stringify(answer))
  else for (const line of linesOf(answer)) console.log(line)
}
