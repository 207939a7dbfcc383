/**
 * The command line, in threads that are kept: each has loaded what the commands share, which is most of what a process of
 * their own would do. As with a process, a run is over when nothing is left that would keep one.
 */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Asked, Heard } from './sluice-thread.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const idle: Worker[] = []

/** As `ranSluice`; trailing white space is cut. */
export async function sluice(args: readonly string[], input?: string): Promise<Ran> {
  const { code, out, err } = await ranSluice(args, input)
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}

/** Runs `sluice …args` in the project's folder; `input` is what standard input says. */
export function ranSluice(args: readonly string[], input = ''): Promise<Ran> {
  if (process.cwd() !== ROOT) process.chdir(ROOT)
  const thread = idle.pop() ?? new Worker(join(import.meta.dirname, 'sluice-thread.ts'))
  const said = { out: '', err: '' }
  thread.ref()
  return new Promise((resolve) => {
    const hear = (heard: Heard): void => {
      if ('text' in heard) said[heard.to] += heard.text
      else {
        idle.push(thread)
        end(heard.code)
      }
    }
    const fail = (error: Error): void => {
      said.err += error.stack
    }
    const end = (code: number): void => {
      thread.off('message', hear).off('error', fail).off('exit', end).unref()
      resolve({ code, ...said })
    }
    // A command that calls `process.exit` ends its thread.
    thread.on('message', hear).on('error', fail).on('exit', end)
    thread.postMessage({ args, input, env: { ...process.env } } satisfies Asked)
  })
}
