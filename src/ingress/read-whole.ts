/** Reads a request's body, inflated, up to a maximum size. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip as gunzipInto } from 'node:zlib'
import type { Request, Response } from 'express'
import { GatewayError } from '../model/errors.ts'
import { bodyError, codingOf, collectInflated, requireReadable } from './body.ts'

const gunzip = promisify(gunzipInto)

/**
 * Plain or gzip. Throws `ERR_BODY_TOO_LARGE` beyond `maxBytes`, counted inflated, and `ERR_BODY_ENCODING`. An oversized
 * body is read to its end and discarded, so that the sender receives the answer.
 */
export async function readWhole(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const coding = codingOf(request.headers['content-encoding'])
  const raw = await collect(request, maxBytes)
  if (raw === undefined) throw new GatewayError('ERR_BODY_TOO_LARGE', { maxBytes })
  if (coding === 'identity') return raw
  if (coding !== 'gzip') throw new GatewayError('ERR_BODY_ENCODING')
  try {
    return await gunzip(raw, { maxOutputLength: maxBytes })
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown }
    throw new GatewayError(code === 'ERR_BUFFER_TOO_LARGE' ? 'ERR_BODY_TOO_LARGE' : 'ERR_BODY_ENCODING')
  }
}

/** Reads an events body as `readBody` does, without Express if nothing has to be inflated. */
export function createBodyReader(
  maxBytes: number,
): (request: IncomingMessage, response: ServerResponse) => Promise<Buffer> {
  const inflate = collectInflated(maxBytes)
  return async (request, response) => {
    if (requireReadable(request) !== 'identity') return inflated(request, response)
    const raw = await collect(request, maxBytes)
    if (raw === undefined) throw new GatewayError('ERR_BODY_TOO_LARGE')
    return raw
  }

  function inflated(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    // Sound: the parser uses nothing specific to Express.
    const given = request as Request
    return new Promise((resolve, reject) => {
      inflate(given, response as Response, (error?: unknown) => {
        const body: unknown = given.body
        given.body = undefined
        if (error !== undefined) reject(bodyError(error))
        else resolve(Buffer.isBuffer(body) ? body : EMPTY)
      })
    })
  }
}
const EMPTY = Buffer.alloc(0)

/** Undefined for more than `maxBytes`. Rejects if the sender disconnects. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else chunks.length = 0
    })
    request.on('end', () =>
      resolve(size > maxBytes ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
    )
    request.on('error', () => reject(new GatewayError('ERR_BODY_NOT_JSON')))
  })
}
