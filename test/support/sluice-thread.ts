/** Worker entry: one run of the command line after another, with streams, environment and exit code of its own. */
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { main } from '../../src/main.ts'

export interface Asked {
  readonly args: readonly string[]
  readonly input: string
  readonly env: Readonly<Record<string, string | undefined>>
}
/** What was written, piece by piece, and at last the exit code. */
export type Heard = { readonly to: 'out' | 'err'; readonly text: string } | { readonly code: number }

const port = parentPort!
const tell = (heard: Heard): void => port.postMessage(heard)
const streams = [
  [process.stdout, 'out'],
  [process.stderr, 'err'],
] as const
for (const [stream, to] of streams)
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    tell({ to, text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() })
    const done = rest.find((one) => typeof one === 'function')
    if (done !== undefined) process.nextTick(done)
    return true
  }

/** What keeps this thread while nothing runs. */
const kept = (): number => process.getActiveResourcesInfo().length

port.on('message', async ({ args, input, env }: Asked) => {
  const before = kept()
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name]
  Object.assign(process.env, env)
  Object.defineProperty(process, 'stdin', { value: new PassThrough().end(input), configurable: true })
  process.exitCode = 0
  await main(['node', 'sluice', ...args])
  while (kept() > before) await pause(5, undefined, { ref: false })
  tell({ code: Number(process.exitCode) })
})
