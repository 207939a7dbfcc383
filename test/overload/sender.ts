/**
 * A sender of many small requests, in a process of its own so that it does not wait for the gateway's judge. Speaks HTTP byte by byte:
 * a client library would be the slower of the two. Loopback only; ends with its order.
 */
import { connect, type Socket } from 'node:net'

/** What is sent: so many requests a second from so many connections at most, for so long. */
export interface Order {
  readonly port: number
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[]
  /** Undefined: each connection sends its next one as soon as it has its answer. */
  readonly perSecond: number | undefined
  readonly connections: number
  readonly forMs: number
  /** How long an answer is waited for behind the end. */
  readonly patienceMs: number
  readonly from?: string
}

export interface Sent {
  /** Milliseconds to the whole answer, by status. */
  readonly tookMs: Readonly<Record<string, readonly number[]>>
  /** Refusals without `Retry-After`. */
  readonly unexplained: number
  /** Neither answered nor sent: reset, closed without an answer, still open at the end, or no connection to send it on. */
  readonly lost: Readonly<Record<string, number>>
  readonly asked: number
}

interface Line {
  readonly socket: Socket
  sentAt: number
  got: string
  isFree: boolean
}

const HEAD_END = '\r\n\r\n'

export function send({ port, requests, perSecond, connections, forMs, patienceMs, from }: Order): Promise<Sent> {
  const tookMs: Record<string, number[]> = {}
  const lost: Record<string, number> = {}
  const free: Line[] = []
  const all = new Set<Line>()
  let asked = 0
  let unexplained = 0
  const lose = (why: string): void => {
    lost[why] = (lost[why] ?? 0) + 1
  }
  const startedAt = performance.now()
  let isOver = false

  const answered = (line: Line): void => {
    const head = line.got.indexOf(HEAD_END)
    if (head < 0) return
    const length = Number(/^content-length: *(\d+)/im.exec(line.got.slice(0, head))?.[1] ?? 0)
    if (line.got.length < head + HEAD_END.length + length) return
    const text = line.got.slice(0, head)
    const status = text.slice(9, 12)
    const times = tookMs[status] ?? []
    tookMs[status] = times
    times.push(performance.now() - line.sentAt)
    if ((status === '429' || status === '503') && !/^retry-after: *\d/im.test(text)) unexplained += 1
    line.got = ''
    line.isFree = true
    if (/^connection: *close/im.test(text)) {
      all.delete(line)
      line.socket.destroy()
    } else if (perSecond === undefined && !isOver) ask(line)
    else free.push(line)
  }
  const ask = (line: Line): void => {
    line.isFree = false
    line.sentAt = performance.now()
    line.socket.write(requests[asked % requests.length]!)
    asked += 1
  }
  const open = (): void => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      ...(from === undefined ? {} : { localAddress: from }),
    })
    const line: Line = { socket, sentAt: performance.now(), got: '', isFree: true }
    all.add(line)
    const gone = (why: string): void => {
      if (!all.delete(line)) return
      const place = free.indexOf(line)
      if (place >= 0) free.splice(place, 1)
      if (!line.isFree) lose(why)
      if (perSecond === undefined && !isOver) open()
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      line.got += chunk
      answered(line)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => gone(error.code ?? 'error'))
    socket.once('close', () => gone('closed'))
    // Written at once: the kernel keeps it until the connection is made, and the time counts from here.
    ask(line)
  }

  return new Promise((resolve) => {
    const finish = (): void => {
      for (const line of [...all]) {
        all.delete(line)
        if (!line.isFree) lose('no answer')
        line.socket.destroy()
      }
      resolve({ tookMs, lost, unexplained, asked })
    }
    const end = (): void => {
      isOver = true
      const until = performance.now() + patienceMs
      const waiting = setInterval(() => {
        const isDone = [...all].every(({ isFree }) => isFree)
        if (!isDone && performance.now() < until) return
        clearInterval(waiting)
        finish()
      }, 20)
    }
    if (perSecond === undefined) {
      for (let count = 0; count < connections; count++) open()
      setTimeout(end, forMs)
      return
    }
    let due = 0
    const tick = setInterval(() => {
      const elapsed = performance.now() - startedAt
      if (elapsed >= forMs) {
        clearInterval(tick)
        end()
        return
      }
      for (const until = (elapsed * perSecond) / 1_000; due < until; due++) {
        const line = free.pop()
        if (line !== undefined) ask(line)
        else if (all.size < connections) open()
        else lose('no connection')
      }
    }, 5)
  })
}

process.on('message', (order: Order) => {
  void send(order).then((sent) => {
    process.send?.(sent)
  })
})
