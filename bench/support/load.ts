/** Its own process: SDKs that send batches in a closed loop, each sender waiting for its answer before its next batch. */
import { Pool } from 'undici'
import { batchText, deviceOf, messageIdOf } from './event.ts'
import { figuresOf, quantile } from './figures.ts'
import { createZipf } from './zipf.ts'

/** Which device sends batch number `n` of an order. */
export type Senders =
  /** Devices `first` … `first + count - 1` in turn. */
  | { readonly kind: 'in turn'; readonly first: number; readonly count: number }
  /** Drawn from that many devices, device n as often as 1/n: the same draws for the same serial number. */
  | { readonly kind: 'zipf'; readonly devices: number }

export interface LoadOrder {
  /** A device sends to the same one each time. */
  readonly origins: readonly string[]
  readonly writeKey: string
  /** 8 hex digits, the same for all orders of one run. */
  readonly run: string
  /** Serial number of the order's first event. */
  readonly firstSerial: number
  readonly batches: number
  readonly batchEvents: number
  /** Batches under way at once. */
  readonly senders: number
  readonly devices: Senders
}

export interface LoadResult {
  readonly wallMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers that were no success, by status. */
  readonly failed: Readonly<Record<string, number>>
}

const pools = new Map<string, Pool>()

async function work(order: LoadOrder): Promise<LoadResult> {
  const { origins, writeKey, batches, senders } = order
  const poolOf = (origin: string): Pool => {
    const pool = pools.get(origin) ?? new Pool(origin, { connections: senders, pipelining: 1 })
    pools.set(origin, pool)
    return pool
  }
  const deviceAt = deviceChooser(order)
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
      const index = next++
      const device = deviceAt(index)
      const body = batchOf(order, index, device)
      const pool = poolOf(origins[device % origins.length]!)
      const from = performance.now()
      const { statusCode, body: answer } = await pool.request({ method: 'POST', path: '/v1/batch', headers, body })
      await answer.dump()
      answered.push(performance.now() - from)
      if (statusCode !== 200 && statusCode !== 204) failed[statusCode] = (failed[statusCode] ?? 0) + 1
    }
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: senders }, sender))
  const wallMs = performance.now() - from
  const ascending = answered.sort((a, b) => a - b)
  return { wallMs, p50Ms: figuresOf(ascending).median, p99Ms: quantile(ascending, 0.99), failed }
}

function deviceChooser({ devices, firstSerial }: LoadOrder): (index: number) => number {
  if (devices.kind === 'in turn') return (index) => devices.first + (index % devices.count)
  const draw = createZipf(devices.devices, firstSerial + 1)
  return () => draw()
}

function batchOf({ run, firstSerial, batchEvents }: LoadOrder, index: number, device: number): string {
  const serial = firstSerial + index * batchEvents
  const ids = Array.from({ length: batchEvents }, (_, event) => messageIdOf(run, serial + event))
  return batchText(deviceOf(device), ids, new Date().toISOString())
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
