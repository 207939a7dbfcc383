/** The gateway, its partner and its senders, each in a process of its own. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START_PATIENCE_MS = 30_000

/** A process that answers each message with one message. */
export interface Asked<Question, Answer> {
  ask(question: Question): Promise<Answer>
  stop(): Promise<void>
}

export function startAsked<Question extends object, Answer>(
  file: string,
): Asked<Question, Answer> & { hello(): Promise<unknown> } {
  const child = fork(new URL(file, import.meta.url), { execArgv: [] })
  return {
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
        throw new Error(`${child.spawnargs.at(-1)} ended with ${code}`)
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
  stop(): Promise<void>
}

/**
 * With the options of `npm start`.
 * @param nodeOptions come before them
 */
export async function startGatewayProcess(
  configFolder: string,
  nodeOptions: readonly string[] = [],
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...nodeOptions, ...serveArguments(), configFolder], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let said = ''
  const { dataUrl, controlUrl } = await new Promise<{ dataUrl: string; controlUrl: string }>((resolve, reject) => {
    const impatient = setTimeout(() => reject(new Error(`the gateway did not start: ${said}`)), START_PATIENCE_MS)
    child.stderr.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      said += chunk.toString('utf8')
      const [, data, control] = /events on (http:\S+), control on (http:\S+)/.exec(said) ?? []
      if (data === undefined || control === undefined) return
      clearTimeout(impatient)
      resolve({ dataUrl: data, controlUrl: control })
    })
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
  })
  // Sound: it has started, so it has an id.
  const pid = child.pid as number
  return { pid, dataUrl, controlUrl, stop: () => ended(child, () => child.kill('SIGTERM')) }
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}

/** What `npm start` gives to Node. */
function serveArguments(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string }
  }
  return scripts.start.split(' ').slice(1)
}
