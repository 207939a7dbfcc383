/**
 * A built-in partner for test events, on loopback. It listens from a test until a minute after it, answers as the partner
 * would or as requested, and accepts only expected requests. Nothing leaves the machine.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Wire, WireResult } from '../flow/ports.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { closeServer, listen } from '../platform/servers.ts'

/** The sandbox's answer: the partner's success, or a failure. */
export const SANDBOX_ANSWERS = ['takes', 'refuses', 'busy', 'fails', 'silent'] as const
export type SandboxAnswer = (typeof SANDBOX_ANSWERS)[number]
const STATUSES: Readonly<Record<Exclude<SandboxAnswer, 'silent'>, number>> = {
  takes: 200,
  refuses: 401,
  busy: 429,
  fails: 500,
}
/** Holds the id of the test. */
const TEST_HEADER = 'sluice-test'
/** Replaces secrets. */
export const SANDBOX_SECRET = 'sandbox'
const IDLE_MS = 60_000
const MOST_WAIT_MS = 3_000
const MAX_BODY = 1_048_576
const STOP_GRACE_MS = 200

export interface SandboxRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export interface SandboxResult {
  readonly result: WireResult
  /** The request as received; undefined if none arrived. */
  readonly received: SandboxRequest | undefined
  readonly tookMs: number
}

export interface Sandbox {
  /** @param taken the body of a successful answer */
  send(contract: ContractPlan, request: PartnerRequest, answer: SandboxAnswer, taken: string): Promise<SandboxResult>
  close(): Promise<void>
}

export interface SandboxDeps {
  /** Makes the HTTP client used for partners, for this contract only and without secrets. */
  readonly wireFor: (contract: ContractPlan) => Wire & { close(): Promise<void> }
  /** An unguessable id for a test. */
  readonly newId: () => string
  readonly after: (ms: number, call: () => void) => () => void
}

interface Expected {
  readonly answer: SandboxAnswer
  readonly taken: string
  received: SandboxRequest | undefined
}

export function createSandbox({ wireFor, newId, after }: SandboxDeps): Sandbox {
  const expected = new Map<string, Expected>()
  let started: Promise<{ readonly server: Server; readonly origin: string }> | undefined
  let cancelStop = (): void => undefined
  const start = async () => {
    const server = createServer((request, response) => {
      const own = expected.get(String(request.headers[TEST_HEADER]))
      if (own === undefined) response.writeHead(404).end()
      else void receive(request, response, own)
    })
    server.unref()
    return { server, origin: await listen(server, { host: '127.0.0.1', port: 0 }, 'sandbox') }
  }
  const stop = async (): Promise<void> => {
    cancelStop()
    const running = started
    started = undefined
    if (running === undefined) return
    const { server } = await running
    await closeServer(server, STOP_GRACE_MS)
  }
  return {
    send: async (contract, request, answer, taken) => {
      cancelStop()
      started ??= start()
      const { origin } = await started
      const id = newId()
      const own: Expected = { answer, taken, received: undefined }
      expected.set(id, own)
      const timeoutMs = Math.min(contract.limits.timeoutMs, MOST_WAIT_MS)
      const wire = wireFor({ ...contract, limits: { ...contract.limits, concurrency: 1, timeoutMs } })
      const began = performance.now()
      try {
        const headers = { ...request.headers, [TEST_HEADER]: id }
        const result = await wire.send(contract.id, { ...request, origin, headers }, () => true)
        return { result, received: own.received, tookMs: Math.round(performance.now() - began) }
      } finally {
        expected.delete(id)
        await wire.close()
        if (expected.size === 0) cancelStop = after(IDLE_MS, () => void stop())
      }
    },
    close: stop,
  }
}

async function receive(request: IncomingMessage, response: ServerResponse, own: Expected): Promise<void> {
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > MAX_BODY) throw new Error('more than a partner is sent')
      pieces.push(piece)
    }
  } catch {
    request.destroy()
    return
  }
  const names = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.has(name))
  own.received = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(names.map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(pieces).toString('utf8'),
  }
  if (own.answer === 'silent') return
  response.writeHead(STATUSES[own.answer], { 'content-type': 'application/json' })
  response.end(own.answer === 'takes' ? own.taken : '')
}

/** Headers that a partner would not receive. */
const OWN_HEADERS: ReadonlySet<string> = new Set([TEST_HEADER, 'host', 'connection', 'keep-alive', 'content-length'])
