/** Its own process: SDKs that send batches in a closed loop, each sender waiting for its answer before its next batch. */
import { Pool } from 'undici'
import { BATCH_EVENTS, batchText, deviceOf, messageIdOf } from './event.ts'
import { figuresOf, quantile } from './figures.ts'

export interface LoadOrder {
  readonly origin: string
  readonly writeKey: string
  /** 8 hex digits, the same for all orders of one run. */
  readonly run: string
  /** Serial number of the order's first event. */
  readonly firstSerial: number
  readonly batches: number
  /** Batches under way at once. */
  readonly senders: number
  /** Devices `firstDevice` … `firstDevice + devices - 1` send in turn. */
  readonly firstDevice: number
  readonly devices: number
}

export interface LoadResult {
  readonly wallMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 200, by status, and requests without an answer. */
  readonly failed: Readonly<Record<string, number>>
}

let pool: Pool | undefined

async function work(order: LoadOrder): Promise<LoadResult> {
  const { origin, writeKey, batches, senders } = order
  pool ??= new Pool(origin, { connections: senders, pipelining: 1 })
  const sending = pool
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'analytics-android/4.11.3',
    authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  }
  const answered: number[] = []
  const failed: Record<string, number> = {}
  let next = 0
  const sender = async (): Promise<void> => {
    while (next < batches) {
      const body = batchOf(order, next++)
      const from = performance.now()
      const { statusCode, body: answer } = await sending.request({ method: 'POST', path: '/v1/batch', headers, body })
      await answer.dump()
      answered.push(performance.now() - from)
      if (statusCode !== 200) failed[statusCode] = (failed[statusCode] ?? 0) + 1
    }
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: senders }, sender))
  const wallMs = performance.now() - from
  const ascending = answered.sort((a, b) => a - b)
  return { wallMs, p50Ms: figuresOf(ascending).median, p99Ms: quantile(ascending, 0.99), failed }
}

function batchOf({ run, firstSerial, firstDevice, devices }: LoadOrder, index: number): string {
  const serial = firstSerial + index * BATCH_EVENTS
  const ids = Array.from({ length: BATCH_EVENTS }, (_, event) => messageIdOf(run, serial + event))
  return batchText(deviceOf(firstDevice + (index % devices)), ids, new Date().toISOString())
}

process.on('message', (order: LoadOrder) => {
  work(order).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error('load:', error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit())
