/**
 * Decodes an answer's content: a request without `Accept-Encoding` allows any coding (RFC 9110 §12.5.3). Works as a
 * stream, so that the reader can stop at any size.
 */
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import type { AnswerHeaders } from '../flow/ports.ts'

export interface DecodedSink {
  data(chunk: Buffer): void
  /** The content is complete. */
  end(): void
  /** The content does not match its headers, or is cut off. */
  unreadable(): void
}

export interface Decoding {
  write(chunk: Buffer): void
  /** The bytes have ended. */
  end(): void
  pause(): void
  resume(): void
  /** Discards the rest. */
  stop(): void
}

/** Maximum number of nested codings; no real server uses more. */
const MOST_CODINGS = 2
const NONE: ReadonlySet<string> = new Set(['', 'identity'])

/** In the order applied; undefined if any of them is unknown. */
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

/** `deflate` is the zlib format by RFC 9110 §8.4.1.2; some servers send a bare deflate stream. */
const DECODERS: Readonly<Record<string, (first: number) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
}

/** @param codings from `codingsOf`, at least one */
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
    // Decodes the last coding first; its first byte shows its format.
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
