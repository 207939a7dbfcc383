/** The gateway as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Addresses {
  readonly data: string
  readonly control: string
}

export interface GatewayProcess {
  /** Resolves when it serves; rejects with what it said when it ends before. */
  readonly ready: Promise<Addresses>
  /** Resolves when it has ended, to its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  isRunning(): boolean
  /** What it wrote to its standard error. */
  said(): string
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
}

const ROOT = join(import.meta.dirname, '..', '..')
const SERVING = /^sluice: events on (\S+), control on (\S+)$/m

/** @param environment beside this process's own */
export function startGatewayProcess(configFolder: string, environment: NodeJS.ProcessEnv = {}): GatewayProcess {
  const child: ChildProcess = spawn(process.execPath, [join('bin', 'sluice.js'), 'serve', configFolder], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let running = true
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      running = false
      resolve(code)
    })
  })
  const ready = new Promise<Addresses>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8')
      const serving = SERVING.exec(output)
      if (serving !== null) resolve({ data: serving[1]!, control: serving[2]! })
    }
    child.stderr?.on('data', read)
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    const refuse = (why: string): void => reject(new Error(`the gateway ended before it served (${why}):\n${output}`))
    ended.then(
      (code) => refuse(code === null ? 'killed' : `exit ${code}`),
      (error: unknown) => refuse(String(error)),
    )
  })
  // Whoever kills it while it starts does not wait for this.
  ready.catch(() => undefined)
  return {
    ready,
    ended,
    isRunning: () => running,
    said: () => output,
    kill: (signal) => {
      if (running) child.kill(signal)
    },
  }
}
