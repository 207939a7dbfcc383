/**
 * What a data thread does not answer itself goes to the main thread, over a socket in a folder that only this account may enter.
 * The main thread counts, limits and locates such a request by the peer that the data thread saw.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type IncomingMessage, type RequestListener, request as requestTo, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerError } from '../ingress/answers.ts'
import { GatewayError } from '../model/errors.ts'

const PEER_HEADER = 'x-sluice-peer'
/** Of one connection, so they end where they are; and whom the main thread is told of is ours to say. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  PEER_HEADER,
])

export interface FrontSocket {
  readonly path: string
  remove(): Promise<void>
}

/** Has this server answer what data threads hand on, and nobody else. */
export async function listenPrivately(server: Server): Promise<FrontSocket> {
  // `mkdtemp` makes it for this account alone.
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  const path = join(folder, 'front')
  server.prependListener('request', ({ headers, socket }: IncomingMessage) => {
    // One request at a time passes over each connection.
    Object.defineProperty(socket, 'remoteAddress', { value: headers[PEER_HEADER], configurable: true })
    delete headers[PEER_HEADER]
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Hands requests on as they come, and their answers back. */
export function handTo(path: string, retryAfterSeconds: number): RequestListener {
  const agent = new Agent({ keepAlive: true })
  return (request, response) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined
    const headers = [
      ...withoutOwn(request.rawHeaders),
      ...(hasBody ? ['Transfer-Encoding', 'chunked'] : []),
      // A request of HTTP/1.0 need not name a host; it is handed on as one of HTTP/1.1, which must.
      ...(request.headers.host === undefined ? ['Host', ''] : []),
      ...[PEER_HEADER, request.socket.remoteAddress ?? ''],
    ]
    const { method, url } = request
    const onward = requestTo({ agent, socketPath: path, method, path: url, headers }, (answer) => {
      if (answer.headers.connection === 'close') response.setHeader('Connection', 'close')
      response.writeHead(answer.statusCode ?? 500, answer.statusMessage, withoutOwn(answer.rawHeaders))
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => {
      if (response.headersSent) response.destroy()
      else answerError(response, new GatewayError('ERR_STOPPING'), retryAfterSeconds)
    })
    response.once('close', () => onward.destroy())
    request.pipe(onward)
  }
}

function withoutOwn(raw: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < raw.length; at += 2)
    if (!OWN_HEADERS.has(raw[at]!.toLowerCase())) kept.push(raw[at]!, raw[at + 1]!)
  return kept
}
