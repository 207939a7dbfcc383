/**
 * Posts a webhook when something starts or stops waiting for an operator: one message for each, in order, retried until
 * accepted. Signed according to Standard Webhooks 1.0 (standard-webhooks/spec). A message names partners, files and proposal
 * numbers, never a subject or a member of staff.
 */
import { createHmac, randomUUID } from 'node:crypto'
import type { EpochMs } from '../model/brand.ts'
import type { Waiting } from './waiting.ts'

/** Polling interval. An item that is gone by the next poll is not reported. */
export const LOOK_MS = 5_000
/** Delays between attempts of one message; after the last it is dropped and logged. */
const RETRY_MS: readonly number[] = [5_000, 60_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000]
/** Most queued messages; beyond that the oldest is dropped. */
const MAX_QUEUED = 500
/** Kinds without messages. */
const UNTOLD: ReadonlySet<Waiting['kind']> = new Set(['partner', 'restart'])

/** State kept over restarts, so that nothing is reported twice or lost. */
export interface Told {
  /** Kind and id of reported items that still wait. */
  readonly keys: readonly string[]
  readonly queue: readonly Message[]
}
export interface Message {
  /** Constant over attempts, for deduplication by the receiver. */
  readonly id: string
  readonly body: string
  readonly tries: number
  readonly dueAt: EpochMs
}
export interface ToldStore {
  /** Undefined if nothing is stored or it is unreadable. */
  read(): Promise<Told | undefined>
  /** Durable when it resolves. */
  write(told: Told): Promise<void>
}

export interface TellerDeps {
  readonly list: () => Promise<readonly Waiting[]>
  readonly store: ToldStore
  /** Resolves to the status; rejects without an answer. */
  readonly post: (headers: Readonly<Record<string, string>>, body: string) => Promise<number>
  /** Throws if unreadable. */
  readonly secret: () => string
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}

export interface Teller {
  /** Polls once and sends due messages. Concurrent calls share one run. Never rejects. */
  turn(): Promise<void>
  /** Resolves when no turn is running. */
  idle(): Promise<void>
}

export async function createTeller({ list, store, post, secret, now, failed }: TellerDeps): Promise<Teller> {
  let told: Told = (await store.read()) ?? { keys: [], queue: [] }
  let before: ReadonlySet<string> | undefined
  let running: Promise<void> | undefined

  const keep = async (next: Told): Promise<void> => {
    if (next.queue.length > MAX_QUEUED) failed('webhook', new Error('too many messages wait: the oldest were given up'))
    const bounded = { keys: next.keys, queue: next.queue.slice(-MAX_QUEUED) }
    await store.write(bounded)
    told = bounded
  }
  const look = async (): Promise<void> => {
    const waiting = (await list()).filter(({ kind }) => !UNTOLD.has(kind))
    const present = new Map(waiting.map((one) => [keyOf(one), one]))
    const [was, known] = [before, new Set(told.keys)]
    before = new Set(present.keys())
    if (was === undefined) return
    // Only items seen by two polls: a publish that is writing its files is not drift.
    const begun = [...present].filter(([key]) => was.has(key) && !known.has(key))
    const over = told.keys.filter((key) => !present.has(key) && !was.has(key))
    if (begun.length === 0 && over.length === 0) return
    const at = now()
    const messages = [
      ...over.map((key) => messageOf('waiting.ended', partsOf(key), at)),
      ...begun.map(([, one]) => messageOf('waiting.began', dataOf(one), at)),
    ]
    const keys = [...told.keys.filter((key) => !over.includes(key)), ...begun.map(([key]) => key)]
    await keep({ keys, queue: [...told.queue, ...messages] })
  }
  const deliver = async (): Promise<void> => {
    for (let first = told.queue[0]; first !== undefined && first.dueAt <= now(); first = told.queue[0]) {
      const [, ...rest] = told.queue
      const taken = await isTaken(first)
      const retryMs = RETRY_MS[first.tries]
      if (taken) await keep({ ...told, queue: rest })
      else if (retryMs === undefined) {
        failed('webhook', new Error(`given up after ${first.tries + 1} tries`))
        await keep({ ...told, queue: rest })
      } else {
        // Later messages wait behind it, so that an end is never reported before its beginning.
        await keep({ ...told, queue: [{ ...first, tries: first.tries + 1, dueAt: now() + retryMs }, ...rest] })
        return
      }
    }
  }
  const isTaken = async ({ id, body }: Message): Promise<boolean> => {
    try {
      const status = await post(signedHeaders(id, body, secret(), now()), body)
      if (status >= 200 && status <= 299) return true
      failed('webhook', new Error(`it answered ${status}`))
    } catch (error) {
      failed('webhook', error)
    }
    return false
  }
  const once = async (): Promise<void> => {
    try {
      await look()
      await deliver()
    } catch (error) {
      failed('webhook', error)
    }
  }
  return {
    turn: () => {
      running ??= once().finally(() => {
        running = undefined
      })
      return running
    },
    idle: async () => running,
  }
}

function keyOf({ kind, id }: Pick<Waiting, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}

function partsOf(key: string): { readonly kind: string; readonly id: string } {
  const at = key.indexOf(':')
  return { kind: key.slice(0, at), id: key.slice(at + 1) }
}

/** An explicit list of members, so that nothing else is sent. */
function dataOf({ kind, id, what, since, next, path }: Waiting): object {
  return { kind, id, what, ...(since === undefined ? {} : { since: new Date(since).toISOString() }), next, path }
}

function messageOf(type: 'waiting.began' | 'waiting.ended', data: object, at: EpochMs): Message {
  const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data })
  return { id: `msg_${randomUUID()}`, body, tries: 0, dueAt: at }
}

/** Standard Webhooks 1.0 headers, with the time of this attempt, so that a receiver can refuse old ones. */
export function signedHeaders(id: string, body: string, secret: string, at: EpochMs): Record<string, string> {
  const seconds = String(Math.floor(at / 1_000))
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  }
}
