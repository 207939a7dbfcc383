/** The gateway, its partner and its senders, each in a process of its own. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProbe, type Probe } from './probe-client.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START_PATIENCE_MS = 120_000

/** A process that answers each message with one message. */
export interface Asked<Question, Answer> {
  ask(question: Question): Promise<Answer>
  stop(): Promise<void>
}

export function startAsked<Question extends object, Answer>(
  file: string,
  ...args: readonly string[]
): Asked<Question, Answer> & { readonly pid: number; hello(): Promise<unknown> } {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: [] })
  return {
    // Sound: a process that could not be started answers nothing, and is noticed by that.
    pid: child.pid as number,
    hello: () => messageOf(child),
    ask: async (question) => {
      const answer = messageOf(child)
      child.send(question)
      // Sound: the file answers nothing else.
      return (await answer) as Answer
    },
    stop: () => ended(child, () => child.disconnect()),
  }
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const gone = new AbortController()
  try {
    const [answer] = await Promise.race([
      once(child, 'message', { signal: gone.signal }),
      once(child, 'exit', { signal: gone.signal }).then(([code]) => {
        throw new Error(`${child.spawnargs[1]} ended with ${code}`)
      }),
    ])
    return answer
  } finally {
    gone.abort()
  }
}

export interface GatewayProcess {
  readonly pid: number
  readonly dataUrl: string
  readonly controlUrl: string
  readonly probe: Probe
  stop(): Promise<void>
}

/** Options of Node for the gateway alone, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
const NODE_OPTIONS = (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter((option) => option !== '')
const PROBE = new URL('./probe.ts', import.meta.url).href

/**
 * With the options of `npm start`. The probe is TypeScript, and is loaded before the gateway says where it keeps what Node
 * makes of that: without the cache each thread would load what strips types, some 30 MB together.
 * @param tree the checkout whose gateway is started; default this one
 */
export async function startGatewayProcess(configFolder: string, tree: string = ROOT): Promise<GatewayProcess> {
  const { environment, args } = startCommand(tree)
  const child = spawn(process.execPath, [...NODE_OPTIONS, '--import', PROBE, ...args, configFolder], {
    cwd: tree,
    env: { ...process.env, ...environment, NODE_COMPILE_CACHE: join(tree, 'node_modules', '.cache', 'sluice') },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  const { dataUrl, controlUrl } = await new Promise<{ dataUrl: string; controlUrl: string }>((resolve, reject) => {
    const impatient = setTimeout(() => reject(new Error(`the gateway did not start: ${said}`)), START_PATIENCE_MS)
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8')
      said += text
      const [greeting, data, control] = /sluice: events on (http:\S+), control on (http:\S+)\n/.exec(said) ?? []
      if (greeting === undefined || !text.includes(greeting)) process.stderr.write(text)
      if (data === undefined || control === undefined) return
      clearTimeout(impatient)
      resolve({ dataUrl: data, controlUrl: control })
    })
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
  })
  // Sound: it has started, so it has an id.
  const pid = child.pid as number
  const stop = (): Promise<void> => ended(child, () => child.kill('SIGTERM'))
  return { pid, dataUrl, controlUrl, probe: createProbe(child), stop }
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}

/** What `npm start` gives to Node: `exec node …`, or `exec env NAME=value node …`. */
function startCommand(tree: string): {
  readonly environment: Readonly<Record<string, string>>
  readonly args: readonly string[]
} {
  const { scripts } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string }
  }
  const words = scripts.start
    .replace(/^exec /, '')
    .replace(/^env /, '')
    .split(' ')
  const node = words.indexOf('node')
  const environment = Object.fromEntries(words.slice(0, node).map((word) => word.split('=', 2) as [string, string]))
  return { environment, args: words.slice(node + 1) }
}
