import { deepEqual, equal, ok } from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { Pool } from 'undici'
import { TOO_SLOW, withMoreTime } from '../../test/support/patience.ts'
import { until } from '../../test/support/until.ts'
import type { AnswerSink, WireResult } from '../flow/ports.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { type ExchangeOptions, exchange } from './exchange.ts'

const REQUEST: PartnerRequest = {
  method: 'POST',
  origin: 'http://127.0.0.1',
  path: '/e',
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
}

/** A partner that writes what it is told, byte for byte, and says when its connections are gone. */
async function partner(t: TestContext, answer: (socket: Socket) => void) {
  let closed = 0
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      closed++
      sockets.delete(socket)
    })
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const pool = new Pool(`http://127.0.0.1:${address.port}`, { connections: 1 })
  t.after(async () => {
    await pool.destroy()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const ask = (options: Partial<ExchangeOptions> = {}) =>
    exchange(pool, REQUEST, () => true, { maxSunkBytes: 1_000_000, now: Date.now, ...options })
  const askIf = (begin: () => boolean) => exchange(pool, REQUEST, begin, { maxSunkBytes: 1_000_000, now: Date.now })
  return { ask, askIf, closed: () => closed }
}

const answerOf = (body: Buffer, headers: readonly string[], status = '200 OK'): Buffer =>
  Buffer.concat([
    Buffer.from([`HTTP/1.1 ${status}`, `Content-Length: ${body.length}`, ...headers, '', ''].join('\r\n')),
    body,
  ])
const bodyOf = (result: WireResult): string => (result.kind === 'answered' ? result.body : result.kind)
const isIncomplete = (result: WireResult): boolean => result.kind === 'answered' && result.incomplete === true

describe('a request that may not begin', () => {
  const rows: readonly (readonly [string, () => boolean, string])[] = [
    ['is told to stay', () => false, 'stopped'],
    [
      'cannot be told whether it may go',
      () => {
        throw Object.assign(new Error('the choices cannot be read'), { code: 'ERR_CHOICES_UNAVAILABLE' })
      },
      'not_fresh',
    ],
  ]
  for (const [what, begin, why] of rows)
    test(`${what}: nothing is written, and the connection serves the next one`, async (t) => {
      let heard = 0
      const { ask, askIf, closed } = await partner(t, (socket) => {
        heard++
        socket.write(answerOf(Buffer.from('{}'), []))
      })
      deepEqual(await askIf(begin).ended, { kind: 'cancelled_not_sent', why })
      equal(heard, 0)
      equal((await ask().ended).kind, 'answered')
      equal(heard, 1)
      equal(closed(), 0)
    })
})

describe('an answer’s coding', () => {
  const text = Buffer.from('{"status":"error","reason":"missing values"}')
  const rows: readonly (readonly [string, string, Buffer])[] = [
    ['none', '', text],
    ['identity', 'identity', text],
    ['gzip', 'gzip', gzipSync(text)],
    ['x-gzip', 'x-gzip', gzipSync(text)],
    ['in capitals', 'GZIP', gzipSync(text)],
    ['deflate', 'deflate', deflateSync(text)],
    ['deflate without its head', 'deflate', deflateRawSync(text)],
    ['br', 'br', brotliCompressSync(text)],
    ['zstd', 'zstd', zstdCompressSync(text)],
    ['two of them', 'gzip, br', brotliCompressSync(gzipSync(text))],
    ['two members of gzip', 'gzip', Buffer.concat([gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))])],
  ]
  for (const [name, coding, body] of rows)
    test(`${name} is read`, async (t) => {
      const { ask } = await partner(t, (socket) =>
        socket.end(answerOf(body, coding === '' ? [] : [`Content-Encoding: ${coding}`])),
      )
      const result = await ask().ended
      deepEqual([bodyOf(result), isIncomplete(result)], [text.toString(), false])
    })

  const unreadable: readonly (readonly [string, string, Buffer])[] = [
    ['a coding that nobody knows', 'sdch', text],
    ['three, one in the other', 'gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(text)))],
    ['gzip that is none', 'gzip', text],
    ['gzip that breaks off', 'gzip', gzipSync(text).subarray(0, 30)],
    ['more than is kept, small on the wire', 'gzip', gzipSync(Buffer.alloc(50_000_000))],
  ]
  for (const [name, coding, body] of unreadable)
    test(`${name}: the status stands, and the body counts as unread`, async (t) => {
      const { ask } = await partner(t, (socket) => socket.end(answerOf(body, [`Content-Encoding: ${coding}`])))
      const result = await ask().ended
      ok(result.kind === 'answered')
      deepEqual([result.status, result.incomplete], [200, true])
      ok(result.body.length <= 65_536, `${result.body.length} letters kept`)
    })

  test('gzip that no header names is read all the same', async (t) => {
    const { ask } = await partner(t, (socket) => socket.end(answerOf(gzipSync(text), [])))
    deepEqual(bodyOf(await ask().ended), text.toString())
  })

  test('gzip that breaks off where the connection ends the body is not whole', async (t) => {
    const half = gzipSync(Buffer.alloc(50_000, 'A'))
    const { ask } = await partner(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n')
      socket.end(half.subarray(0, half.length >> 1))
    })
    equal(isIncomplete(await ask().ended), true)
  })

  test('for a sink it is undone as well, and no header speaks of it any more', async (t) => {
    const { ask } = await partner(t, (socket) => socket.end(answerOf(gzipSync(text), ['Content-Encoding: gzip'])))
    const got: string[] = []
    const sink: AnswerSink = {
      start: (status, headers) => got.push(`${status} ${String(headers['content-encoding'])}`),
      data: (chunk) => got.push(chunk.toString()) > 0,
      drained: () => undefined,
      end: () => got.push('whole'),
    }
    await ask({ sink }).ended
    deepEqual(got, ['200 undefined', text.toString(), 'whole'])
  })

  test('a slow sink holds the partner up, and gets all of it', async (t) => {
    const long = Buffer.from(Array.from({ length: 60_000 }, (_, n) => `${n} `).join(''))
    const { ask } = await partner(t, (socket) => socket.end(answerOf(gzipSync(long), ['Content-Encoding: gzip'])))
    const got: Buffer[] = []
    const sink: AnswerSink = {
      start: () => undefined,
      data: (chunk) => {
        got.push(chunk)
        return false
      },
      drained: (resume) => void setImmediate(resume),
      end: () => undefined,
    }
    const result = await ask({ sink }).ended
    equal(result.kind, 'answered')
    deepEqual([Buffer.concat(got).length, isIncomplete(result)], [long.length, false])
    equal(Buffer.concat(got).equals(long), true)
  })
})

