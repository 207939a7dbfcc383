/**
 * What cells say to each other: HTTP over mutual TLS. Each side proves by a certificate of the cluster's own authority that it
 * is the cell it says it is: the certificate names `cell-N`. Nothing of it is on the ports that senders and operators reach.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { pipeline } from 'node:stream/promises'
import type { TLSSocket } from 'node:tls'
import { type Dispatcher, Pool } from 'undici'
import type { NodeId } from '../model/brand.ts'
import { reads } from '../storage/postgres/version.ts'

/** PEM texts. */
export interface TlsTexts {
  readonly key: string
  readonly cert: string
  /** Of the authority that signs cells' certificates, and nothing else's. */
  readonly ca: string
}

const VERSION_HEADER = 'sluice-cells'
const CELL_HEADER = 'sluice-cell'
/** Of one message. A request's events, with all they share, stay well below. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** All that is being read at once; more is asked to wait. */
const MAX_BYTES_UNDER_WAY = 8 * MAX_MESSAGE_BYTES
const MAX_CONNECTIONS = 512
/** Until a message is here. */
const RECEIVE_MS = 10_000
/** Until its answer is: an opt-out may have to wait for a lease to run out. */
const ANSWER_MS = 20_000
const CONNECT_MS = 2_000
const CONNECTIONS_A_PEER = 8

/** Answers a message of a kind. What it throws, the sender learns as 500 and no more. */
export type Answerer = (message: Buffer, from: NodeId) => Promise<string>

export interface ChannelParts {
  readonly cell: NodeId
  /** Its own version; it reads the one before, too. */
  readonly version: number
  readonly tls: TlsTexts
  /** True for a cell of this cluster. */
  readonly isCell: (cell: NodeId) => boolean
  readonly answerers: Readonly<Record<string, Answerer>>
  /** Answers by itself whatever is below its path, and takes a body of any length that it reads. */
  readonly listener?: { readonly path: string; readonly listen: RequestListener }
  /** Told of whom it refused, and why; and of what an answerer threw. */
  readonly onRefused: (why: string) => void
  readonly onFailed: (error: unknown) => void
}

/** Listens nowhere yet. */
export function createChannelServer(parts: ChannelParts): Server {
  const { tls, answerers, listener, onRefused, onFailed } = parts
  let bytesUnderWay = 0
  const server = createServer(
    {
      ...tls,
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: true,
      requestTimeout: RECEIVE_MS,
      headersTimeout: RECEIVE_MS,
      keepAliveTimeout: 75_000,
    },
    (request, response) => void answer(request, response),
  )
  server.maxConnections = MAX_CONNECTIONS
  server.on('tlsClientError', (error) => onRefused(error.message))
  return server

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = (status: number, why: string): void => {
      onRefused(why)
      // Whatever else it sends is not read.
      response.writeHead(status, { connection: 'close', 'content-type': 'text/plain' }).end(`${why}\n`)
      request.resume()
    }
    const from = request.headers[CELL_HEADER]
    const why = whyNot(request.socket as TLSSocket, from, parts)
    if (why !== undefined) return refused(403, why)
    const version = request.headers[VERSION_HEADER]
    if (!reads(parts.version, Number(version)))
      return refused(
        400,
        `cell ${from} speaks version ${version ?? 'none'}, and cell ${parts.cell} none later than ${parts.version} and none before ${Math.max(1, parts.version - 1)}.`,
      )
    if (listener !== undefined && request.url?.startsWith(listener.path) === true)
      return listener.listen(request, response)
    const answerer = Object.hasOwn(answerers, request.url ?? '') ? answerers[request.url!] : undefined
    if (request.method !== 'POST' || answerer === undefined) return refused(404, 'there is no such message.')
    const bytes = Number(request.headers['content-length'] ?? Number.NaN)
    if (!(bytes <= MAX_MESSAGE_BYTES))
      return refused(413, `a message has at most ${MAX_MESSAGE_BYTES} bytes, and says so.`)
    if (bytesUnderWay + bytes > MAX_BYTES_UNDER_WAY) return refused(503, 'too much is under way.')
    bytesUnderWay += bytes
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      // Sound: `whyNot` has looked at it.
      response.end(await answerer(Buffer.concat(chunks), from as NodeId))
    } catch (error) {
      if (!request.complete) return
      onFailed(error)
      response.writeHead(500).end()
    } finally {
      bytesUnderWay -= bytes
    }
  }
}

