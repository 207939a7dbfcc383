/** One gateway of the tree under test, from outside: a folder, a process, two origins. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { type TestConfig, type TestFolder, WRITE_KEY } from '../../support/config-folder.ts'
import { until } from '../../support/until.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The text as JSON where it is some. */
  // biome-ignore lint/suspicious/noExplicitAny: cases look into answers of many shapes
  readonly body: any
}

export interface Call {
  readonly method?: string
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: object | string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** How long to wait for the answer, milliseconds; default 20,000. */
  readonly timeoutMs?: number
}

export interface Served {
  readonly folder: TestFolder
  readonly config: string
  /** The data folder. */
  readonly data: string
  readonly dataUrl: string
  readonly controlUrl: string
  readonly pid: number
  /** Everything it wrote to standard output and error so far. */
  said(): string
  isRunning(): boolean
  /** Reads nothing of what it says any more: its pipes fill. */
  stopReading(): void
  /** Starts it; rejects with what it said where it ends before it serves. `args` follow the folder. */
  start(options?: StartOptions): Promise<void>
  /** Starts it and resolves to its exit code and words, for starts that must be refused; kills it where it serves. */
  startRefused(options?: StartOptions): Promise<{ readonly code: number | null; readonly said: string } | 'serves'>
  /** SIGTERM and the end; SIGKILL for a crash. Resolves to the exit code. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
  /** Writes the configuration anew (no reload). */
  write(config: TestConfig): Promise<void>
  useShippedPolicy(): Promise<void>
  /** The data plane, with the write key `test-write-key` as Basic user unless `headers` has `authorization`. */
  call(path: string, call?: Call): Promise<Answer>
  /** `POST /v1/batch`. */
  send(events: readonly object[], call?: Call & { readonly context?: object }): Promise<Answer>
  /** The control plane, with the bootstrap token unless `headers` has `authorization`. */
  staff(path: string, call?: Call): Promise<Answer>
  /** Waits until no pair of event and partner is pending, by the accounting. */
  settled(patienceMs?: number): Promise<void>
  /** Kills whatever runs. */
  end(): Promise<void>
}

interface StartOptions {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly patienceMs?: number
}

const SERVING = /^sluice: events on (\S+), control on (\S+)$/m
/** As `npm start` has them. */
const FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=1024']
const PATIENCE_MS = 120_000

export function createServed(tree: string, folder: TestFolder, policy: string | undefined): Served {
  let child: ChildProcess | undefined
  let output = ''
  let urls = { data: '', control: '' }
  let ended: Promise<number | null> = Promise.resolve(null)
  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null

  const launch = ({ args = [], env = {} }: StartOptions): void => {
    output = ''
    const started = spawn(
      process.execPath,
      [...FLAGS, join(tree, 'bin', 'sluice.js'), 'serve', folder.config, ...args],
      {
        cwd: tree,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, MALLOC_ARENA_MAX: '2', ...env },
      },
    )
    child = started
    ended = new Promise((resolve, reject) => {
      started.once('error', reject)
      started.once('close', (code) => resolve(code))
    })
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        output += chunk
      })
    }
  }
  /** The addresses, or undefined where it ended before. */
  const serving = async (patienceMs: number): Promise<boolean> =>
    until(
      'the gateway to serve',
      () => {
        const found = SERVING.exec(output)
        if (found !== null) {
          urls = { data: found[1]!, control: found[2]! }
          return 'serves'
        }
        return running() ? undefined : 'ended'
      },
      patienceMs,
    ).then((state) => state === 'serves')

  const served: Served = {
    folder,
    config: folder.config,
    data: folder.data,
    get dataUrl() {
      return urls.data
    },
    get controlUrl() {
      return urls.control
    },
    get pid() {
      if (child?.pid === undefined) throw new Error('not started')
      return child.pid
    },
    said: () => output,
    isRunning: running,
    stopReading: () => {
      for (const stream of [child?.stdout, child?.stderr]) stream?.pause()
    },
    start: async (options = {}) => {
      launch(options)
      if (await serving(options.patienceMs ?? PATIENCE_MS)) return
      throw new Error(`the gateway ended before it served (exit ${await ended}):\n${output}`)
    },
    startRefused: async (options = {}) => {
      launch(options)
      if (await serving(options.patienceMs ?? PATIENCE_MS)) {
        await served.stop()
        return 'serves'
      }
      return { code: await ended, said: output }
    },
    stop: async (signal = 'SIGTERM') => {
      if (running()) child?.kill(signal)
      return ended
    },
    write: async (config) => {
      await folder.write(config)
      await served.useShippedPolicy()
    },
    useShippedPolicy: async () => {
      if (policy !== undefined) await copyFile(policy, join(folder.config, 'policy.yaml'))
    },
    call: (path, call = {}) => ask(`${urls.data}${path}`, call, BASIC),
    send: (events, { context, ...call } = {}) =>
      served.call('/v1/batch', { method: 'POST', body: { batch: events, ...(context && { context }) }, ...call }),
    staff: async (path, call = {}) => {
      const token = await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8').catch(() => '')
      return ask(`${urls.control}${path}`, call, `Bearer ${token.trim()}`)
    },
    settled: async (patienceMs = 90_000) => {
      await until(
        'every pair to be settled',
        async () => {
          const { status, body } = await served.staff('/api/v1/accounting')
          if (status !== 200) return false
          return Object.values(body.pairs as Record<string, { pending: number }>).every(({ pending }) => pending === 0)
        },
        patienceMs,
      )
    },
    end: async () => {
      if (running()) child?.kill('SIGKILL')
      for (const stream of [child?.stdout, child?.stderr]) stream?.resume()
      await ended
    },
  }
  return served
}

const BASIC = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`

async function ask(
  url: string,
  { method, body, headers = {}, timeoutMs = 20_000 }: Call,
  authorization: string,
): Promise<Answer> {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body)
  // A connection of its own: what one call does to its connection is not the next one's fault.
  const agent = new Agent({ pipelining: 0, connections: 1 })
  try {
    const answered = await request(url, {
      dispatcher: agent,
      method: (method ?? (body === undefined ? 'GET' : 'POST')) as 'GET',
      headers: { authorization, ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as string | Buffer) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await answered.body.text()
    return { status: answered.statusCode, headers: answered.headers, text, body: parsed(text) }
  } finally {
    await agent.destroy()
  }
}

function parsed(text: string): unknown {
  return /^\s*[[{]/.test(text) ? JSON.parse(text) : text
}
