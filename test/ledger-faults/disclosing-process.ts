/** The discloser as a process of its own, on a disk that may fail, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

/** What the process was told is durable. */
export interface Acknowledged {
  readonly kind: 'intent' | 'outcome'
  /** 32 hex digits. */
  readonly eventRef: string
  /** The record's place in the ledger. */
  readonly seq: number
}

export interface DisclosingProcess {
  /** Resolves when its ledger takes records, to the number of INTENTs it found open; rejects when it ends before. */
  readonly serving: Promise<number>
  /** Resolves when it has ended, to its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  readonly acknowledged: readonly Acknowledged[]
  /** Appends that the ledger refused because of its state, such as `disk_full`. */
  readonly refusals: readonly string[]
  isRunning(): boolean
  /** Makes nothing new; resolves to the ledger's size once all that was under way is on record. */
  still(): Promise<number>
  kill(): void
  said(): string
}

export interface DiscloseOptions {
  readonly dataFolder: string
  readonly keyFile: string
  readonly partnerUrl: string
  readonly firstEvent: number
  readonly lanes: number
  readonly environment: Readonly<Record<string, string>>
}

const ACKNOWLEDGED = /^(intent|outcome) ([0-9a-f]{32}) (\d+)$/

export function startDisclosing(options: DiscloseOptions): DisclosingProcess {
  const { dataFolder, keyFile, partnerUrl, firstEvent, lanes, environment } = options
  const script = join(import.meta.dirname, 'discloser.ts')
  const child: ChildProcess = spawn(
    process.execPath,
    [script, dataFolder, keyFile, partnerUrl, String(firstEvent), String(lanes)],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  )
  const acknowledged: Acknowledged[] = []
  const refusals: string[] = []
  let errors = ''
  let rest = ''
  let running = true
  const serving = Promise.withResolvers<number>()
  const still = Promise.withResolvers<number>()
  const read = (line: string): void => {
    const [, kind, eventRef, seq] = ACKNOWLEDGED.exec(line) ?? []
    const words = line.split(' ')
    if (kind !== undefined)
      acknowledged.push({ kind: kind as Acknowledged['kind'], eventRef: eventRef!, seq: Number(seq) })
    else if (words[0] === 'serving') serving.resolve(Number(words[2]))
    else if (words[0] === 'refused') refusals.push(words[1] ?? '')
    else if (words[0] === 'still') still.resolve(Number(words[1]))
    else throw new SyntaxError(`the discloser said: ${line}`)
  }
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) read(line)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  // A process that was killed does not read any more.
  child.stdin?.on('error', () => undefined)
  // `close` comes after the last of its output was read, `exit` may come before.
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      running = false
      const gone = new Error(`the discloser ended (${code}):\n${errors}`)
      serving.reject(gone)
      still.reject(gone)
      resolve(code)
    })
  })
  // Whoever kills it waits for neither.
  serving.promise.catch(() => undefined)
  still.promise.catch(() => undefined)
  return {
    serving: serving.promise,
    ended,
    acknowledged,
    refusals,
    isRunning: () => running,
    still: () => {
      child.stdin?.write('still\n')
      return still.promise
    },
    kill: () => {
      if (running) child.kill('SIGKILL')
    },
    said: () => errors,
  }
}
