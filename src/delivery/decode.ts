/**
 * The content of an answer, whatever it was coded in: a request without `Accept-Encoding` allows any coding (RFC 9110
 * §12.5.3). Decoded as it comes, so that whoever reads can stop it at any size.
 */
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import type { AnswerHeaders } from '../flow/ports.ts'

export interface DecodedSink {
  data(chunk: Buffer): void
  /** All of it has come. */
  end(): void
  /** It is not what its headers say it is, or broke off. */
  unreadable(): void
}

export interface Decoding {
  write(chunk: Buffer): void
  /** The bytes have ended. */
  end(): void
  pause(): void
  resume(): void
  /** Nothing of it is of use any more. */
  stop(): void
}

/** Codings one inside the other: nobody sends more in earnest. */
const MOST_CODINGS = 2
const NONE: ReadonlySet<string> = new Set(['', 'identity'])

/** In the order in which they were applied; undefined where one of them is not known. */
export function codingsOf(headers: AnswerHeaders): readonly string[] | undefined {
  const named = headers['content-encoding']
  const codings = (typeof named === 'string' ? [named] : (named ?? []))
    .flatMap((value) => value.split(','))
    .map((value) => value.trim().toLowerCase())
    .filter((value) => !NONE.has(value))
  return codings.length <= MOST_CODINGS && codings.every((coding) => Object.hasOwn(DECODERS, coding))
    ? codings
    : undefined
}

/** `deflate` is zlib's format by RFC 9110 §8.4.1.2, and a bare deflate stream from servers that took the name at its word. */
const DECODERS: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
}

/** @param codings of `codingsOf`, at least one */
export function decodeWith(codings: readonly string[], sink: DecodedSink): Decoding {
  let stages: readonly Transform[] | undefined
  let isOver = false
  const finish = (call: () => void): void => {
    if (isOver) return
    isOver = true
    call()
    for (const stage of stages ?? []) stage.destroy()
  }
  const begin = (first: number): Transform => {
    // The last coding applied comes off first; only its first byte is known.
    const made = [...codings].reverse().map((coding, index) => DECODERS[coding]!(index === 0 ? first : ZLIB_HEAD))
    made.reduce((from, to) => from.pipe(to))
    for (const stage of made) stage.on('error', () => finish(sink.unreadable))
    const last = made.at(-1)!
    last.on('data', (chunk: Buffer) => {
      if (!isOver) sink.data(chunk)
    })
    last.on('end', () => finish(sink.end))
    stages = made
    return made[0]!
  }
  return {
    write: (chunk) => {
      if (!isOver && chunk.length > 0) (stages?.[0] ?? begin(chunk[0]!)).write(chunk)
    },
    end: () => {
      if (stages === undefined) finish(sink.end)
      else stages[0]!.end()
    },
    pause: () => stages?.at(-1)?.pause(),
    resume: () => stages?.at(-1)?.resume(),
    stop: () => finish(() => undefined),
  }
}
const ZLIB_HEAD = 0x78
