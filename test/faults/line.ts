/** The way from the senders to whichever gateway runs at the moment. Where none runs, a call waits for the next. */
import { Pool } from 'undici'
import { WRITE_KEY } from '../support/config-folder.ts'

export interface Line {
  connect(dataUrl: string): void
  cut(): Promise<void>
  /** Resolves to the answer's status; undefined where there was none: whether the call was heeded is then not known. */
  call(method: 'POST' | 'PUT', path: string, body: object): Promise<number | undefined>
  /** No call waits any more. */
  close(): Promise<void>
}

const ANSWER_MS = 10_000

export function createLine(): Line {
  let pool: Pool | undefined
  let isClosed = false
  let waiting: (() => void)[] = []
  const wake = (): void => {
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const cut = async (): Promise<void> => {
    const before = pool
    pool = undefined
    await before?.destroy()
  }
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
  }
  return {
    connect: (dataUrl) => {
      pool = new Pool(dataUrl, { connections: 16, pipelining: 1, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS })
      wake()
    },
    cut,
    call: async (method, path, body) => {
      while (pool === undefined && !isClosed) await new Promise<void>((resolve) => waiting.push(resolve))
      const current = pool
      if (current === undefined) return undefined
      try {
        const answered = await current.request({ method, path, headers, body: JSON.stringify(body) })
        await answered.body.dump()
        return answered.statusCode
      } catch {
        // Killed, or about to be: the sender keeps what it has and sends it again, as an SDK does.
        return undefined
      }
    },
    close: async () => {
      isClosed = true
      wake()
      await cut()
    },
  }
}