/** Why whoever asks is not the cell that it says it is; undefined where it is. */
function whyNot(
  socket: TLSSocket,
  from: string | string[] | undefined,
  { cell, isCell }: Pick<ChannelParts, 'cell' | 'isCell'>,
): string | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (!socket.authorized || certificate === undefined) return 'it has no certificate of this cluster.'
  // Sound: only compared.
  if (typeof from !== 'string' || from === cell || !isCell(from as NodeId))
    return 'it is no other cell of this cluster.'
  if (certificate.checkHost(nameOf(from), { subject: 'never', wildcards: false }) === undefined)
    return `its certificate does not name ${nameOf(from)}.`
  return undefined
}

function nameOf(cell: string): string {
  return `cell-${cell}`
}

/** A peer did not take a message, or nobody knows whether it did. */
export class PeerUnavailable extends Error {}

export interface Peers {
  /** Resolves to the answer. Rejects with `PeerUnavailable`, whose message says why. @param at `host:port` */
  ask(
    peer: { readonly cell: NodeId; readonly at: string },
    path: string,
    message: string,
    withinMs?: number,
  ): Promise<string>
  /**
   * Asks as somebody else asked, and answers them. Rejects with `PeerUnavailable` where nothing was answered yet; an answer that
   * breaks off breaks off there too. @param headers names and values by turns
   */
  pass(
    peer: { readonly cell: NodeId; readonly at: string },
    given: {
      readonly method: string
      readonly path: string
      readonly headers: readonly string[]
      readonly body: Buffer
    },
    response: ServerResponse,
  ): Promise<void>
  close(): Promise<void>
}

/** @param agreed the version in which all of them read */
export function createPeers(cell: NodeId, tls: TlsTexts, agreed: () => number): Peers {
  const pools = new Map<string, Pool>()
  const poolOf = (peer: NodeId, at: string): Pool => {
    const name = `${peer} ${at}`
    let pool = pools.get(name)
    if (pool === undefined) {
      pool = new Pool(`https://${at}`, {
        connections: CONNECTIONS_A_PEER,
        pipelining: 1,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
        maxResponseSize: MAX_MESSAGE_BYTES,
        // By its name, wherever it is: an address may come to be another cell's.
        connect: { ...tls, servername: nameOf(peer), timeout: CONNECT_MS, minVersion: 'TLSv1.3' },
      })
      pools.set(name, pool)
    }
    return pool
  }
  return {
    ask: async (peer, path, message, withinMs = ANSWER_MS) => {
      let said: string
      let status: number
      try {
        const { statusCode, body } = await poolOf(peer.cell, peer.at).request({
          method: 'POST',
          path,
          headers: { [CELL_HEADER]: cell, [VERSION_HEADER]: String(agreed()) },
          body: message,
          signal: AbortSignal.timeout(withinMs),
        })
        status = statusCode
        said = await body.text()
      } catch (cause) {
        throw new PeerUnavailable(`cell ${peer.cell} does not answer`, { cause })
      }
      if (status !== 200)
        throw new PeerUnavailable(`cell ${peer.cell} answered ${status}: ${said.slice(0, 200).trim()}`)
      return said
    },
    pass: async (peer, { method, path, headers, body }, response) => {
      const gone = new AbortController()
      response.once('close', () => gone.abort())
      let answer: Dispatcher.ResponseData
      try {
        answer = await poolOf(peer.cell, peer.at).request({
          // Sound: what a server took as a method is one.
          method: method as Dispatcher.HttpMethod,
          path,
          headers: [...headers, CELL_HEADER, cell, VERSION_HEADER, String(agreed())],
          body,
          signal: gone.signal,
        })
      } catch (cause) {
        throw new PeerUnavailable(`cell ${peer.cell} does not answer`, { cause })
      }
      response.writeHead(answer.statusCode, withoutHop(answer.headers))
      // It ends the response, or destroys it where the answer broke off.
      await pipeline(answer.body, response).catch(() => undefined)
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

/** Of one connection, and so not of the next. */
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date'])

function withoutHop(headers: Dispatcher.ResponseData['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_HEADERS.has(name) ? [] : [[name, value] as const],
    ),
  )
}
