import { readdirSync, readFileSync } from 'node:fs'

/** Every process below this one, from `/proc`. */
export function processesUnder(pid: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      // The second field, a name in brackets, may hold spaces; the parent is the second one after it.
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
      parents.set(Number(name), Number(fields.slice(fields.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It has ended since the folder was read.
    }
  }
  const below = (root: number): readonly number[] =>
    [...parents].filter(([, parent]) => parent === root).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}
