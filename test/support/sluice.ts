/** The command line as a process of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const ROOT = join(import.meta.dirname, '..', '..')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `sluice …args` in the project's folder; `input` is what standard input says. Trailing white space is cut. */
export async function sluice(args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'sluice.js'), ...args], { cwd: ROOT })
  child.stdin.end(input)
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}