describe('an answer that breaks off', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['a body shorter than its length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok":true}', true],
    ['chunks without an end', 'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', true],
    ['no status', 'HTTP/1.1 2', false],
    ['nothing at all', '', false],
  ]
  for (const [name, wire, hasStatus] of rows)
    test(name, async (t) => {
      const { ask } = await partner(t, (socket) => socket.end(wire))
      const result = await ask().ended
      if (hasStatus) ok(result.kind === 'answered' && result.incomplete === true)
      else equal(result.kind, 'unknown_after_write')
    })
})

describe('the time for the whole exchange', () => {
  const drip = (head: string) => (socket: Socket) => {
    socket.write(head)
    const timer = setInterval(() => socket.write('1\r\na\r\n'), 10)
    socket.on('close', () => clearInterval(timer))
  }
  const ENDS_UNHEARD = 'unknown_after_write DEADLINE'
  const described = (result: WireResult): string =>
    `${result.kind} ${'code' in result ? result.code : 'status' in result ? result.status : ''}`
  const rows: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ['a partner that says nothing', () => undefined, ENDS_UNHEARD],
    [
      '200 and one byte after another',
      drip('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
      'unknown_after_write ANSWER_LATE',
    ],
    ['503 and one byte after another', drip('HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n'), 'answered 503'],
  ]
  for (const [name, answer, expected] of rows)
    test(`${name}: over when the time is, and the connection with it`, async (t) => {
      await withMoreTime(150, async (deadlineMs) => {
        const { ask, closed } = await partner(t, answer)
        const from = performance.now()
        const result = await ask({ deadlineMs }).ended
        const took = performance.now() - from
        // The partner's first bytes were not even read in time.
        if (result.kind === 'failed_before_write' || (expected !== ENDS_UNHEARD && described(result) === ENDS_UNHEARD))
          return TOO_SLOW
        equal(described(result), expected)
        ok(took >= deadlineMs - 10, `${took} ms`)
        await until('the connection to be closed', () => closed() === 1)
        return true
      })
    })

  test('a date that the partner does not send is ours', async (t) => {
    const { ask } = await partner(t, (socket) => socket.end(answerOf(Buffer.from(''), [], '503 Busy')))
    const result = await ask({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5) }).ended
    ok(result.kind === 'answered')
    equal(result.headers.date, 'Fri, 02 Jan 2026 03:04:05 GMT')
  })

  test('abandoned before its first byte: nothing was sent', async (t) => {
    const { ask } = await partner(t, () => undefined)
    const first = ask()
    const second = ask()
    second.abandon('STOPPED')
    deepEqual(await second.ended, { kind: 'failed_before_write', code: 'STOPPED' })
    first.abandon('STOPPED')
    ok(['unknown_after_write', 'failed_before_write'].includes((await first.ended).kind))
  })
})
